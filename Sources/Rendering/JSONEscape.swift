import Bytes

/// One escape of a JSON string (RFC 8259, section 7): `\n`, `\u00E9`, or the two `\uD83C\uDF89` of a surrogate pair.
struct JSONEscape {
    /// Bytes that it takes in the text.
    let length: Int
    let scalar: Unicode.Scalar

    /// Reads the escape whose backslash stands at `index`.
    ///
    /// - Parameter replacesHalves: whether half of a surrogate pair is U+FFFD.
    init(at index: Int, in text: Span<UInt8>, replacesHalves: Bool) throws(JSONProblem) {
        guard index + 1 < text.count else { throw JSONProblem(offset: index, reason: "a string does not end") }
        switch text[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): self.init(Unicode.Scalar(text[index + 1]))
        case UInt8(ascii: "b"): self.init("\u{8}")
        case UInt8(ascii: "f"): self.init("\u{C}")
        case UInt8(ascii: "n"): self.init("\n")
        case UInt8(ascii: "r"): self.init("\r")
        case UInt8(ascii: "t"): self.init("\t")
        case UInt8(ascii: "u"): try self.init(unicodeAt: index, in: text, replacesHalves)
        default: throw JSONProblem(offset: index, reason: "there is no such escape in JSON")
        }
    }

    private init(_ scalar: Unicode.Scalar) {
        length = 2
        self.scalar = scalar
    }

    private init(unicodeAt index: Int, in text: Span<UInt8>, _ replacesHalves: Bool) throws(JSONProblem) {
        guard let first = Self.unit(at: index, in: text) else {
            throw JSONProblem(offset: index, reason: "\\u needs four hexadecimal digits")
        }
        // Only a surrogate is no scalar by itself.
        if let scalar = Unicode.Scalar(first) {
            length = 6
            self.scalar = scalar
            return
        }
        guard first < 0xDC00, let second = Self.unit(at: index + 6, in: text), second & 0xFC00 == 0xDC00,
            let scalar = Unicode.Scalar(0x1_0000 + UInt32(first & 0x3FF) << 10 + UInt32(second & 0x3FF))
        else {
            guard replacesHalves else { throw JSONProblem(offset: index, reason: "half a surrogate pair is no character") }
            length = 6
            self.scalar = "\u{FFFD}"
            return
        }
        length = 12
        self.scalar = scalar
    }

    /// The four digits of the `\u` at `index`; nil if there are none.
    private static func unit(at index: Int, in text: Span<UInt8>) -> UInt16? {
        guard text.count - index >= 6, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u") else { return nil }
        var unit: UInt16 = 0
        for offset in 2..<6 {
            guard let digit = ASCII.hexValue(text[index + offset]) else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
