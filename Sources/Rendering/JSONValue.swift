import Bytes

/// A JSON text as a tree, for the little that Mastergate's own commands read of a running one; commands of clients are read
/// without one (``JSONReader``).
package indirect enum JSONValue: Equatable, Sendable {
    /// Most brackets within brackets that are read.
    private static let depthMax = 32

    case null
    case bool(Bool)
    /// The number's own digits.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// Of members with one name the last counts.
    case object([String: JSONValue])

    /// - Throws: ``JSONProblem`` where `text` is anything else than one JSON value.
    package init(_ text: Span<UInt8>) throws(JSONProblem) {
        var scanner = JSONScanner()
        self = try Self.read(&scanner, text, depth: Self.depthMax)
        try scanner.end(in: text)
    }

    /// The member `name` of an object; nil where there is none, or no object.
    package subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// The text of a string; nil for anything else.
    package var text: String? { if case .string(let text) = self { text } else { nil } }

    /// The integer that a number is; nil for anything else.
    package var integer: Int? { if case .number(let digits) = self { Int(digits) } else { nil } }

    /// Whether this is `true`.
    package var isTrue: Bool { self == .bool(true) }

    /// The elements of a list; none for anything else.
    package var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }

    private static func read(_ scanner: inout JSONScanner, _ text: Span<UInt8>, depth: Int) throws(JSONProblem) -> JSONValue {
        guard depth > 0 else { throw JSONProblem(offset: scanner.index, reason: "the text nests too deep") }
        switch scanner.peek(in: text) {
        case nil: throw JSONProblem(offset: scanner.index, reason: "the text ends early")
        case UInt8(ascii: "\""): return .string(try string(&scanner, text))
        case UInt8(ascii: "["):
            _ = scanner.take(UInt8(ascii: "["), in: text)
            var elements: [JSONValue] = []
            if scanner.take(UInt8(ascii: "]"), in: text) { return .array(elements) }
            repeat { elements.append(try read(&scanner, text, depth: depth - 1)) } while scanner.take(UInt8(ascii: ","), in: text)
            try scanner.close(with: UInt8(ascii: "]"), in: text)
            return .array(elements)
        case UInt8(ascii: "{"):
            _ = scanner.take(UInt8(ascii: "{"), in: text)
            var members: [String: JSONValue] = [:]
            if scanner.take(UInt8(ascii: "}"), in: text) { return .object(members) }
            repeat {
                guard scanner.peek(in: text) == UInt8(ascii: "\"") else {
                    throw JSONProblem(offset: scanner.index, reason: "a member begins with its name")
                }
                let name = try string(&scanner, text)
                guard scanner.take(UInt8(ascii: ":"), in: text) else { throw JSONProblem(offset: scanner.index, reason: "a colon is missing") }
                members[name] = try read(&scanner, text, depth: depth - 1)
            } while scanner.take(UInt8(ascii: ","), in: text)
            try scanner.close(with: UInt8(ascii: "}"), in: text)
            return .object(members)
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            let word = try scanner.word(in: text)
            return text[word.lowerBound] == UInt8(ascii: "n") ? .null : .bool(text[word.lowerBound] == UInt8(ascii: "t"))
        default:
            let digits = try scanner.number(in: text)
            return .number(text.extracting(digits).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
        }
    }

    private static func string(_ scanner: inout JSONScanner, _ text: Span<UInt8>) throws(JSONProblem) -> String {
        let place = try scanner.string(in: text)
        var bytes: [UInt8] = []
        try JSONScanner.append(place, in: text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
