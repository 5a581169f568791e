import RESP

/// What a JSON text says, read by the book; members may come twice, numbers are their digits.
indirect enum JSONTree: Equatable, Sendable {
    struct Member: Equatable, Sendable {
        let name: String
        let value: JSONTree
    }

    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONTree])
    case object([Member])

    /// The one value that `text` is; nil if it is anything else.
    init?(_ text: [UInt8]) {
        guard let text = String(validating: text, as: UTF8.self) else { return nil }
        var rest = text.unicodeScalars[...]
        guard let value = JSONTree(reading: &rest), rest.isEmpty else { return nil }
        self = value
    }

    private typealias Rest = Substring.UnicodeScalarView

    private init?(reading rest: inout Rest) {
        switch rest.first {
        case "\"":
            guard let text = Self.string(&rest) else { return nil }
            self = .string(text)
        case "[":
            rest.removeFirst()
            var elements: [JSONTree] = []
            while rest.first != "]" {
                if !elements.isEmpty { guard rest.popFirst() == "," else { return nil } }
                guard let element = JSONTree(reading: &rest) else { return nil }
                elements.append(element)
            }
            rest.removeFirst()
            self = .array(elements)
        case "{":
            rest.removeFirst()
            var members: [Member] = []
            while rest.first != "}" {
                if !members.isEmpty { guard rest.popFirst() == "," else { return nil } }
                guard let name = Self.string(&rest), rest.popFirst() == ":", let value = JSONTree(reading: &rest) else { return nil }
                members.append(Member(name: name, value: value))
            }
            rest.removeFirst()
            self = .object(members)
        default:
            let word = String(String.UnicodeScalarView(rest.prefix { !",]}".unicodeScalars.contains($0) }))
            rest.removeFirst(word.unicodeScalars.count)
            switch word {
            case "null": self = .null
            case "true", "false": self = .bool(word == "true")
            default:
                guard word.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil else { return nil }
                self = .number(word)
            }
        }
    }

    private static func string(_ rest: inout Rest) -> String? {
        guard rest.popFirst() == "\"" else { return nil }
        var text = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return String(text)
            case "\\":
                switch rest.popFirst() {
                case "b": text.append("\u{8}")
                case "f": text.append("\u{C}")
                case "n": text.append("\n")
                case "r": text.append("\r")
                case "t": text.append("\t")
                case "u":
                    let digits = String(String.UnicodeScalarView(rest.prefix(4)))
                    guard digits.count == 4, let unit = UInt32(digits, radix: 16), let escaped = Unicode.Scalar(unit) else { return nil }
                    rest.removeFirst(4)
                    text.append(escaped)
                case let other? where "\"\\/".unicodeScalars.contains(other): text.append(other)
                default: return nil
                }
            default:
                guard scalar.value >= 32 else { return nil }
                text.append(scalar)
            }
        }
        return nil
    }

    /// What a reply has to become.
    init(_ reply: ReplyValue, isInside: Bool = false) {
        switch reply {
        case .simpleString(let text): self = isInside ? .string(text) : .array([.bool(true), .string(text)])
        case .error(let text): self = .array([.bool(false), .string(text)])
        case .integer(let number): self = .number(String(number))
        case .bulkString(let bytes): self = .string(String(decoding: bytes, as: UTF8.self))
        case .null: self = .null
        case .boolean(let flag): self = .bool(flag)
        case .number(let text): self = text.hasSuffix("inf") ? .string(text) : .number(text)
        case .array(let elements): self = .array(elements.map { JSONTree($0, isInside: true) })
        case .map(let elements):
            self = .object(
                stride(from: 0, to: elements.count, by: 2).map {
                    Member(name: elements[$0].text ?? "", value: JSONTree(elements[$0 + 1], isInside: true))
                })
        }
    }

    /// What Upstash makes of it: flat lists, and numbers only where RESP2 has them.
    init(upstash reply: ReplyValue) {
        switch reply {
        case .simpleString(let text), .error(let text), .number(let text): self = .string(text)
        case .boolean(let flag): self = .number(flag ? "1" : "0")
        case .array(let elements), .map(let elements): self = .array(elements.map { JSONTree(upstash: $0) })
        case .integer, .bulkString, .null: self = JSONTree(reply)
        }
    }
}
