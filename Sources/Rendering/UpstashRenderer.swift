import Bytes
import RESP

/// What a request of Upstash's REST dialect says about the look of its answer.
public struct UpstashRules: Equatable, Sendable {
    /// `Upstash-Encoding: base64`: every string of the result in base64.
    public var isBase64: Bool
    /// `Upstash-Response-Format: resp2`: the reply itself, in RESP2, and no JSON around it.
    public var isRESP2: Bool

    public init(isBase64: Bool = false, isRESP2: Bool = false) {
        self.isBase64 = isBase64
        self.isRESP2 = isRESP2
    }
}

/// A reply as Upstash's REST dialect has it: `{"result":…}`, or `{"error":"…"}` for an error.
///
/// A result is made of strings, numbers, null and lists, as RESP2 is: a map is a flat list, a boolean 1 or 0, a double or a
/// big number a string, an error within a list its text. No client of this dialect knows more; upstash-redis for Python
/// refuses objects and fractions outright.
///
/// In base64 the status `OK` as a whole result stays `"OK"`, and nothing else does: upstash-redis and @upstash/redis take
/// that word for itself there, but @upstash/redis decodes every string of a list. No base64 of a value is `OK`, whose
/// length is no multiple of four. Errors are never encoded.
/// Sources: https://upstash.com/docs/redis/features/restapi, upstash-redis 1.8.0 (PyPI).
public enum UpstashRenderer {
    /// Appends the answer to one command, `reply` being its complete reply. The answer to a pipeline is a list of these.
    public static func append(
        _ reply: Span<UInt8>, rules: UpstashRules = UpstashRules(), to output: inout [UInt8]
    ) -> RenderOutcome {
        render(reply, rules: rules, to: &output) { $0.answer($1, in: $2, depth: 0, to: &$3) }
    }

    /// Appends the answer to a transaction, `reply` being the complete reply of its EXEC: a list of one answer for each
    /// command, or one answer if EXEC has failed or done nothing.
    public static func appendTransaction(
        _ reply: Span<UInt8>, rules: UpstashRules = UpstashRules(), to output: inout [UInt8]
    ) -> RenderOutcome {
        render(reply, rules: rules, to: &output) { $0.answers($1, in: $2, to: &$3) }
    }

    /// Appends the answer to what has not got as far as Redis.
    public static func appendError(_ text: Span<UInt8>, to output: inout [UInt8]) {
        output.append("{\"error\":" as StaticString)
        _ = JSONText.appendQuoted(text, to: &output)
        output.append(UInt8(ascii: "}"))
    }

    private static func render(
        _ reply: Span<UInt8>, rules: UpstashRules, to output: inout [UInt8],
        _ write: (inout UpstashWriter, ReplyToken, Span<UInt8>, inout [UInt8]) -> Bool
    ) -> RenderOutcome {
        if rules.isRESP2 { return RESP2Renderer.append(reply, to: &output) }
        let start = output.count
        var writer = UpstashWriter(isBase64: rules.isBase64)
        guard let token = writer.reader.nextValue(in: reply, depth: 0), write(&writer, token, reply, &output) else {
            output.removeSubrange(start...)
            return .unrenderable
        }
        return writer.replaced ? .renderedWithReplacements : .rendered
    }
}

/// The walk over one reply; each function returns false where the bytes are broken, and the output is then worthless.
private struct UpstashWriter {
    var reader = ReplyReader()
    /// Whether any text so far was no UTF-8.
    private(set) var replaced = false
    private let isBase64: Bool

    init(isBase64: Bool) { self.isBase64 = isBase64 }

    mutating func answers(_ token: ReplyToken, in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard case .array(let count) = token else { return answer(token, in: bytes, depth: 0, to: &output) }
        output.append(UInt8(ascii: "["))
        for index in 0..<count {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            guard let element = reader.nextValue(in: bytes, depth: 1), answer(element, in: bytes, depth: 1, to: &output)
            else { return false }
        }
        output.append(UInt8(ascii: "]"))
        return true
    }

    mutating func answer(_ token: ReplyToken, in bytes: Span<UInt8>, depth: Int, to output: inout [UInt8]) -> Bool {
        switch token {
        case .simpleError(let range), .bulkError(let range):
            output.append("{\"error\":" as StaticString)
            text(bytes.extracting(range), to: &output)
        case .simpleString(let range) where bytes.extracting(range).spells("OK"):
            output.append("{\"result\":\"OK\"" as StaticString)
        default:
            output.append("{\"result\":" as StaticString)
            guard value(token, in: bytes, depth: depth, to: &output) else { return false }
        }
        output.append(UInt8(ascii: "}"))
        return true
    }

    private mutating func value(_ token: ReplyToken, in bytes: Span<UInt8>, depth: Int, to output: inout [UInt8]) -> Bool {
        switch token {
        case .bulkString(let range), .verbatimString(_, let range), .simpleString(let range), .simpleError(let range),
            .bulkError(let range), .double(let range), .bigNumber(let range):
            string(bytes.extracting(range), to: &output)
        case .integer(let number): Decimal.append(number, to: &output)
        case .boolean(let flag): output.append(flag ? UInt8(ascii: "1") : UInt8(ascii: "0"))
        case .nullBulkString, .nullArray, .null: output.append("null" as StaticString)
        case .streamedString:
            guard let joined = reader.streamedString(in: bytes) else { return false }
            string(joined.span, to: &output)
        default:
            guard let elements = token.aggregate?.elements else { return false }
            return list(elements, in: bytes, depth: depth, to: &output)
        }
        return true
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

    private mutating func string(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        guard isBase64 else { return text(bytes, to: &output) }
        output.append(UInt8(ascii: "\""))
        Base64.append(bytes, to: &output)
        output.append(UInt8(ascii: "\""))
    }

    private mutating func text(_ text: Span<UInt8>, to output: inout [UInt8]) {
        if JSONText.appendQuoted(text, to: &output) { replaced = true }
    }
}
