import Bytes

/// The ETag of a body: its MD5 in quotes, as Webdis makes it (RFC 9110, section 8.8.3).
enum EntityTag {
    /// Bytes of an ETag, its quotes included.
    static let count = 34

    /// Writes the tag of `digest` over the bytes of `output` from `start` on.
    static func write(_ digest: (UInt64, UInt64), at start: Int, in output: inout [UInt8]) {
        output.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress, start >= 0, bytes.count - start >= count else { return }
            write(digest, at: base + start)
        }
    }

    /// Writes the tag of `digest` over the ``count`` bytes from `start` on.
    static func write(_ digest: (UInt64, UInt64), at start: UnsafeMutableRawPointer) {
        start.storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
        write(digest.0, at: start + 1)
        write(digest.1, at: start + 17)
        start.storeBytes(of: UInt8(ascii: "\""), toByteOffset: count - 1, as: UInt8.self)
    }

    private static func write(_ half: UInt64, at start: UnsafeMutableRawPointer) {
        let half = half.littleEndian
        start.storeBytes(of: digits(UInt32(truncatingIfNeeded: half)), as: UInt64.self)
        start.storeBytes(of: digits(UInt32(truncatingIfNeeded: half &>> 32)), toByteOffset: 8, as: UInt64.self)
    }

    /// The eight hexadecimal digits of four bytes, the lowest byte's first, as they stand in memory.
    private static func digits(_ bytes: UInt32) -> UInt64 {
        var lanes = UInt64(bytes)
        lanes = (lanes | lanes &<< 16) & 0x0000_FFFF_0000_FFFF
        lanes = (lanes | lanes &<< 8) & 0x00FF_00FF_00FF_00FF
        // One nibble in each byte, the high one before the low one.
        let nibbles = lanes &>> 4 & 0x000F_000F_000F_000F | (lanes & 0x000F_000F_000F_000F) &<< 8
        let letters = (nibbles &+ 0x0606_0606_0606_0606) &>> 4 & 0x0101_0101_0101_0101
        return (nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).littleEndian
    }

    /// Whether `condition`, the value of If-None-Match, names `tag`: a list of tags, compared weakly, or `*`
    /// (RFC 9110, section 13.1.2).
    static func matches(_ condition: Span<UInt8>, _ tag: Span<UInt8>) -> Bool {
        var index = 0
        while index < condition.count {
            let byte = condition[index]
            if byte == UInt8(ascii: "*") { return true }
            if byte == UInt8(ascii: "\"") {
                let end = ByteSearch.firstIndex(of: byte, in: condition, from: index + 1) ?? condition.count
                if end < condition.count, condition.extracting(index..<(end + 1)).isEqual(to: tag) { return true }
                index = end
            }
            index += 1
        }
        return false
    }
}
