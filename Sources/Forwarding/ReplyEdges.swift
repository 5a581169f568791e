import Bytes

/// The first and the last bytes of one reply that comes in pieces: enough to tell what a subscription's reply says,
/// however long the channel's name in its middle is.
public struct ReplyEdges: Sendable {
    private static let edgeBytes = 32

    private var head = InlineArray<32, UInt8>(repeating: 0)
    private var tail = InlineArray<32, UInt8>(repeating: 0)
    private var headCount = 0
    private var tailCount = 0
    private var isWholeMessage = false

    public init() {}

    /// Of a reply that has come whole. Messages are all alike, and many: of them nothing is taken in but that they are.
    public init(whole reply: Span<UInt8>) {
        if Self.isMessage(reply) { isWholeMessage = true } else { append(reply) }
    }

    /// Takes in the next piece of the reply.
    public mutating func append(_ piece: Span<UInt8>) {
        let missing = min(Self.edgeBytes - headCount, piece.count)
        for index in 0..<missing { head[headCount + index] = piece[index] }
        headCount += missing
        let fresh = min(Self.edgeBytes, piece.count)
        let kept = min(tailCount, Self.edgeBytes - fresh)
        if kept < tailCount {
            for index in 0..<kept { tail[index] = tail[tailCount - kept + index] }
        }
        for index in 0..<fresh { tail[kept + index] = piece[piece.count - fresh + index] }
        tailCount = kept + fresh
    }

    /// Forgets the reply, for the next one.
    public mutating func removeAll() { (headCount, tailCount, isWholeMessage) = (0, 0, false) }

    /// The reply's first byte; 0 before anything came.
    public var marker: UInt8 { headCount > 0 ? head[0] : 0 }

    /// Whether the reply is `+OK`.
    var isOK: Bool { begins(with: "+OK\r\n") }
    /// Whether the reply says that a command has been put into a transaction.
    var isQueued: Bool { begins(with: "+QUEUED\r\n") }
    /// Whether the reply says that a transaction has ended without having run.
    var isExecAbort: Bool { begins(with: "-EXECABORT") }
    /// Whether the reply says that a user and a password do not go together.
    var isWrongPassword: Bool { begins(with: "-WRONGPASS") }

    private func begins(with text: StaticString) -> Bool { head.span.extracting(0..<headCount).begins(with: text) }

    /// Whether the reply is a message of a channel, and says nothing of subscriptions.
    public var isMessage: Bool { isWholeMessage || Self.isMessage(head.span.extracting(0..<headCount)) }

    /// Whether `reply` begins as `*3\r\n$7\r\nmessage\r\n` does, or with `pmessage` or `smessage`, or as a push.
    private static func isMessage(_ reply: Span<UInt8>) -> Bool {
        guard reply.count > 16, reply[0] == UInt8(ascii: "*") || reply[0] == UInt8(ascii: ">"), reply[2] == ASCII.carriageReturn,
            reply[4] == UInt8(ascii: "$"), reply[6] == ASCII.carriageReturn
        else { return false }
        var word = 8
        if reply[5] == UInt8(ascii: "8") {
            guard reply[word] == UInt8(ascii: "p") || reply[word] == UInt8(ascii: "s") else { return false }
            word += 1
        } else if reply[5] != UInt8(ascii: "7") {
            return false
        }
        return reply[word] == UInt8(ascii: "m") && reply[word + 1] == UInt8(ascii: "e") && reply[word + 2] == UInt8(ascii: "s")
            && reply[word + 3] == UInt8(ascii: "s") && reply[word + 4] == UInt8(ascii: "a") && reply[word + 5] == UInt8(ascii: "g")
            && reply[word + 6] == UInt8(ascii: "e") && reply[word + 7] == ASCII.carriageReturn
    }

    /// The text of an array's or a push's first element, where it is a short bulk string.
    public var firstElement: ArraySlice<UInt8>? {
        // *3\r\n$9\r\nsubscribe\r\n…
        let head = Self.bytes(head.span, headCount)
        guard marker == UInt8(ascii: "*") || marker == UInt8(ascii: ">"), let lengthAt = head.firstIndex(of: UInt8(ascii: "$")),
            let lineEnd = head[lengthAt...].firstIndex(of: ASCII.lineFeed)
        else { return nil }
        let rest = head[(lineEnd + 1)...]
        guard let end = rest.firstIndex(of: ASCII.carriageReturn) else { return nil }
        return rest[..<end]
    }

    /// The integer that the reply ends with; nil where it ends otherwise.
    public var lastInteger: Int? {
        let tail = Self.bytes(tail.span, tailCount)
        guard tail.count > 2, tail.suffix(2).elementsEqual([ASCII.carriageReturn, ASCII.lineFeed]),
            let colon = tail.lastIndex(of: UInt8(ascii: ":"))
        else { return nil }
        let digits = Array(tail[(colon + 1)..<(tail.count - 2)])
        return Decimal.parse(digits.span).map { Int($0) }
    }

    private static func bytes(_ edge: Span<UInt8>, _ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(edge, in: 0..<count)
        return bytes
    }
}
