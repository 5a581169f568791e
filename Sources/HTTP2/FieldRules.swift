import Bytes

/// What names and values of fields are made of (RFC 9110, section 5.6.2 and 5.5; RFC 9113, section 8.2.1).
enum FieldRules {
    static func isToken(_ bytes: Span<UInt8>) -> Bool {
        for index in 0..<bytes.count where !isToken(bytes[index]) { return false }
        return bytes.count > 0
    }

    static func isLowercaseToken(_ bytes: Span<UInt8>) -> Bool {
        for index in 0..<bytes.count where !isToken(bytes[index]) || bytes[index] &- 0x41 < 26 { return false }
        return bytes.count > 0
    }

    /// Whether no byte is a control one, tabs excepted: none can end the line.
    static func isValue(_ bytes: Span<UInt8>) -> Bool {
        for index in 0..<bytes.count where bytes[index] < 0x20 && bytes[index] != 0x09 || bytes[index] == 0x7F { return false }
        return true
    }

    /// Whether all of it is visible ASCII.
    static func isVisible(_ bytes: Span<UInt8>) -> Bool {
        for index in 0..<bytes.count where bytes[index] &- 0x21 >= 0x5E { return false }
        return true
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        let low: UInt64 = 0x03ff_6cfa_0000_0000
        let high: UInt64 = 0x57ff_ffff_c7ff_fffe
        return byte < 128 && (byte < 64 ? low : high) &>> UInt64(byte & 63) & 1 != 0
    }
}

extension Span<UInt8> {
    /// Whether the bytes are those of `word`.
    static func == (bytes: Span<UInt8>, word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        for index in 0..<bytes.count where bytes[index] != expected[index] { return false }
        return true
    }
}
