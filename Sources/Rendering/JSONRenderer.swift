import Bytes
import RESP

/// A reply as Webdis's JSON: one object with one member, named after the command as it was typed.
///
/// ```
/// +OK             {"SET":[true,"OK"]}          *2 $1 a :5     {"EVAL":["a",5]}
/// -ERR no         {"GET":[false,"ERR no"]}     %1 $1 f $1 v   {"HGETALL":{"f":"v"}}
/// $-1, *-1, _     {"GET":null}                 ,1.5  ,inf     {"X":1.5}  {"X":"inf"}
/// ```
/// Compact, members in the order of the reply, text as ``JSONText`` spells it; clients compare these bytes, and ETags
/// are made of them. Within an aggregate a status is a string, an error still `[false,"…"]`. A map's keys are strings:
/// what is none is spelled as its text. Attributes are left out.
package enum JSONRenderer {
    /// Appends the object for `reply`, the complete reply of the command called `name`.
    package static func append(_ reply: Span<UInt8>, command name: Span<UInt8>, to output: inout [UInt8]) -> RenderOutcome {
        let start = output.count
        var writer = JSONWriter()
        output.append(UInt8(ascii: "{"))
        writer.string(name, to: &output)
        output.append(UInt8(ascii: ":"))
        guard writer.reply(reply, shape: JSONShape(command: name), to: &output) else {
            output.removeSubrange(start...)
            return .unrenderable
        }
        output.append(UInt8(ascii: "}"))
        return writer.replaced ? .renderedWithReplacements : .rendered
    }
}

/// The walk over one reply.
private struct JSONWriter {
    private var reader = ReplyReader()
    /// Whether any text so far was no UTF-8.
    private(set) var replaced = false

    /// Each function that can meet broken bytes returns false there, and the output is then worthless.
    mutating func reply(_ bytes: Span<UInt8>, shape: JSONShape, to output: inout [UInt8]) -> Bool {
        guard let token = reader.nextValue(in: bytes, depth: 0) else { return false }
        switch (token, shape) {
        case (.simpleString(let range), _):
            output.append("[true," as StaticString)
            string(bytes.extracting(range), to: &output)
            output.append(UInt8(ascii: "]"))
            return true
        case (.array(let count), .fieldsAndValues) where count & 1 == 0:
            return object(.counted(count), in: bytes, depth: 0, to: &output)
        case (.bulkString(let range), .information), (.verbatimString(_, let range), .information):
            information(bytes.extracting(range), to: &output)
            return true
        default:
            return value(token, in: bytes, depth: 0, to: &output)
        }
    }

    mutating func string(_ text: Span<UInt8>, to output: inout [UInt8]) {
        if JSONText.appendQuoted(text, to: &output) { replaced = true }
    }

    private mutating func value(_ token: ReplyToken, in bytes: Span<UInt8>, depth: Int, to output: inout [UInt8]) -> Bool {
        switch token {
        case .simpleString(let range), .bulkString(let range), .verbatimString(_, let range):
            string(bytes.extracting(range), to: &output)
        case .simpleError(let range), .bulkError(let range):
            output.append("[false," as StaticString)
            string(bytes.extracting(range), to: &output)
            output.append(UInt8(ascii: "]"))
        case .integer(let number): Decimal.append(number, to: &output)
        case .nullBulkString, .nullArray, .null: output.append("null" as StaticString)
        case .boolean(let flag): output.append(flag ? "true" : "false" as StaticString)
        case .double(let range), .bigNumber(let range): number(bytes.extracting(range), to: &output)
        case .streamedString:
            guard let joined = reader.streamedString(in: bytes) else { return false }
            string(joined.span, to: &output)
        default:
            guard let (elements, isMap) = token.aggregate else { return false }
            return isMap
                ? object(elements, in: bytes, depth: depth, to: &output) : list(elements, in: bytes, depth: depth, to: &output)
        }
        return true
    }

    private mutating func number(_ text: Span<UInt8>, to output: inout [UInt8]) {
        if JSONNumber.isNumber(text) { output.append(text) } else { string(text, to: &output) }
    }

    private mutating func list(_ all: AggregateElements, in bytes: Span<UInt8>, depth: Int, to output: inout [UInt8]) -> Bool {
        guard depth < ReplyNesting.depthMax else { return false }
        var elements = all
        var isFirst = true
        output.append(UInt8(ascii: "["))
        while true {
            switch reader.nextElement(of: &elements, in: bytes, depth: depth) {
            case .broken: return false
            case .end:
                output.append(UInt8(ascii: "]"))
                return true
            case .element(let token):
                if !isFirst { output.append(UInt8(ascii: ",")) }
                isFirst = false
                guard value(token, in: bytes, depth: depth + 1, to: &output) else { return false }
            }
        }
    }

    private mutating func object(_ all: AggregateElements, in bytes: Span<UInt8>, depth: Int, to output: inout [UInt8]) -> Bool {
        guard depth < ReplyNesting.depthMax else { return false }
        var elements = all
        var isFirst = true
        output.append(UInt8(ascii: "{"))
        while true {
            switch reader.nextElement(of: &elements, in: bytes, depth: depth) {
            case .broken: return false
            case .end:
                output.append(UInt8(ascii: "}"))
                return true
            case .element(let key):
                if !isFirst { output.append(UInt8(ascii: ",")) }
                isFirst = false
                guard self.key(key, in: bytes, depth: depth + 1, to: &output) else { return false }
                output.append(UInt8(ascii: ":"))
                guard case .element(let token) = reader.nextElement(of: &elements, in: bytes, depth: depth),
                    value(token, in: bytes, depth: depth + 1, to: &output)
                else { return false }
            }
        }
    }

    /// JSON's keys are strings: a scalar is spelled as its text, an aggregate as its JSON.
    private mutating func key(_ token: ReplyToken, in bytes: Span<UInt8>, depth: Int, to output: inout [UInt8]) -> Bool {
        switch token {
        case .simpleString, .bulkString, .verbatimString, .streamedString:
            return value(token, in: bytes, depth: depth, to: &output)
        case .simpleError(let range), .bulkError(let range), .double(let range), .bigNumber(let range):
            string(bytes.extracting(range), to: &output)
            return true
        default:
            var text: [UInt8] = []
            guard value(token, in: bytes, depth: depth, to: &text) else { return false }
            string(text.span, to: &output)
            return true
        }
    }

    /// INFO as an object: a member for each `key:value` line. Section headings (`# Server`) and empty lines are left out.
    private mutating func information(_ text: Span<UInt8>, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "{"))
        var isFirst = true
        var lineStart = 0
        while lineStart < text.count {
            let lineFeed = ByteSearch.firstIndex(of: ASCII.lineFeed, in: text, from: lineStart) ?? text.count
            var lineEnd = lineFeed
            if lineEnd > lineStart, text[lineEnd &- 1] == ASCII.carriageReturn { lineEnd &-= 1 }
            let line = text.extracting(lineStart..<lineEnd)
            lineStart = lineFeed &+ 1
            guard line.count > 0, line[0] != UInt8(ascii: "#"),
                let colon = ByteSearch.firstIndex(of: UInt8(ascii: ":"), in: line)
            else { continue }
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            string(line.extracting(0..<colon), to: &output)
            output.append(UInt8(ascii: ":"))
            string(line.extracting((colon &+ 1)..<line.count), to: &output)
        }
        output.append(UInt8(ascii: "}"))
    }
}
