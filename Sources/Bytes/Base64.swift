/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
public enum Base64 {
    /// Appends the encoding of `bytes`: four characters for every three bytes begun.
    public static func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        var index = 0
        while bytes.count - index >= 3 {
            let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
            for shift: UInt32 in [18, 12, 6, 0] { output.append(character(of: group >> shift)) }
            index &+= 3
        }
        let rest = bytes.count - index
        guard rest > 0 else { return }
        let group = UInt32(bytes[index]) << 16 | (rest == 2 ? UInt32(bytes[index + 1]) << 8 : 0)
        output.append(character(of: group >> 18))
        output.append(character(of: group >> 12))
        output.append(rest == 2 ? character(of: group >> 6) : padding)
        output.append(padding)
    }

    /// The bytes that `text` encodes; nil unless `text` is their one canonical encoding.
    ///
    /// Strict, so that one credential has one spelling: the length is a multiple of four, padding stands at the end only,
    /// no white space, and the bits that the padding leaves over are zero.
    public static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        guard text.count > 0 else { return [] }
        var paddings = 0
        if text[text.count - 1] == padding { paddings = text[text.count - 2] == padding ? 2 : 1 }
        let digits = text.count - paddings
        var output: [UInt8] = []
        output.reserveCapacity(text.count / 4 * 3)
        var window: UInt32 = 0
        var bits: UInt32 = 0
        for index in 0..<digits {
            guard let value = value(of: text[index]) else { return nil }
            window = (window << 6 | UInt32(value)) & 0xFFFF
            bits &+= 6
            if bits >= 8 {
                bits &-= 8
                output.append(UInt8(truncatingIfNeeded: window >> bits))
            }
        }
        guard window & ((1 << bits) &- 1) == 0 else { return nil }
        return output
    }

    private static let padding = UInt8(ascii: "=")

    private static func character(of group: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: group & 0x3F)
        return switch value {
        case 0..<26: value &+ UInt8(ascii: "A")
        case 26..<52: value &- 26 &+ UInt8(ascii: "a")
        case 52..<62: value &- 52 &+ ASCII.zero
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character &- UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character &- UInt8(ascii: "a") &+ 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character &- ASCII.zero &+ 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
