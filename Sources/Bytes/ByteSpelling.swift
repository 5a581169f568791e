extension Span<UInt8> {
    /// Whether these bytes are exactly those of `word`.
    package func spells(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        for index in 0..<count where self[index] != expected[index] { return false }
        return true
    }
}
