import Bytes

/// What a server got wrong in the framing of its replies. The link cannot go on after it.
public struct ReplyError: Error, Sendable, Equatable {
    public enum Kind: Sendable, Equatable { case unknownMarker(UInt8), invalidLength, tooDeep, unexpectedEnd }
    public let kind: Kind
    public init(_ kind: Kind) { self.kind = kind }
}

/// Finds where each reply of a server ends, RESP2 and RESP3, in chunks cut anywhere; no byte is copied or kept.
///
/// Aggregates are counted, one counter per level of nesting. Attributes (`|`) belong to the reply behind them. Streamed
/// aggregates (`*?`) end by `.`, streamed strings (`$?`) by `;0`. No input traps; the depth is bounded.
///
/// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
public struct ReplyFramer: Sendable {
    public enum Outcome: Sendable, Equatable {
        /// The chunk ends inside a reply, or exactly between two (``isBetweenReplies`` tells which).
        case incomplete
        /// A reply ends before `offset`; its first marker byte says what kind it is.
        case reply(marker: UInt8, end: Int)
        case malformed(ReplyError)
    }

    private enum Phase { case marker, line, header, headerLineFeed, body, bodyLineFeed, streamedStringMarker }

    private static let unbounded = -1

    private var phase = Phase.marker
    private var current: UInt8 = 0
    private var first: UInt8 = 0
    private var value = 0
    private var digits = 0
    private var isNegative = false
    private var isStreamed = false
    private var bodyLeft = 0
    /// Elements still to come at the current level; ``unbounded`` inside a streamed aggregate.
    private var left = 1
    /// The same for the levels outside it.
    private var outer: [Int] = []
    private var isInStreamedString = false
    private let depthMax: Int

    public init(nestingDepthMax: Int = 128) { depthMax = nestingDepthMax }

    /// Whether no byte of a reply is waiting for its rest.
    public var isBetweenReplies: Bool { phase == .marker && outer.isEmpty && left == 1 && first == 0 && !isInStreamedString }

    /// Goes on at `start` of `bytes` to the end of the next reply.
    public mutating func advance(_ bytes: Span<UInt8>, from start: Int) -> Outcome {
        if isBetweenReplies, start < bytes.count, let end = Self.wholeReply(bytes, from: start) ?? Self.wholeShortArray(bytes, from: start) {
            return .reply(marker: bytes[start], end: end)
        }
        var index = start
        let end = bytes.count
        while index < end {
            switch phase {
            case .marker:
                begin(bytes[index])
                index &+= 1
                guard Self.isMarker(current) else { return .malformed(ReplyError(.unknownMarker(current))) }
                if current == UInt8(ascii: "."), left != Self.unbounded { return .malformed(ReplyError(.unexpectedEnd)) }
            case .line:
                while index < end, bytes[index] != ASCII.lineFeed { index &+= 1 }
                guard index < end else { return .incomplete }
                index &+= 1
                if completeElement() { return .reply(marker: takeFirst(), end: index) }
            case .header:
                while index < end, bytes[index] != ASCII.carriageReturn {
                    guard accumulate(bytes[index]) else { return .malformed(ReplyError(.invalidLength)) }
                    index &+= 1
                }
                guard index < end else { return .incomplete }
                index &+= 1
                phase = .headerLineFeed
            case .headerLineFeed:
                guard bytes[index] == ASCII.lineFeed else { return .malformed(ReplyError(.invalidLength)) }
                index &+= 1
                switch endHeader() {
                case .goOn: break
                case .complete: return .reply(marker: takeFirst(), end: index)
                case .failed(let kind): return .malformed(ReplyError(kind))
                }
            case .body:
                let step = min(bodyLeft, end &- index)
                bodyLeft &-= step
                index &+= step
                if bodyLeft == 0 { phase = .bodyLineFeed; bodyLeft = 2 }
            case .bodyLineFeed:
                let expected = bodyLeft == 2 ? ASCII.carriageReturn : ASCII.lineFeed
                guard bytes[index] == expected else { return .malformed(ReplyError(.invalidLength)) }
                index &+= 1
                bodyLeft &-= 1
                guard bodyLeft == 0 else { continue }
                if isInStreamedString {
                    phase = .streamedStringMarker
                } else if completeElement() {
                    return .reply(marker: takeFirst(), end: index)
                }
            case .streamedStringMarker:
                guard bytes[index] == UInt8(ascii: ";") else { return .malformed(ReplyError(.unknownMarker(bytes[index]))) }
                beginHeader(UInt8(ascii: ";"))
                index &+= 1
            }
        }
        return .incomplete
    }

    /// Where the reply at `start` ends, if it is a line or a string that has come whole: most are.
    @inline(__always)
    private static func wholeReply(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start &+ 1
        switch bytes[start] {
        case UInt8(ascii: "$"):
            var length = 0
            let first = index
            while index < bytes.count {
                let digit = Int(bytes[index] &- ASCII.zero)
                guard digit <= 9 else { break }
                length = length &* 10 &+ digit
                index &+= 1
                if index &- first > 9 { return nil }
            }
            guard index > first, index &+ 1 < bytes.count, bytes[index] == ASCII.carriageReturn, bytes[index &+ 1] == ASCII.lineFeed
            else { return nil }
            let end = index &+ 2 &+ length
            guard end &+ 1 < bytes.count, bytes[end] == ASCII.carriageReturn, bytes[end &+ 1] == ASCII.lineFeed else { return nil }
            return end &+ 2
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"):
            while index < bytes.count {
                if bytes[index] == ASCII.lineFeed { return index &+ 1 }
                index &+= 1
            }
            return nil
        default: return nil
        }
    }

