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
