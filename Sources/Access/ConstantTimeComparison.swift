/// Comparison of bytes whose time says nothing about the expected ones.
enum ConstantTimeComparison {
    /// Whether `candidate` is `expected`.
    ///
    /// Every byte of the candidate is looked at whatever the others were, and the expected bytes are gone through in a
    /// ring, so the time depends on the candidate's length alone, which its sender knows anyway. The length difference
    /// goes into the result like any byte.
    @inline(never)
    static func isEqual(_ candidate: Span<UInt8>, to expected: [UInt8]) -> Bool {
        // A stand-in for no bytes at all keeps the ring's index valid; the lengths still differ then.
        let ring = expected.isEmpty ? [0] : expected
        var difference = UInt(bitPattern: candidate.count ^ expected.count)
        var position = 0
        for index in 0..<candidate.count {
            difference |= UInt(candidate[index] ^ ring[position])
            // Back to 0 at the ring's end, without a branch: the mask is all ones before it and zero at it.
            let next = position &+ 1
            position = next & ((next &- ring.count) >> (Int.bitWidth - 1))
        }
        return difference == 0
    }
}
