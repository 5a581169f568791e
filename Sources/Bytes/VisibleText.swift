/// Foreign text as it may reach a terminal: what moves the cursor, changes colours or turns the direction of writing round is
/// written out as `\u001B`.
///
/// That is C0, DEL and C1 (ECMA-48), the marks and overrides of bidirectional text (Unicode Standard Annex 9), and the line and
/// paragraph separators. Within a JSON string the result means the same as before.
public enum VisibleText {
    /// `text` with everything of that kind written out.
    ///
    /// - Parameter keepingLines: whether tabs stay, and line feeds with a carriage return before them, for text of several lines.
    public static func escaped(_ text: String, keepingLines: Bool = false) -> String {
        let bytes = Array(text.utf8)
        guard needsEscape(bytes, keepingLines) else { return text }
        return String(decoding: escaped(bytes, keepingLines: keepingLines), as: UTF8.self)
    }

    /// The same for bytes of UTF-8.
    public static func escaped(_ bytes: [UInt8], keepingLines: Bool = false) -> [UInt8] {
        guard needsEscape(bytes, keepingLines) else { return bytes }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + 32)
        let scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            let endsLine = keepingLines && scalar == "\r" && index + 1 < scalars.count && scalars[index + 1] == "\n"
            if !endsLine, isHidden(scalar.value, keepingLines) { append(scalar.value, to: &output) } else { output.append(contentsOf: String(scalar).utf8) }
        }
        return output
    }

    /// Whether `scalar` is one of those that are written out.
    public static func isHidden(_ scalar: UInt32, _ keepingLines: Bool = false) -> Bool {
        switch scalar {
        case 0x09, 0x0A: !keepingLines
        case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// Whether a byte may begin one of them; most text is past this at once.
    private static func needsEscape(_ bytes: [UInt8], _ keepingLines: Bool) -> Bool {
        bytes.contains { byte in
            byte < 0x20 && !(keepingLines && (byte == 0x09 || byte == 0x0A)) || byte == 0x7F || byte == 0xC2 || byte == 0xD8 || byte == 0xE2
        }
    }

    private static func append(_ scalar: UInt32, to output: inout [UInt8]) {
        output.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
        for shift in stride(from: 12 as UInt32, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: scalar >> shift & 0xF)
            output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
        }
    }
}
