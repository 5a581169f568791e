import Bytes

/// The first and the last bytes of one reply that comes in pieces: enough to tell what a subscription's reply says,
/// however long the channel's name in its middle is.
public struct ReplyEdges: Sendable {
    private static let edgeBytes = 32

    private var head: [UInt8] = []
    private var tail: [UInt8] = []

    public init() {}

    /// Takes in the next piece of the reply.
    public mutating func append(_ piece: Span<UInt8>) {
        let missing = min(Self.edgeBytes - head.count, piece.count)
        if missing > 0 { head.append(piece, in: 0..<missing) }
        if piece.count >= Self.edgeBytes {
            tail.removeAll(keepingCapacity: true)
            tail.append(piece, in: (piece.count - Self.edgeBytes)..<piece.count)
        } else {
            tail.append(piece)
            if tail.count > Self.edgeBytes { tail.removeFirst(tail.count - Self.edgeBytes) }
        }
    }

    /// Forgets the reply, for the next one.
    public mutating func removeAll() {
        head.removeAll(keepingCapacity: true)
        tail.removeAll(keepingCapacity: true)
    }

    /// The reply's first byte; 0 before anything came.
    public var marker: UInt8 { head.first ?? 0 }

    /// The text of an array's or a push's first element, where it is a short bulk string.
    public var firstElement: ArraySlice<UInt8>? {
        // *3\r\n$9\r\nsubscribe\r\n…
        guard marker == UInt8(ascii: "*") || marker == UInt8(ascii: ">"), let lengthAt = head.firstIndex(of: UInt8(ascii: "$")),
            let lineEnd = head[lengthAt...].firstIndex(of: ASCII.lineFeed)
        else { return nil }
        let rest = head[(lineEnd + 1)...]
        guard let end = rest.firstIndex(of: ASCII.carriageReturn) else { return nil }
        return rest[..<end]
    }

    /// The integer that the reply ends with; nil where it ends otherwise.
    public var lastInteger: Int? {
        guard tail.count > 2, tail.suffix(2).elementsEqual([ASCII.carriageReturn, ASCII.lineFeed]),
            let colon = tail.lastIndex(of: UInt8(ascii: ":"))
        else { return nil }
        let digits = Array(tail[(colon + 1)..<(tail.count - 2)])
        return Decimal.parse(digits.span).map { Int($0) }
    }
}
