import Bytes

/// The name of a command in small letters, as numbers: so that two are compared, and one is found, in a few instructions.
struct FoldedName: Equatable, Sendable {
    /// The longest that any command of Redis has is `cluster|count-failure-reports`, 29 bytes.
    static let bytesMax = 32

    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    private var count: Int

    /// The name of a command, or of `second` in the container `name`; nil for one that is too long to be any.
    @inline(__always) init?(_ name: Span<UInt8>, second: Span<UInt8>? = nil) {
        count = name.count
        if let second { count += second.count + 1 }
        guard count <= Self.bytesMax else { return nil }
        if second == nil, count <= 16 {
            let folded = name.withUnsafeBytes(Self.shortWords)
            words = (Self.folded(folded.0), Self.folded(folded.1), 0, 0)
            return
        }
        withUnsafeMutableBytes(of: &words) { target in
            name.withUnsafeBytes { target.copyMemory(from: $0) }
            if let second {
                target[name.count] = UInt8(ascii: "|")
                second.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: target[(name.count + 1)...]).copyMemory(from: $0) }
            }
        }
        words.0 = Self.folded(words.0)
        guard count > 8 else { return }
        words.1 = Self.folded(words.1)
        words.2 = Self.folded(words.2)
        words.3 = Self.folded(words.3)
    }

    /// Up to 16 bytes as two numbers, the first byte lowest: by loads that overlap, since most names are of a few bytes and a
    /// copy of so few costs more than all else here.
    @inline(__always) private static func shortWords(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64) {
        let count = bytes.count
        guard count > 0, let start = bytes.baseAddress else { return (0, 0) }
        if count >= 8 {
            let first = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
            guard count > 8 else { return (first, 0) }
            return (first, UInt64(littleEndian: start.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)) &>> UInt64(8 &* (16 &- count)))
        }
        if count >= 4 {
            let first = UInt64(UInt32(littleEndian: start.loadUnaligned(as: UInt32.self)))
            let last = UInt64(UInt32(littleEndian: start.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)))
            return (first | last &<< UInt64(8 &* (count &- 4)), 0)
        }
        let middle = count &>> 1
        let last = count &- 1
        let edges = UInt64(bytes[0]) | UInt64(bytes[last]) &<< UInt64(8 &* last)
        return (edges | UInt64(bytes[middle]) &<< UInt64(8 &* middle), 0)
    }

    var hash: Int {
        let mixed = (words.0 ^ words.1 &* 0x9E37_79B9_7F4A_7C15 ^ words.2 &* 0xC2B2_AE3D_27D4_EB4F ^ words.3) &* 0xFF51_AFD7_ED55_8CCD
        return Int(truncatingIfNeeded: mixed &>> 40)
    }

    /// Eight bytes with their capital letters made small; all others stay.
    private static func folded(_ word: UInt64) -> UInt64 {
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let fromA = low &+ 0x3F3F_3F3F_3F3F_3F3F
        let beyondZ = low &+ 0x2525_2525_2525_2525
        let capitals = (fromA ^ beyondZ) & ~word & 0x8080_8080_8080_8080
        return word | capitals &>> 2
    }

    @inline(__always) static func == (left: FoldedName, right: FoldedName) -> Bool {
        left.words.0 == right.words.0 && left.count == right.count && left.words.1 == right.words.1 && left.words.2 == right.words.2
            && left.words.3 == right.words.3
    }
}
