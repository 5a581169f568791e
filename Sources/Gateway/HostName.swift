import Bytes

/// The name in a `Host` field.
enum HostName {
    /// Whether `host`, with or without a port, is one of `names`, which may have one as well.
    static func isNamed(_ host: Span<UInt8>, among names: [[UInt8]]) -> Bool {
        let bare = host.extracting(0..<countWithoutPort(host))
        for name in names where ASCII.equalsIgnoringCase(name.span, host) || ASCII.equalsIgnoringCase(name.span, bare) { return true }
        return false
    }

    /// A port is digits behind the last colon, and the colons of an IPv6 address stand in brackets.
    private static func countWithoutPort(_ host: Span<UInt8>) -> Int {
        var end = host.count
        while end > 0, ASCII.isDigit(host[end - 1]) { end -= 1 }
        return end > 0 && host[end - 1] == UInt8(ascii: ":") ? end - 1 : host.count
    }
}
