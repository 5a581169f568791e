import Bytes

/// Splits an inline request into its words, with the quoting rules of Redis (`sdssplitargs`): double quotes with
/// `\n \r \t \b \a \xHH` escapes, single quotes with `\'`, and white space or the line's end behind a closing quote.
public enum InlineRequest {
    /// The words of `line`; nil where a quote is not closed or not followed by white space.
    public static func arguments(of line: Span<UInt8>) -> [[UInt8]]? {
        var words: [[UInt8]] = []
        var index = 0
        while true {
            while index < line.count, isSpace(line[index]) { index += 1 }
            guard index < line.count else { return words }
            guard let word = word(in: line, at: &index) else { return nil }
            words.append(word)
        }
    }

    private static func word(in line: Span<UInt8>, at index: inout Int) -> [UInt8]? {
        var word: [UInt8] = []
        while index < line.count, !isSpace(line[index]) {
            switch line[index] {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                let quote = line[index]
                index += 1
                guard appendQuoted(line, quote, at: &index, to: &word) else { return nil }
                guard index == line.count || isSpace(line[index]) else { return nil }
            case let byte:
                word.append(byte)
                index += 1
            }
        }
        return word
    }

    /// Reads on to the closing `quote` and steps behind it; false where it is missing.
    private static func appendQuoted(_ line: Span<UInt8>, _ quote: UInt8, at index: inout Int, to word: inout [UInt8]) -> Bool {
        while index < line.count {
            let byte = line[index]
            if byte == quote {
                index += 1
                return true
            }
            guard byte == UInt8(ascii: "\\"), index + 1 < line.count else {
                word.append(byte)
                index += 1
                continue
            }
            let escaped = line[index + 1]
            if quote == UInt8(ascii: "'") {
                if escaped == quote {
                    word.append(quote)
                    index += 2
                } else {
                    word.append(byte)
                    index += 1
                }
            } else if escaped == UInt8(ascii: "x"), index + 3 < line.count,
                let high = ASCII.hexValue(line[index + 2]), let low = ASCII.hexValue(line[index + 3])
            {
                word.append(high << 4 | low)
                index += 4
            } else {
                word.append(unescaped(escaped))
                index += 2
            }
        }
        return false
    }

    private static func unescaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "a"): 0x07
        default: byte
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 9 < 5 || byte == 0 }
}
