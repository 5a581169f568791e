/// Telling valid UTF-8 from what is not (Unicode 15, table 3-7).
public enum UTF8Scan {
    /// Whether all of `bytes` is UTF-8.
    public static func isValid(_ bytes: Span<UInt8>) -> Bool {
        bytes.withUnsafeBytes { source in
            var index = 0
            while index < source.count {
                if source.count &- index >= 8, source.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 {
                    index &+= 8
                } else if source[index] < 0x80 {
                    index &+= 1
                } else {
                    let (length, isValid) = sequence(at: index, in: source)
                    guard isValid else { return false }
                    index &+= length
                }
            }
            return true
        }
    }

    /// The sequence at `index`, which must be a byte above 127: its length if it is a scalar's, and otherwise the length
    /// of the maximal invalid part, for which Unicode recommends one U+FFFD.
    @inlinable @inline(__always)
    public static func sequence(at index: Int, in bytes: UnsafeRawBufferPointer) -> (length: Int, isValid: Bool) {
        let lead = bytes[index]
        if lead < 0xE0 { return lead >= 0xC2 && isFollowing(index &+ 1, in: bytes) ? (2, true) : (1, false) }
        guard lead < 0xF5, index &+ 1 < bytes.count else { return (1, false) }
        // Only the second byte depends on the first: overlong forms, surrogates and what is beyond U+10FFFF stop there.
        let second = bytes[index &+ 1]
        let lower: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
        let upper: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
        guard second >= lower, second <= upper else { return (1, false) }
        guard isFollowing(index &+ 2, in: bytes) else { return (2, false) }
        if lead < 0xF0 { return (3, true) }
        return isFollowing(index &+ 3, in: bytes) ? (4, true) : (3, false)
    }

    @inlinable @inline(__always)
    static func isFollowing(_ index: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
        index < bytes.count && bytes[index] & 0xC0 == 0x80
    }
}
