import Bytes
import RESP

/// A reply as XML. A string is a stored document and leaves as it is; every other reply becomes a document that keeps
/// types and nesting:
///
/// ```
/// <?xml version="1.0" encoding="UTF-8"?><reply command="LRANGE"><array><string>a</string><integer>5</integer><nil/></array></reply>
/// ```
/// Elements: `string`, `status`, `error`, `integer`, `double`, `bignumber`, `boolean`, `nil`, `array`, `set`, `push`, and
/// `map` of `<entry><key>…</key><value>…</value></entry>`. Text that XML 1.0 cannot carry stands in base64, and its element
/// says so: `<string encoding="base64">…</string>`. A nil reply is ``RenderOutcome/missing``: there is no such document.
public enum XMLRenderer {
    /// Appends the document for `reply`, the complete reply of the command called `name`.
    public static func append(_ reply: Span<UInt8>, command name: Span<UInt8>, to output: inout [UInt8]) -> RenderOutcome {
        let start = output.count
        var writer = XMLWriter()
        guard let token = writer.reader.nextValue(in: reply, depth: 0) else { return .unrenderable }
        if token.isNil { return .missing }
        let isWhole: Bool
        switch token {
        case .bulkString(let range), .verbatimString(_, let range):
            output.append(reply, in: range)
            isWhole = true
        case .streamedString:
            if let joined = writer.reader.streamedString(in: reply) {
                output.append(joined.span)
                isWhole = true
            } else {
                isWhole = false
            }
        default:
            output.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?><reply command" as StaticString)
            appendName(name, to: &output)
            isWhole = writer.value(token, in: reply, depth: 0, to: &output)
            output.append("</reply>" as StaticString)
        }
        if !isWhole { output.removeSubrange(start...) }
        return isWhole ? .rendered : .unrenderable
    }

    private static func appendName(_ name: Span<UInt8>, to output: inout [UInt8]) {
        if XMLText.isCarried(name) {
            output.append("=\"" as StaticString)
            XMLText.append(name, inAttribute: true, to: &output)
        } else {
            output.append("-base64=\"" as StaticString)
            Base64.append(name, to: &output)
        }
        output.append("\">" as StaticString)
    }
}

private struct XMLWriter {
    var reader = ReplyReader()

    mutating func value(_ token: ReplyToken, in bytes: Span<UInt8>, depth: Int, to output: inout [UInt8]) -> Bool {
        switch token {
        case .bulkString(let range), .verbatimString(_, let range): text("string", bytes.extracting(range), to: &output)
        case .simpleString(let range): text("status", bytes.extracting(range), to: &output)
        case .simpleError(let range), .bulkError(let range): text("error", bytes.extracting(range), to: &output)
        case .double(let range): text("double", bytes.extracting(range), to: &output)
        case .bigNumber(let range): text("bignumber", bytes.extracting(range), to: &output)
        case .integer(let number):
            open("integer", to: &output)
            Decimal.append(number, to: &output)
            close("integer", to: &output)
        case .boolean(let flag):
            output.append(flag ? "<boolean>true</boolean>" : "<boolean>false</boolean>" as StaticString)
        case .nullBulkString, .nullArray, .null: output.append("<nil/>" as StaticString)
        case .streamedString:
            guard let joined = reader.streamedString(in: bytes) else { return false }
            text("string", joined.span, to: &output)
        default:
            return aggregate(token, in: bytes, depth: depth, to: &output)
        }
        return true
    }

    private mutating func aggregate(_ token: ReplyToken, in bytes: Span<UInt8>, depth: Int, to output: inout [UInt8]) -> Bool {
        guard depth < ReplyNesting.depthMax, let (all, isMap) = token.aggregate else { return false }
        let name: StaticString =
            switch token {
            case .map, .streamedMap: "map"
            case .set, .streamedSet: "set"
            case .push: "push"
            default: "array"
            }
        var elements = all
        open(name, to: &output)
        while true {
            switch reader.nextElement(of: &elements, in: bytes, depth: depth) {
            case .broken: return false
            case .end:
                close(name, to: &output)
                return true
            case .element(let element):
                if isMap { output.append("<entry><key>" as StaticString) }
                guard value(element, in: bytes, depth: depth + 1, to: &output) else { return false }
                guard isMap else { continue }
                output.append("</key><value>" as StaticString)
                guard case .element(let mapped) = reader.nextElement(of: &elements, in: bytes, depth: depth),
                    value(mapped, in: bytes, depth: depth + 1, to: &output)
                else { return false }
                output.append("</value></entry>" as StaticString)
            }
        }
    }

    private func text(_ name: StaticString, _ text: Span<UInt8>, to output: inout [UInt8]) {
        if XMLText.isCarried(text) {
            open(name, to: &output)
            XMLText.append(text, to: &output)
        } else {
            output.append(UInt8(ascii: "<"))
            output.append(name)
            output.append(" encoding=\"base64\">" as StaticString)
            Base64.append(text, to: &output)
        }
        close(name, to: &output)
    }

    private func open(_ name: StaticString, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "<"))
        output.append(name)
        output.append(UInt8(ascii: ">"))
    }

    private func close(_ name: StaticString, to output: inout [UInt8]) {
        output.append("</" as StaticString)
        output.append(name)
        output.append(UInt8(ascii: ">"))
    }
}
