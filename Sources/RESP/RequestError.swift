/// What a client got wrong in the framing of a request. The connection cannot go on after it.
public struct RequestError: Error, Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case invalidMultibulkLength
        case invalidBulkLength
        case expectedBulk(got: UInt8)
        case tooBigMultibulkCount
        case tooBigBulkCount
        case tooBigInline
        case unbalancedQuotes
        case unauthenticatedMultibulkLength
        case unauthenticatedBulkLength
        case bulkNotTerminated
    }

    public let kind: Kind
    /// Bytes from the start of the request to the offence.
    public let offset: Int

    public init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    /// Redis's words for the offence, as they follow `-ERR Protocol error: ` (networking.c).
    public var message: String {
        switch kind {
        case .invalidMultibulkLength: "invalid multibulk length"
        case .invalidBulkLength: "invalid bulk length"
        case .expectedBulk(let got):
            "expected '$', got '\(got >= 0x20 && got < 0x7F ? Character(Unicode.Scalar(got)) : "?")'"
        case .tooBigMultibulkCount: "too big mbulk count string"
        case .tooBigBulkCount: "too big bulk count string"
        case .tooBigInline: "too big inline request"
        case .unbalancedQuotes: "unbalanced quotes in request"
        case .unauthenticatedMultibulkLength: "unauthenticated multibulk length"
        case .unauthenticatedBulkLength: "unauthenticated bulk length"
        case .bulkNotTerminated: "bulk string not terminated by CRLF"
        }
    }

    /// The whole error reply, ready to be sent before the connection closes.
    public var reply: [UInt8] { Array("-ERR Protocol error: \(message)\r\n".utf8) }
}
