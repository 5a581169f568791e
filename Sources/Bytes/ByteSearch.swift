/// Finding one byte in many, eight at a time.
public enum ByteSearch {
    /// Offset of the first `byte` at or after `start`; nil if there is none.
    public static func firstIndex(of byte: UInt8, in bytes: Span<UInt8>, from start: Int = 0) -> Int? {
        bytes.withUnsafeBytes { buffer in
            var index = max(0, start)
            let pattern = 0x0101_0101_0101_0101 &* UInt64(byte)
            while buffer.count &- index >= 8 {
                let word = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ pattern
                // The lowest set bit marks the first zero byte exactly; only bits above it can be false.
                let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
                if zeros != 0 { return index &+ zeros.trailingZeroBitCount >> 3 }
                index &+= 8
            }
            while index < buffer.count {
                if buffer[index] == byte { return index }
                index &+= 1
            }
            return nil
        }
    }
}
