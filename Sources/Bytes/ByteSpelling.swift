extension Span<UInt8> {
    /// Whether these bytes begin with those of `prefix`.
    package func begins(with prefix: StaticString) -> Bool {
        count >= prefix.utf8CodeUnitCount && extracting(first: prefix.utf8CodeUnitCount).spells(prefix)
    }

    /// Whether these are the bytes of `other`. For what is no secret.
    package func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }

    /// Whether these bytes are exactly those of `word`.
    package func spells(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        for index in 0..<count where self[index] != expected[index] { return false }
        return true
    }
}