    /// Where the array or push at `start` ends, if it is a short one of lines and strings that has come whole: what EXEC and
    /// BLPOP answer, and every message of a channel.
    private static func wholeShortArray(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        guard bytes[start] == UInt8(ascii: "*") || bytes[start] == UInt8(ascii: ">"), start &+ 3 < bytes.count,
            bytes[start &+ 2] == ASCII.carriageReturn, bytes[start &+ 3] == ASCII.lineFeed
        else { return nil }
        let count = bytes[start &+ 1] &- ASCII.zero
        guard count >= 1, count <= 9 else { return nil }
        var index = start &+ 4
        for _ in 0..<count {
            guard index < bytes.count, let end = wholeReply(bytes, from: index) else { return nil }
            index = end
        }
        return index
    }

    private mutating func takeFirst() -> UInt8 {
        defer { first = 0 }
        return first
    }

    private static func isMarker(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "$"), UInt8(ascii: "*"),
            UInt8(ascii: "_"), UInt8(ascii: "#"), UInt8(ascii: ","), UInt8(ascii: "("), UInt8(ascii: "!"),
            UInt8(ascii: "="), UInt8(ascii: "%"), UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "|"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    private mutating func begin(_ marker: UInt8) {
        // A push or an attribute before the reply does not name the reply's kind; the last marker at the top does.
        if outer.isEmpty { first = marker }
        switch marker {
        case UInt8(ascii: "$"), UInt8(ascii: "*"), UInt8(ascii: "!"), UInt8(ascii: "="), UInt8(ascii: "%"),
            UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "|"):
            beginHeader(marker)
        default:
            current = marker
            phase = .line
        }
    }

    private mutating func beginHeader(_ marker: UInt8) {
        current = marker
        value = 0
        digits = 0
        isNegative = false
        isStreamed = false
        phase = .header
    }

    private mutating func accumulate(_ byte: UInt8) -> Bool {
        if ASCII.isDigit(byte) {
            digits &+= 1
            guard digits <= 18, !isStreamed else { return false }
            value = value &* 10 &+ Int(byte &- ASCII.zero)
            return true
        }
        guard digits == 0, !isNegative, !isStreamed else { return false }
        if byte == UInt8(ascii: "-") { isNegative = true; return true }
        if byte == UInt8(ascii: "?") { isStreamed = true; return true }
        return false
    }

    private enum Step { case goOn, complete, failed(ReplyError.Kind) }

    private mutating func endHeader() -> Step {
        guard digits > 0 || isStreamed else { return .failed(.invalidLength) }
        switch current {
        case UInt8(ascii: "$"):
            if isStreamed {
                isInStreamedString = true
                phase = .streamedStringMarker
                return .goOn
            }
            return isNegative ? finishElement() : beginBody()
        case UInt8(ascii: "!"), UInt8(ascii: "="):
            guard !isStreamed, !isNegative else { return .failed(.invalidLength) }
            return beginBody()
        case UInt8(ascii: ";"):
            guard !isStreamed, !isNegative else { return .failed(.invalidLength) }
            if value > 0 { return beginBody() }
            isInStreamedString = false
            return finishElement()
        case UInt8(ascii: "|"):
            guard !isStreamed, !isNegative else { return .failed(.invalidLength) }
            // The attribute's own end must not count as the element that it describes.
            return value == 0 ? resume() : open(2 &* value, resuming: left == Self.unbounded ? left : left &+ 1)
        default:
            return beginAggregate()
        }
    }

    private mutating func beginAggregate() -> Step {
        if isStreamed {
            guard current != UInt8(ascii: ">") else { return .failed(.invalidLength) }
            return open(Self.unbounded, resuming: left)
        }
        if isNegative {
            return current == UInt8(ascii: "*") ? finishElement() : .failed(.invalidLength)
        }
        let elements = current == UInt8(ascii: "%") ? 2 &* value : value
        return elements == 0 ? finishElement() : open(elements, resuming: left)
    }

    private mutating func open(_ elements: Int, resuming: Int) -> Step {
        guard outer.count < depthMax else { return .failed(.tooDeep) }
        outer.append(resuming)
        left = elements
        phase = .marker
        return .goOn
    }

    private mutating func beginBody() -> Step {
        bodyLeft = value
        phase = .body
        if value == 0 { phase = .bodyLineFeed; bodyLeft = 2 }
        return .goOn
    }

    private mutating func resume() -> Step {
        phase = .marker
        return .goOn
    }

    private mutating func finishElement() -> Step { completeElement() ? .complete : .goOn }

    /// Counts one element as read; true when that ends the whole reply.
    private mutating func completeElement() -> Bool {
        phase = .marker
        if current == UInt8(ascii: "."), left == Self.unbounded {
            left = outer.popLast() ?? 1
        }
        while true {
            if left == Self.unbounded { return false }
            left &-= 1
            if left > 0 { return false }
            guard let resumed = outer.popLast() else {
                left = 1
                return true
            }
            left = resumed
        }
    }
}
