import Bytes
import RESP

/// A reply in RESP2, whatever the protocol it came in, as Redis itself would have written it there: maps, sets and pushes
/// are arrays, doubles, big numbers and verbatim strings are bulk strings, booleans are 1 and 0, attributes are gone. The
/// text of a bulk error becomes one line. A reply that is RESP2 already keeps its bytes.
public enum RESP2Renderer {
    /// Appends `reply`, which must be one complete reply.
    public static func append(_ reply: Span<UInt8>, to output: inout [UInt8]) -> RenderOutcome {
        let start = output.count
        var writer = RESP2Writer()
        guard writer.reply(reply, to: &output) else {
            output.removeSubrange(start...)
            return .unrenderable
        }
        return .rendered
    }
}

/// The walk over one reply; each function returns false where the bytes are broken, and the output is then worthless.
private struct RESP2Writer {
    private var reader = ReplyReader()

    mutating func reply(_ bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard let token = reader.nextValue(in: bytes, depth: 0) else { return false }
        return value(token, in: bytes, depth: 0, to: &output)
    }

    private mutating func value(_ token: ReplyToken, in bytes: Span<UInt8>, depth: Int, to output: inout [UInt8]) -> Bool {
        switch token {
        case .simpleString(let range): line("+", bytes.extracting(range), to: &output)
        case .simpleError(let range), .bulkError(let range): line("-", bytes.extracting(range), to: &output)
        case .integer(let number):
            output.append(UInt8(ascii: ":"))
            Decimal.append(number, to: &output)
            output.append("\r\n" as StaticString)
        case .bulkString(let range), .verbatimString(_, let range), .double(let range), .bigNumber(let range):
            bulk(bytes.extracting(range), to: &output)
        case .nullBulkString, .null: output.append("$-1\r\n" as StaticString)
        case .nullArray: output.append("*-1\r\n" as StaticString)
        case .boolean(let flag): output.append(flag ? ":1\r\n" : ":0\r\n" as StaticString)
        case .streamedString:
            guard let joined = reader.streamedString(in: bytes) else { return false }
            bulk(joined.span, to: &output)
        default:
            guard depth < ReplyNesting.depthMax, let elements = token.aggregate?.elements else { return false }
            switch elements {
            case .counted(let count):
                CommandWriter.appendHead(argumentCount: count, to: &output)
                return list(elements, in: bytes, depth: depth, to: &output) != nil
            case .untilEnd:
                // How many there are shows at the end, and RESP2 says it at the beginning.
                var inner: [UInt8] = []
                guard let count = list(elements, in: bytes, depth: depth, to: &inner) else { return false }
                CommandWriter.appendHead(argumentCount: count, to: &output)
                output.append(contentsOf: inner)
            }
        }
        return true
    }

    /// Writes the elements; how many they were, or nil where they are broken.
    private mutating func list(_ all: AggregateElements, in bytes: Span<UInt8>, depth: Int, to output: inout [UInt8]) -> Int? {
        var elements = all
        var count = 0
        while true {
            switch reader.nextElement(of: &elements, in: bytes, depth: depth) {
            case .broken: return nil
            case .end: return count
            case .element(let token):
                guard value(token, in: bytes, depth: depth + 1, to: &output) else { return nil }
                count &+= 1
            }
        }
    }

    private func bulk(_ text: Span<UInt8>, to output: inout [UInt8]) {
        text.withUnsafeBufferPointer { CommandWriter.appendBulk($0, to: &output) }
    }

    private func line(_ marker: StaticString, _ text: Span<UInt8>, to output: inout [UInt8]) {
        output.append(marker)
        for index in 0..<text.count {
            let byte = text[index]
            output.append(byte == ASCII.carriageReturn || byte == ASCII.lineFeed ? ASCII.space : byte)
        }
        output.append("\r\n" as StaticString)
    }
}
