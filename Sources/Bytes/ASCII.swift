/// Byte values and case rules of ASCII, as the protocols spoken here use them.
public enum ASCII {
    @inlinable public static var carriageReturn: UInt8 { 0x0D }
    @inlinable public static var lineFeed: UInt8 { 0x0A }
    @inlinable public static var space: UInt8 { 0x20 }
    @inlinable public static var zero: UInt8 { 0x30 }

    /// The upper-case form of an ASCII letter; every other byte unchanged.
    @inlinable public static func uppercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x61 < 26 ? byte &- 0x20 : byte
    }

    /// The lower-case form of an ASCII letter; every other byte unchanged.
    @inlinable public static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte &+ 0x20 : byte
    }

    /// Whether `byte` is one of `0` to `9`.
    @inlinable public static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// The value of a hexadecimal digit of either case; nil for any other byte.
    @inlinable public static func hexValue(_ byte: UInt8) -> UInt8? {
        if byte &- 0x30 < 10 { return byte &- 0x30 }
        let upper = uppercased(byte)
        return upper &- 0x41 < 6 ? upper &- 0x41 &+ 10 : nil
    }

    /// Whether `bytes` spell `word`, without regard to the case of letters.
    @inlinable public static func equalsIgnoringCase(_ bytes: Span<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        for index in 0..<bytes.count where uppercased(bytes[index]) != uppercased(expected[index]) { return false }
        return true
    }

    /// Whether `left` and `right` are the same text, without regard to the case of letters.
    @inlinable public static func equalsIgnoringCase(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where lowercased(left[index]) != lowercased(right[index]) { return false }
        return true
    }

    /// Whether `bytes` begin with `prefix`, without regard to the case of letters.
    @inlinable public static func beginsIgnoringCase(_ bytes: Span<UInt8>, with prefix: StaticString) -> Bool {
        let count = prefix.utf8CodeUnitCount
        return bytes.count >= count && equalsIgnoringCase(bytes.extracting(0..<count), prefix)
    }

    /// Whether `bytes` spell `word`, without regard to the case of letters.
    @inlinable public static func equalsIgnoringCase(_ bytes: [UInt8], _ word: StaticString) -> Bool {
        equalsIgnoringCase(bytes.span, word)
    }
}
