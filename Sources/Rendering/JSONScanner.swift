import Bytes

/// Steps over a JSON text (RFC 8259), strictly: nothing but JSON passes, and whatever the bytes are, nothing traps.
///
/// It remembers a place and is given the text each time, which must be the same one.
struct JSONScanner {
    /// Where a string's bytes stand, quotes left out, and how many they are without escapes.
    struct Text {
        let content: Range<Int>
        let decodedCount: Int
    }

    /// Offset of the next byte.
    private(set) var index = 0
    /// Whether half of a surrogate pair is U+FFFD.
    private let replacesHalves: Bool

    init(replacesHalves: Bool = false) { self.replacesHalves = replacesHalves }

    /// The next byte that is no white space, without stepping over it; nil at the end.
    mutating func peek(in text: Span<UInt8>) -> UInt8? {
        while index < text.count {
            switch text[index] {
            case ASCII.space, 0x09, ASCII.lineFeed, ASCII.carriageReturn: index &+= 1
            default: return text[index]
            }
        }
        return nil
    }

    /// Steps over `byte` and white space before it, if that is what stands next.
    mutating func take(_ byte: UInt8, in text: Span<UInt8>) -> Bool {
        guard peek(in: text) == byte else { return false }
        index &+= 1
        return true
    }

    /// Steps over the string that begins here.
    mutating func string(in text: Span<UInt8>) throws(JSONProblem) -> Text {
        let opening = index
        var position = opening + 1
        var decodedCount = 0
        while true {
            let runStart = position
            position = JSONText.cleanEnd(text, from: position)
            decodedCount += position - runStart
            guard position < text.count else { throw JSONProblem(offset: opening, reason: "a string does not end") }
            switch text[position] {
            case UInt8(ascii: "\""):
                index = position + 1
                return Text(content: (opening + 1)..<position, decodedCount: decodedCount)
            case UInt8(ascii: "\\"):
                let escape = try JSONEscape(at: position, in: text, replacesHalves: replacesHalves)
                position += escape.length
                decodedCount += UTF8.width(escape.scalar)
            case ..<0x20:
                throw JSONProblem(offset: position, reason: "a control character in a string has to be escaped")
            default:
                let sequence = text.withUnsafeBytes { UTF8Scan.sequence(at: position, in: $0) }
                guard sequence.isValid else { throw JSONProblem(offset: position, reason: "a string is not UTF-8") }
                position += sequence.length
                decodedCount += sequence.length
            }
        }
    }

    /// Appends what `string` stands for.
    func append(_ string: Text, in text: Span<UInt8>, to output: inout [UInt8]) throws(JSONProblem) {
        let end = string.content.upperBound
        var runStart = string.content.lowerBound
        // Every escape is longer than what it stands for.
        guard string.decodedCount < string.content.count else {
            output.append(text, in: string.content)
            return
        }
        while let backslash = ByteSearch.firstIndex(of: UInt8(ascii: "\\"), in: text, from: runStart), backslash < end {
            output.append(text, in: runStart..<backslash)
            let escape = try JSONEscape(at: backslash, in: text, replacesHalves: replacesHalves)
            output.append(contentsOf: UTF8.encode(escape.scalar) ?? UTF8.encodedReplacementCharacter)
            runStart = backslash + escape.length
        }
        output.append(text, in: runStart..<end)
    }

    /// Steps over the number that begins here.
    mutating func number(in text: Span<UInt8>) throws(JSONProblem) -> Range<Int> {
        guard let end = JSONNumber.end(of: text, from: index) else { throw JSONProblem(offset: index, reason: "this is no value") }
        defer { index = end }
        return index..<end
    }

    /// Steps over `true`, `false` or `null`.
    mutating func word(in text: Span<UInt8>) throws(JSONProblem) -> Range<Int> {
        let start = index
        for word in ["true", "false", "null"] as [StaticString] {
            let end = start + word.utf8CodeUnitCount
            guard end <= text.count, text.extracting(start..<end).spells(word) else { continue }
            index = end
            return start..<end
        }
        throw JSONProblem(offset: start, reason: "this is no value")
    }

    /// Steps over a value of any kind, white space before it included.
    ///
    /// - Parameter depth: how many brackets within brackets there may be in it.
    mutating func value(in text: Span<UInt8>, depth: Int) throws(JSONProblem) {
        switch peek(in: text) {
        case nil: throw JSONProblem(offset: index, reason: "the text ends early")
        case UInt8(ascii: "\""): _ = try string(in: text)
        case UInt8(ascii: "["): try list(closing: UInt8(ascii: "]"), isObject: false, in: text, depth: depth)
        case UInt8(ascii: "{"): try list(closing: UInt8(ascii: "}"), isObject: true, in: text, depth: depth)
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): _ = try word(in: text)
        default: _ = try number(in: text)
        }
    }

    private mutating func list(closing: UInt8, isObject: Bool, in text: Span<UInt8>, depth: Int) throws(JSONProblem) {
        guard depth > 0 else { throw JSONProblem(offset: index, reason: "the text nests too deep") }
        index &+= 1
        if take(closing, in: text) { return }
        repeat {
            if isObject {
                guard peek(in: text) == UInt8(ascii: "\"") else { throw JSONProblem(offset: index, reason: "a member begins with its name") }
                _ = try string(in: text)
                guard take(UInt8(ascii: ":"), in: text) else { throw JSONProblem(offset: index, reason: "a colon is missing") }
            }
            try value(in: text, depth: depth - 1)
        } while take(UInt8(ascii: ","), in: text)
        try close(with: closing, in: text)
    }

    /// Steps over the bracket that ends a list.
    mutating func close(with bracket: UInt8, in text: Span<UInt8>) throws(JSONProblem) {
        guard take(bracket, in: text) else {
            throw JSONProblem(offset: index, reason: index == text.count ? "the text ends early" : "a comma or a bracket is missing")
        }
    }

    /// Makes sure that nothing but white space is left.
    mutating func end(in text: Span<UInt8>) throws(JSONProblem) {
        guard peek(in: text) == nil else { throw JSONProblem(offset: index, reason: "something stands behind the value") }
    }
}
