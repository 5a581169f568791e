import Settings
import Testing

@Suite("Settings about web pages and who forwards for whom") struct WebPageSettingsTests {
    private func load(_ yaml: String) throws -> Settings { try SettingsFixture("upstream: 127.0.0.1:6379\n" + yaml).load().settings }

    @Test("what Webdis's dialect opens to web pages is said, where anybody can come by it")
    func openness() throws {
        #expect(try load("http: {dialect: webdis}").http.openness?.contains("web page") == true)
        #expect(try load("http: {dialect: webdis, address: off}").http.openness == nil)
        #expect(try load("").http.openness == nil)
    }

    @Test("HTTP/2 is spoken unless it is turned off; with Webdis's dialect, which knows none, where it is set", arguments: [
        ("", true), ("http: {http2: false}", false), ("http: {dialect: webdis}", false), ("http: {dialect: webdis, http2: true}", true),
    ])
    func http2(yaml: String, expected: Bool) throws {
        #expect(try load(yaml).http.speaksHTTP2 == expected)
        #expect(try load(yaml).http.maxStreams == 100)
    }

    @Test("of each listener it is known whether it is on loopback alone", arguments: [
        ("http: {address: 127.0.0.1:7379}", [true]), ("http: {address: ':7379'}", [true, true]), ("http: {address: ':7379', allow: [10.0.0.0/8]}", [false]),
        ("http: {address: '10.0.0.1:7379,[::1]:7379', allow: [10.0.0.0/8]}", [false, true]), ("http: {address: 'unix:/run/x'}", []), ("http: {address: off}", []),
    ] as [(String, [Bool])])
    func loopback(yaml: String, expected: [Bool]) throws {
        #expect(try load(yaml).http.loopbackListeners == expected)
    }

    @Test("an origin is written as browsers send it", arguments: [
        ("https://example.org", true), ("HTTP://localhost:3000", true), ("http://[::1]:80", true), ("chrome-extension://abcdef", true), ("*", true), ("https://example.org/", false),
        ("https://example.org/path", false), ("example.org", false), ("https://", false), ("://a", false), ("https://*.example.org", false), ("https://a:0", false), ("https://a:b", false),
        ("https://a?b", false), ("https://u@a", false), ("https://::1", false), ("null", false), ("1a://b", false), ("https://a b", false),
    ])
    func origins(text: String, isOne: Bool) {
        let errors = SettingsFixture("upstream: r:1\nhttp:\n  cors_origins: [https://ok.example, \"\(text)\"]").errors()
        let expected = "m.yaml:3:38: http.cors_origins: expected a list of origins scheme://host[:port] without a path, or *, found "
        #expect(isOne ? errors.isEmpty : errors.count == 1 && errors[0].hasPrefix(expected), "\(errors)")
    }

    @Test("a host is written as it stands in Host", arguments: [
        ("redis.example", true), ("localhost:7379", true), ("127.0.0.1", true), ("[::1]", true), ("[::1]:7379", true), ("my_redis", true), ("example.org.", true), ("::1", false),
        ("http://redis.example", false), ("redis.example/x", false), ("*.example", false), ("a:0", false), ("a:b", false), (":7379", false), ("a b", false), ("u@a", false), ("[fe80::1%eth0]", false),
    ])
    func hosts(text: String, isOne: Bool) {
        let errors = SettingsFixture("upstream: r:1\nhttp:\n  hosts: [ok.example, \"\(text)\"]").errors()
        let expected = "m.yaml:3:23: http.hosts: expected a list of host names, each perhaps with a port, such as redis.example or [::1]:7379, found "
        #expect(isOne ? errors.isEmpty : errors.count == 1 && errors[0].hasPrefix(expected), "\(errors)")
    }

    @Test("by default no page gets answers as scripts, and neither field of forwarders counts more than the other")
    func defaults() throws {
        let gateway = try load("").http.gateway
        #expect(!gateway.allowsJSONP)
        #expect(gateway.forwardedHeader == "both")
        #expect(try load("http: {forwarded_header: x-forwarded-for, jsonp: true}").http.gateway.forwardedHeader == "x-forwarded-for")
        #expect(!SettingsFixture("upstream: 127.0.0.1:6379\nhttp: {forwarded_header: guess}").errors().isEmpty)
    }

    @Test("a base path begins with a slash, ends with none, and is plain", arguments: [
        ("/redis", true), ("/a/b.c", true), ("''", true), ("redis", false), ("/redis/", false), ("/", false), ("/a?b", false), ("/a%20b", false), ("'/a b'", false), ("/ä", false),
    ])
    func basePath(path: String, isRight: Bool) { #expect(((try? load("http: {base_path: \(path)}")) != nil) == isRight) }
}
