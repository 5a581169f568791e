/// Finding one byte in many, eight at a time.
public enum ByteSearch {
    /// Offset of the first `byte` at or after `start`; nil if there is none.
    public static func firstIndex(of byte: UInt8, in bytes: Span<UInt8>, from start: Int = 0) -> Int? {
        bytes.withUnsafeBytes { buffer in
            var index = max(0, start)
            let pattern = 0x0101_0101_0101_0101 &* UInt64(byte)
            while buffer.count &- index >= 8 {
                let word = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ pattern
                let zeros = zeroBytes(word)
                if zeros != 0 { return index &+ zeros.trailingZeroBitCount >> 3 }
                index &+= 8
            }
            let left = buffer.count &- index
            guard left > 0 else { return nil }
            guard buffer.count >= 8 else {
                while index < buffer.count {
                    if buffer[index] == byte { return index }
                    index &+= 1
                }
                return nil
            }
            // The last word begins before the bytes that are left; those it has more are shifted out, and the zeros that come for them
            // count as found behind the end.
            let last = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: buffer.count &- 8, as: UInt64.self)) ^ pattern
            let place = index &+ zeroBytes(last &>> UInt64(8 &* (8 &- left))).trailingZeroBitCount >> 3
            return place < buffer.count ? place : nil
        }
    }

    /// Whether `one` or `other` is among `bytes`.
    static func contains(_ one: UInt8, or other: UInt8, _ bytes: Span<UInt8>) -> Bool {
        bytes.withUnsafeBytes { buffer in
            guard buffer.count >= 8 else {
                for byte in buffer where byte == one || byte == other { return true }
                return false
            }
            let (first, second) = (0x0101_0101_0101_0101 &* UInt64(one), 0x0101_0101_0101_0101 &* UInt64(other))
            let last = buffer.count &- 8
            var index = 0
            while true {
                let word = buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if zeroBytes(word ^ first) | zeroBytes(word ^ second) != 0 { return true }
                guard index < last else { return false }
                // The last eight may overlap those before them.
                index = min(index &+ 8, last)
            }
        }
    }

    /// A word whose lowest set bit is in the first zero byte of `word`; nothing is set where there is none. Bits above the first may be
    /// false.
    @inline(__always)
    private static func zeroBytes(_ word: UInt64) -> UInt64 { (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 }
}
