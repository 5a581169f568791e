import Bytes
import RESP

/// How deep the renderers follow a reply.
public enum ReplyNesting {
    /// Aggregates within aggregates; what nests deeper is answered as unreadable. It guards the stack.
    public static let depthMax = 256
}

/// What is left of an aggregate that is being walked over.
enum AggregateElements {
    /// So many values; a map's entry counts as two.
    case counted(Int)
    /// A RESP3 streamed aggregate: values up to its end mark.
    case untilEnd
}

/// What stands next in an aggregate.
enum ElementStep {
    case element(ReplyToken)
    case end
    case broken
}

extension ReplyToken {
    /// Whether this is one of the three spellings of nothing.
    var isNil: Bool {
        switch self {
        case .nullBulkString, .nullArray, .null: true
        default: false
        }
    }

    /// What the aggregate that this token opens holds, and whether it is keys and values in turns; nil for a scalar.
    var aggregate: (elements: AggregateElements, isMap: Bool)? {
        switch self {
        case .array(let count), .set(let count), .push(let count): (.counted(count), false)
        case .map(let count): (.counted(count &* 2), true)
        case .streamedArray, .streamedSet: (.untilEnd, false)
        case .streamedMap: (.untilEnd, true)
        default: nil
        }
    }
}

extension ReplyReader {
    /// The next token that is not an attribute; attributes describe the value behind them, and no format shows them.
    mutating func nextValue(in bytes: Span<UInt8>, depth: Int) -> ReplyToken? {
        while let token = next(in: bytes) {
            guard case .attribute(let count) = token else { return token }
            var elements = AggregateElements.counted(count &* 2)
            guard skip(&elements, in: bytes, depth: depth) else { return nil }
        }
        return nil
    }

    /// The next element of the aggregate that `elements` counts down.
    mutating func nextElement(of elements: inout AggregateElements, in bytes: Span<UInt8>, depth: Int) -> ElementStep {
        if case .counted(let count) = elements {
            if count == 0 { return .end }
            elements = .counted(count &- 1)
        }
        guard let token = nextValue(in: bytes, depth: depth) else { return .broken }
        // A pattern, since `==` on a token costs more than all else here.
        guard case .aggregateEnd = token else { return .element(token) }
        if case .untilEnd = elements { return .end }
        return .broken
    }

    /// Joins the chunks of a streamed string whose opening token was just read; nil if they do not end.
    mutating func streamedString(in bytes: Span<UInt8>) -> [UInt8]? {
        var joined: [UInt8] = []
        while let token = next(in: bytes) {
            switch token {
            case .streamedChunk(let range): joined.append(bytes, in: range)
            case .streamedStringEnd: return joined
            default: return nil
            }
        }
        return nil
    }

    private mutating func skip(_ elements: inout AggregateElements, in bytes: Span<UInt8>, depth: Int) -> Bool {
        guard depth < ReplyNesting.depthMax else { return false }
        while true {
            switch nextElement(of: &elements, in: bytes, depth: depth + 1) {
            case .end: return true
            case .broken: return false
            case .element(let token):
                if var inner = token.aggregate?.elements {
                    guard skip(&inner, in: bytes, depth: depth + 1) else { return false }
                } else if case .streamedString = token, streamedString(in: bytes) == nil {
                    return false
                }
            }
        }
    }
}
