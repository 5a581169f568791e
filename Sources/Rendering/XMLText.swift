import Bytes

/// Text as XML 1.0 carries it: `& < >` and the carriage return as references, everything else as raw UTF-8.
enum XMLText {
    /// Whether XML 1.0 can carry `text` at all: valid UTF-8 without control characters, U+FFFE and U+FFFF
    /// (XML 1.0, section 2.2). References do not help: `&#0;` is not well-formed either.
    static func isCarried(_ text: Span<UInt8>) -> Bool {
        text.withUnsafeBytes { source in
            var index = 0
            while index < source.count {
                let byte = source[index]
                if byte < 0x80 {
                    guard byte >= 0x20 || byte == 0x09 || byte == ASCII.lineFeed || byte == ASCII.carriageReturn else { return false }
                    index &+= 1
                    continue
                }
                let (length, isValid) = UTF8Scan.sequence(at: index, in: source)
                guard isValid else { return false }
                // EF BF BE and EF BF BF.
                if byte == 0xEF, source[index &+ 1] == 0xBF, source[index &+ 2] >= 0xBE { return false }
                index &+= length
            }
            return true
        }
    }

    /// Appends `text`, which XML has to be able to carry. In an attribute, white space and quotes are references too:
    /// a parser would turn them into spaces or end the attribute.
    static func append(_ text: Span<UInt8>, inAttribute: Bool = false, to output: inout [UInt8]) {
        var runStart = 0
        for index in 0..<text.count {
            guard let reference = reference(text[index], inAttribute: inAttribute) else { continue }
            output.append(text, in: runStart..<index)
            output.append(reference)
            runStart = index &+ 1
        }
        output.append(text, in: runStart..<text.count)
    }

    private static func reference(_ byte: UInt8, inAttribute: Bool) -> StaticString? {
        switch byte {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case ASCII.carriageReturn: "&#13;"
        case ASCII.lineFeed where inAttribute: "&#10;"
        case 0x09 where inAttribute: "&#9;"
        case UInt8(ascii: "\"") where inAttribute: "&quot;"
        default: nil
        }
    }
}
