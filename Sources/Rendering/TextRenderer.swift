import Bytes
import RESP

/// A reply as bare bytes, for images, pages and shell scripts: a string is its bytes, a number its digits, a status `+OK`,
/// an error `-ERR …`, and an aggregate its elements one after the other, however nested. Within an aggregate a status is
/// its text alone, as in JSON.
///
/// The separator, if there is one, stands before every element but the first. A nil element has no text and no separator,
/// but counts, as in Webdis: `MGET none a b` with `,` is `,1,2`. A nil reply is ``RenderOutcome/missing``.
public enum TextRenderer {
    /// Appends the text of `reply`, with `separator` between elements.
    public static func append(_ reply: Span<UInt8>, separator: Span<UInt8>, to output: inout [UInt8]) -> RenderOutcome {
        let start = output.count
        var writer = TextWriter()
        guard let token = writer.reader.nextValue(in: reply, depth: 0) else { return .unrenderable }
        if token.isNil { return .missing }
        guard writer.value(token, in: reply, separator: separator, depth: 0, to: &output) else {
            output.removeSubrange(start...)
            return .unrenderable
        }
        return .rendered
    }
}

private struct TextWriter {
    var reader = ReplyReader()
    /// Elements met so far, at whatever depth, nil ones included.
    private var elementCount = 0

    mutating func value(
        _ token: ReplyToken, in bytes: Span<UInt8>, separator: Span<UInt8>, depth: Int, to output: inout [UInt8]
    ) -> Bool {
        if var elements = token.aggregate?.elements {
            guard depth < ReplyNesting.depthMax else { return false }
            while true {
                switch reader.nextElement(of: &elements, in: bytes, depth: depth) {
                case .broken: return false
                case .end: return true
                case .element(let element):
                    guard value(element, in: bytes, separator: separator, depth: depth + 1, to: &output) else { return false }
                }
            }
        }
        if elementCount > 0, !token.isNil { output.append(separator) }
        elementCount &+= 1
        if depth > 0, case .simpleString(let range) = token {
            output.append(bytes, in: range)
            return true
        }
        return scalar(token, in: bytes, to: &output)
    }

    private mutating func scalar(_ token: ReplyToken, in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        switch token {
        case .bulkString(let range), .verbatimString(_, let range), .double(let range), .bigNumber(let range):
            output.append(bytes, in: range)
        case .simpleString(let range):
            output.append(UInt8(ascii: "+"))
            output.append(bytes, in: range)
        case .simpleError(let range), .bulkError(let range):
            output.append(UInt8(ascii: "-"))
            output.append(bytes, in: range)
        case .integer(let number): Decimal.append(number, to: &output)
        case .boolean(let flag): output.append(flag ? "true" : "false" as StaticString)
        case .nullBulkString, .nullArray, .null: break
        case .streamedString:
            guard let joined = reader.streamedString(in: bytes) else { return false }
            output.append(joined.span)
        default: return false
        }
        return true
    }
}
