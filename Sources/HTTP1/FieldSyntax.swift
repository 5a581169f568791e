import Bytes

/// The character classes of RFC 9110 (section 5.6) and RFC 3986, as bit sets over ASCII.
enum FieldSyntax {
    /// `tchar`: what methods and field names are made of.
    static func isToken(_ byte: UInt8) -> Bool { isMember(byte, low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe) }

    /// What a `Host` value is made of: `uri-host [ ":" port ]`.
    static func isHost(_ byte: UInt8) -> Bool { isMember(byte, low: 0x2fff_7ff2_0000_0000, high: 0x47ff_fffe_afff_fffe) }

    /// What a request target is made of here: visible ASCII. RFC 3986 allows less, browsers and curl send more.
    static func isTarget(_ byte: UInt8) -> Bool { byte &- 0x21 < 0x5E }

    /// Where the bytes of a request target that stand in `range` end.
    static func targetEnd(in bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
        bytes.withUnsafeBytes { buffer in
            var index = range.lowerBound
            while range.upperBound &- index >= 8 {
                let word = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                // The lowest set bit marks the first byte below `!` exactly, or above `~`; only bits above it can be false.
                let low = (word &- 0x2121_2121_2121_2121) & ~word
                let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
                let found = (low | (delete &- 0x0101_0101_0101_0101) & ~delete | word) & 0x8080_8080_8080_8080
                if found != 0 { return index &+ found.trailingZeroBitCount &>> 3 }
                index &+= 8
            }
            while index < range.upperBound, isTarget(buffer[index]) { index &+= 1 }
            return index
        }
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == 0x09 }

    /// Whether `bytes` may stand in a field value: no control byte but the tab. Bytes above 127 are opaque (`obs-text`).
    static func isValue(_ bytes: Span<UInt8>) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var index = 0
            while buffer.count &- index >= 8 {
                let word = buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                let belowSpace = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
                let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
                let isDelete = (delete &- 0x0101_0101_0101_0101) & ~delete & 0x8080_8080_8080_8080
                // A suspicion only, as borrows spread upwards and tabs are allowed: the bytes decide.
                if belowSpace | isDelete != 0 {
                    for byte in buffer[index..<(index &+ 8)] where !isValue(byte) { return false }
                }
                index &+= 8
            }
            while index < buffer.count {
                if !isValue(buffer[index]) { return false }
                index &+= 1
            }
            return true
        }
    }

    private static func isValue(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

    private static func isMember(_ byte: UInt8, low: UInt64, high: UInt64) -> Bool {
        byte < 128 && (byte < 64 ? low : high) &>> UInt64(byte & 63) & 1 != 0
    }

    /// `range` of `bytes` without the blanks at both ends.
    static func trimmed(_ range: Range<Int>, in bytes: Span<UInt8>) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, isBlank(bytes[lower]) { lower &+= 1 }
        while upper > lower, isBlank(bytes[upper &- 1]) { upper &-= 1 }
        return lower..<upper
    }

    /// The next element of the comma-separated list in `range` (RFC 9110, section 5.6.1), and where the rest begins;
    /// nil at the end. Elements can be empty.
    static func nextElement(of range: Range<Int>, in bytes: Span<UInt8>) -> (element: Range<Int>, rest: Range<Int>)? {
        guard !range.isEmpty else { return nil }
        var end = range.lowerBound
        while end < range.upperBound, bytes[end] != UInt8(ascii: ",") { end &+= 1 }
        let rest = min(end + 1, range.upperBound)..<range.upperBound
        return (trimmed(range.lowerBound..<end, in: bytes), rest)
    }
}
