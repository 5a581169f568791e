import Bytes

/// Files that browsers and crawlers ask of every server, by themselves. None of them is a command, so Redis need not be asked.
enum BrowserFile {
    private static let names: [StaticString] = [
        "/favicon.ico", "/favicon.png", "/favicon.svg", "/robots.txt", "/sitemap.xml", "/sitemap_index.xml", "/sitemap.txt", "/ads.txt", "/app-ads.txt", "/humans.txt",
        "/security.txt", "/browserconfig.xml", "/manifest.json", "/manifest.webmanifest", "/site.webmanifest", "/crossdomain.xml", "/clientaccesspolicy.xml",
        "/sw.js", "/service-worker.js", "/opensearch.xml",
    ]
    private static let prefixes: [StaticString] = ["/apple-touch-icon", "/.well-known/", "/favicon-", "/android-chrome-", "/mstile-"]

    static func isNamed(_ path: Span<UInt8>) -> Bool {
        guard path.count > 6 else { return false }
        // The letters with which any of them begins.
        switch path[1] {
        case UInt8(ascii: "f"), UInt8(ascii: "r"), UInt8(ascii: "s"), UInt8(ascii: "a"), UInt8(ascii: "h"), UInt8(ascii: "b"), UInt8(ascii: "m"), UInt8(ascii: "c"), UInt8(ascii: "o"),
            UInt8(ascii: "."):
            break
        default: return false
        }
        return names.contains { path.spells($0) } || prefixes.contains { path.begins(with: $0) }
    }
}
