import Bytes
import HTTP1

/// The name in a `Host` field.
enum HostName {
    /// Where the name stands by which a request calls the server: of a target in absolute form it is the one there, whatever `Host`
    /// says (RFC 9112, section 3.2.2). Nil where there is none, and empty where a user stands before it, which is nobody's name.
    static func place(_ head: RequestHead, in bytes: Span<UInt8>) -> Range<Int>? {
        let target = bytes.extracting(head.target)
        guard let authority = RequestTarget.authority(of: target) else { return head.host }
        let start = head.target.lowerBound + authority.lowerBound
        let hasUser = ByteSearch.firstIndex(of: UInt8(ascii: "@"), in: target.extracting(authority)) != nil
        return start..<(hasUser ? start : head.target.lowerBound + authority.upperBound)
    }

    /// Whether `host`, with or without a port, is one of `names`, which may have one as well.
    static func isNamed(_ host: Span<UInt8>, among names: [[UInt8]]) -> Bool {
        let bare = host.extracting(0..<countWithoutPort(host))
        for name in names where ASCII.equalsIgnoringCase(name.span, host) || ASCII.equalsIgnoringCase(name.span, bare) { return true }
        return false
    }

    /// Whether no stranger can have `host` as a name in the DNS that leads to this machine: an address, `localhost` and what is below
    /// it.
    ///
    /// - Parameter allowsOneLabel: whether names without a dot are taken too, which only the machine's own network resolves, such as
    ///   those of containers. Not from browsers: a search domain, or a neighbour, may resolve them to a page of a stranger's.
    static func isLocal(_ host: Span<UInt8>, allowsOneLabel: @autoclosure () -> Bool) -> Bool {
        let bare = host.extracting(0..<countWithoutPort(host))
        guard bare.count > 0 else { return false }
        if bare[0] == UInt8(ascii: "[") {
            guard bare.count > 2, bare[bare.count - 1] == UInt8(ascii: "]") else { return false }
            return isAddress(bare.extracting(1..<(bare.count - 1)))
        }
        let end = bare.count > 1 && bare[bare.count - 1] == UInt8(ascii: ".") ? bare.count - 1 : bare.count
        guard let dot = ByteSearch.firstIndex(of: UInt8(ascii: "."), in: bare.extracting(0..<end)) else {
            let name = bare.extracting(0..<end)
            return ASCII.equalsIgnoringCase(name, "localhost") || (ByteSearch.firstIndex(of: UInt8(ascii: ":"), in: name) == nil && allowsOneLabel())
        }
        let suffix: StaticString = ".localhost"
        let length = suffix.utf8CodeUnitCount
        if end > length, dot > 0, ASCII.equalsIgnoringCase(bare.extracting((end - length)..<end), suffix) { return true }
        return isAddress(bare)
    }

    private static func isAddress(_ text: Span<UInt8>) -> Bool {
        // Nearly every one is of this form, and is read without memory.
        if isDottedAddress(text) { return true }
        return IPAddress(text.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }) != nil
    }

    /// Whether `text` is four numbers from 0 to 255 with dots between them.
    private static func isDottedAddress(_ text: Span<UInt8>) -> Bool {
        guard text.count >= 7, text.count <= 15 else { return false }
        var (dots, digits, value) = (0, 0, 0)
        for index in 0..<text.count {
            if ASCII.isDigit(text[index]) {
                digits += 1
                value = value * 10 + Int(text[index] - ASCII.zero)
                guard digits <= 3, value <= 255 else { return false }
            } else {
                guard text[index] == UInt8(ascii: "."), digits > 0 else { return false }
                dots += 1
                (digits, value) = (0, 0)
            }
        }
        return dots == 3 && digits > 0
    }

    /// A port is digits behind the last colon, and the colons of an IPv6 address stand in brackets.
    private static func countWithoutPort(_ host: Span<UInt8>) -> Int {
        var end = host.count
        while end > 0, ASCII.isDigit(host[end - 1]) { end -= 1 }
        return end > 0 && host[end - 1] == UInt8(ascii: ":") ? end - 1 : host.count
    }
}
