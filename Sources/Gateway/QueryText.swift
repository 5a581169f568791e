import Bytes

/// Values of query parameters as they are meant: client libraries percent-encode them, and write a space as `+`.
enum QueryText {
    static func decoded(_ text: Span<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        PercentDecoding.append(text, plusIsSpace: true, to: &result)
        return result
    }

    /// A media type, of which many have a plus sign: `image/svg+xml`. So it is a space only where one may stand, before a parameter.
    static func mediaType(_ text: Span<UInt8>) -> [UInt8] {
        var written: [UInt8] = []
        for index in 0..<text.count {
            let byte = text[index]
            let mayBeSpace = byte == UInt8(ascii: "+") && (written.last == UInt8(ascii: ";") || written.last == ASCII.space || endsWithSemicolon(written))
            written.append(mayBeSpace ? ASCII.space : byte)
        }
        var result: [UInt8] = []
        PercentDecoding.append(written.span, plusIsSpace: false, to: &result)
        return result.map { $0 < 0x80 ? $0 : UInt8(ascii: "_") }
    }

    /// Whether an encoded semicolon stands last.
    private static func endsWithSemicolon(_ text: [UInt8]) -> Bool {
        text.count >= 3 && ASCII.equalsIgnoringCase(text.span.extracting((text.count - 3)..<text.count), "%3B")
    }
}
