import Bytes

/// Names of servers and of web pages' origins, as they are compared with what clients send.
enum WebName {
    /// Whether `text` can stand in `Host`: a name, an address or an IPv6 address in brackets, perhaps with a port.
    static func isHost(_ text: String) -> Bool {
        guard let endpoint = Endpoint(text, defaultPort: 80), !endpoint.host.isEmpty else { return false }
        // An IPv6 address stands in brackets there, and has no zone.
        if endpoint.host.utf8.contains(UInt8(ascii: ":")) { return text.hasPrefix("[") && endpoint.address != nil }
        return endpoint.host.utf8.allSatisfy { isLetterOrDigit($0) || [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_")].contains($0) }
    }

    /// Whether `text` is an origin as browsers send it, `https://example.org` or `http://localhost:3000`, or `*` for all.
    static func isOrigin(_ text: String) -> Bool {
        if text == "*" { return true }
        guard let separator = text.firstRange(of: "://") else { return false }
        let scheme = text[..<separator.lowerBound].utf8
        guard let first = scheme.first, isLetterOrDigit(first), !ASCII.isDigit(first) else { return false }
        let isScheme = scheme.allSatisfy { isLetterOrDigit($0) || [UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains($0) }
        return isScheme && isHost(String(text[separator.upperBound...]))
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        ASCII.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
