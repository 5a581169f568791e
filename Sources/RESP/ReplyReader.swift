import Bytes

/// Walks over one complete reply, token by token, without allocating.
///
/// The bytes must hold a whole reply as ``ReplyFramer`` delimits it; what is not one yields nil where it ends being one,
/// and never traps.
public struct ReplyReader: Sendable {
    /// Offset of the next token.
    public private(set) var offset: Int

    public init(offset: Int = 0) { self.offset = offset }

    /// The next token of `bytes`, or nil at the end of the bytes or where they are no RESP.
    public mutating func next(in bytes: Span<UInt8>) -> ReplyToken? {
        guard offset < bytes.count else { return nil }
        let marker = bytes[offset]
        guard let lineEnd = lineEnd(in: bytes, from: offset + 1) else { return nil }
        let line = (offset + 1)..<lineEnd
        let body = lineEnd + 2
        switch marker {
        case UInt8(ascii: "+"): return scalar(.simpleString(line), endingAt: body)
        case UInt8(ascii: "-"): return scalar(.simpleError(line), endingAt: body)
        case UInt8(ascii: "_"): return scalar(.null, endingAt: body)
        case UInt8(ascii: ","): return scalar(.double(line), endingAt: body)
        case UInt8(ascii: "("): return scalar(.bigNumber(line), endingAt: body)
        case UInt8(ascii: "."): return scalar(.aggregateEnd, endingAt: body)
        case UInt8(ascii: "#"):
            guard line.count == 1 else { return nil }
            return scalar(.boolean(bytes[line.lowerBound] == UInt8(ascii: "t")), endingAt: body)
        case UInt8(ascii: ":"):
            guard let value = Decimal.parse(bytes.extracting(line)) else { return nil }
            return scalar(.integer(value), endingAt: body)
        default:
            return sized(marker, line: line, body: body, in: bytes)
        }
    }

    private mutating func scalar(_ token: ReplyToken, endingAt end: Int) -> ReplyToken {
        offset = end
        return token
    }

    private mutating func sized(_ marker: UInt8, line: Range<Int>, body: Int, in bytes: Span<UInt8>) -> ReplyToken? {
        if line.count == 1, bytes[line.lowerBound] == UInt8(ascii: "?") {
            return streamed(marker).map { scalar($0, endingAt: body) }
        }
        guard let declared = Decimal.parse(bytes.extracting(line)), declared <= Int64(Int.max / 4) else { return nil }
        let count = Int(declared)
        switch marker {
        case UInt8(ascii: "$"):
            if count < 0 { return scalar(.nullBulkString, endingAt: body) }
            return text(count, body: body, in: bytes) { .bulkString($0) }
        case UInt8(ascii: "!"):
            return text(count, body: body, in: bytes) { .bulkError($0) }
        case UInt8(ascii: "="):
            return text(count, body: body, in: bytes) { range in
                guard range.count >= 4 else { return .verbatimString(format: range.lowerBound..<range.lowerBound, text: range) }
                let start = range.lowerBound
                return .verbatimString(format: start..<(start + 3), text: (start + 4)..<range.upperBound)
            }
        case UInt8(ascii: ";"):
            if count == 0 { return scalar(.streamedStringEnd, endingAt: body) }
            return text(count, body: body, in: bytes) { .streamedChunk($0) }
        case UInt8(ascii: "*"):
            return scalar(count < 0 ? .nullArray : .array(count: count), endingAt: body)
        case UInt8(ascii: "~"): return scalar(.set(count: max(0, count)), endingAt: body)
        case UInt8(ascii: "%"): return scalar(.map(count: max(0, count)), endingAt: body)
        case UInt8(ascii: "|"): return scalar(.attribute(count: max(0, count)), endingAt: body)
        case UInt8(ascii: ">"): return scalar(.push(count: max(0, count)), endingAt: body)
        default: return nil
        }
    }

    private func streamed(_ marker: UInt8) -> ReplyToken? {
        switch marker {
        case UInt8(ascii: "$"): .streamedString
        case UInt8(ascii: "*"): .streamedArray
        case UInt8(ascii: "~"): .streamedSet
        case UInt8(ascii: "%"): .streamedMap
        default: nil
        }
    }

    private mutating func text(
        _ count: Int, body: Int, in bytes: Span<UInt8>, _ token: (Range<Int>) -> ReplyToken
    ) -> ReplyToken? {
        guard count >= 0, bytes.count - body >= count, bytes.count - body - count >= 2 else { return nil }
        offset = body + count + 2
        return token(body..<(body + count))
    }

    private func lineEnd(in bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index + 1 < bytes.count {
            if bytes[index] == ASCII.carriageReturn { return bytes[index + 1] == ASCII.lineFeed ? index : nil }
            // To the framer a line feed ends the line, so one that stands alone must not be read over here.
            if bytes[index] == ASCII.lineFeed { return nil }
            index &+= 1
        }
        return nil
    }
}
