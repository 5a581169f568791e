/// Percent-decoding as Webdis does it: `%XX` with hexadecimal digits of either case is one byte, and an escape that is
/// cut short or not hexadecimal stays as it was written. Decoding happens once: `%2525` is `%25`.
public enum PercentDecoding {
    /// Appends the decoding of `text`. With `plusIsSpace`, a `+` that is not escaped is a space.
    public static func append(_ text: Span<UInt8>, plusIsSpace: Bool, to output: inout [UInt8]) {
        var index = 0
        while index < text.count {
            let (byte, width) = byte(at: index, in: text, plusIsSpace: plusIsSpace)
            output.append(byte)
            index &+= width
        }
    }

    /// The decoded byte that stands at `index`, and how many bytes of `text` spell it.
    static func byte(at index: Int, in text: Span<UInt8>, plusIsSpace: Bool) -> (byte: UInt8, width: Int) {
        if let byte = escape(at: index, in: text) { return (byte, 3) }
        let byte = text[index]
        return (plusIsSpace && byte == UInt8(ascii: "+") ? ASCII.space : byte, 1)
    }

    /// Whether the decoding of `text`, with `+` for a space, may be another text.
    public static func changes(_ text: Span<UInt8>) -> Bool {
        ByteSearch.contains(UInt8(ascii: "%"), or: UInt8(ascii: "+"), text)
    }

    /// How many bytes ``append(_:plusIsSpace:to:)`` will append; a length prefix can be written before the bytes.
    public static func decodedCount(_ text: Span<UInt8>) -> Int {
        var index = 0
        var count = 0
        while index < text.count {
            index &+= escape(at: index, in: text) == nil ? 1 : 3
            count &+= 1
        }
        return count
    }

    /// The byte that the escape starting at `index` stands for; nil where no whole escape starts.
    private static func escape(at index: Int, in text: Span<UInt8>) -> UInt8? {
        guard text[index] == UInt8(ascii: "%"), text.count - index >= 3,
            let high = ASCII.hexValue(text[index + 1]), let low = ASCII.hexValue(text[index + 2])
        else { return nil }
        return high << 4 | low
    }
}
