import Bytes
import RESP

/// The walk of ``JSONRenderer`` over one reply.
///
/// Each function that can meet broken bytes, or a form that its shape does not have, returns false there; what it has
/// written is then worthless.
struct JSONWriter {
    var reader = ReplyReader()
    /// Whether any text so far was no UTF-8.
    private(set) var replaced = false
    let rules: RenderRules

    init(rules: RenderRules) { self.rules = rules }

    mutating func reply(_ bytes: Span<UInt8>, shape: ReplyShape, to output: inout [UInt8]) -> Bool {
        guard let token = reader.nextValue(in: bytes, depth: 0) else { return false }
        if case .simpleString(let range) = token {
            output.append("[true," as StaticString)
            text(bytes.extracting(range), to: &output)
            output.append(UInt8(ascii: "]"))
            return true
        }
        guard shape != .plain else { return value(token, in: bytes, depth: 0, to: &output) }
        // Whether a reply has its shape shows while it is written; if not, it is written anew as it stands.
        let start = output.count
        let beginning = self
        if shaped(token, as: shape, in: bytes, to: &output) { return true }
        output.removeSubrange(start...)
        self = beginning
        return value(token, in: bytes, depth: 0, to: &output)
    }

    private mutating func shaped(
        _ token: ReplyToken, as shape: ReplyShape, in bytes: Span<UInt8>, to output: inout [UInt8]
    ) -> Bool {
        switch shape {
        case .plain: false
        case .fieldsAndValues: fieldsAndValues(token, in: bytes, depth: 0, to: &output)
        case .information: information(token, in: bytes, to: &output)
        case .messages: messages(token, in: bytes, to: &output)
        case .streams: streams(token, in: bytes, to: &output)
        case .pending: pending(token, in: bytes, to: &output)
        case .places: places(token, in: bytes, to: &output)
        }
    }

    /// A string of the reply.
    @inline(__always) mutating func string(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        guard rules.isBase64 else { return text(bytes, to: &output) }
        output.append(UInt8(ascii: "\""))
        Base64.append(bytes, to: &output)
        output.append(UInt8(ascii: "\""))
    }

    /// Text that base64 leaves alone: a command's name, a status, an error, a number that JSON cannot spell.
    @inline(__always) mutating func text(_ text: Span<UInt8>, to output: inout [UInt8]) {
        if JSONText.appendQuoted(text, to: &output) { replaced = true }
    }

    mutating func value(_ token: ReplyToken, in bytes: Span<UInt8>, depth: Int, to output: inout [UInt8]) -> Bool {
        switch token {
        case .bulkString(let range), .verbatimString(_, let range): string(bytes.extracting(range), to: &output)
        case .simpleString(let range): text(bytes.extracting(range), to: &output)
        case .simpleError(let range), .bulkError(let range):
            guard depth == 0 || !rules.isWebdis else {
                output.append("null" as StaticString)
                return true
            }
            output.append("[false," as StaticString)
            text(bytes.extracting(range), to: &output)
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
        if JSONNumber.isNumber(text) { output.append(text) } else { self.text(text, to: &output) }
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
            text(bytes.extracting(range), to: &output)
            return true
        default:
            var spelled: [UInt8] = []
            guard value(token, in: bytes, depth: depth, to: &spelled) else { return false }
            text(spelled.span, to: &output)
            return true
        }
    }

    /// A flat list of fields and values, as an object. A field that comes twice is written twice: what a reader of JSON
    /// makes of that is its own affair, but nothing is lost here.
    mutating func fieldsAndValues(_ token: ReplyToken, in bytes: Span<UInt8>, depth: Int, to output: inout [UInt8]) -> Bool {
        guard case .array(let count) = token, count & 1 == 0 else { return false }
        return object(.counted(count), in: bytes, depth: depth, to: &output)
    }

    /// INFO as an object: a member for each line of ``InformationLines``.
    private mutating func information(_ token: ReplyToken, in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        let information: Span<UInt8>
        switch token {
        case .bulkString(let range), .verbatimString(_, let range): information = bytes.extracting(range)
        default: return false
        }
        var lines = InformationLines()
        var isFirst = true
        output.append(UInt8(ascii: "{"))
        while let line = lines.next(in: information) {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            string(information.extracting(line.key), to: &output)
            output.append(UInt8(ascii: ":"))
            string(information.extracting(line.value), to: &output)
        }
        output.append(UInt8(ascii: "}"))
        return true
    }
}
