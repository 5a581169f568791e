import Bytes

/// The name in a `Host` field.
enum HostName {
    /// Whether `host`, with or without a port, is one of `names`, which may have one as well.
    static func isNamed(_ host: Span<UInt8>, among names: [[UInt8]]) -> Bool {
        let bare = host.extracting(0..<countWithoutPort(host))
        for name in names where equals(name.span, host) || equals(name.span, bare) { return true }
        return false
    }

    /// A port is digits behind the last colon, and the colons of an IPv6 address stand in brackets.
    private static func countWithoutPort(_ host: Span<UInt8>) -> Int {
        var end = host.count
        while end > 0, ASCII.isDigit(host[end - 1]) { end -= 1 }
        return end > 0 && host[end - 1] == UInt8(ascii: ":") ? end - 1 : host.count
    }

    private static func equals(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where ASCII.lowercased(left[index]) != ASCII.lowercased(right[index]) { return false }
        return true
    }
}
