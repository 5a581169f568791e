import Bytes

/// What `Authorization: Basic …` shows (RFC 7617). Whether it is right is for `Access` to say.
public struct BasicCredentials: Equatable, Sendable {
    /// `user:password`, decoded.
    public let pair: [UInt8]
    private let colon: Int

    public var user: ArraySlice<UInt8> { pair[..<colon] }
    /// Everything behind the first colon; it may hold more of them.
    public var password: ArraySlice<UInt8> { pair[(colon + 1)...] }

    /// nil if `value`, the value of the Authorization field, is of another scheme or malformed.
    public init?(authorization value: Span<UInt8>) {
        guard value.count > 6, ASCII.equalsIgnoringCase(value.extracting(0..<5), "Basic"), value[5] == ASCII.space else { return nil }
        var start = 6
        while start < value.count, value[start] == ASCII.space { start &+= 1 }
        self.init(encoded: value.extracting(start..<value.count))
    }

    /// nil if `text` is not the base64 of `user:password`.
    init?(encoded text: Span<UInt8>) {
        guard let pair = Base64.decode(text),
            let colon = ByteSearch.firstIndex(of: UInt8(ascii: ":"), in: pair.span)
        else { return nil }
        self.pair = pair
        self.colon = colon
    }
}
