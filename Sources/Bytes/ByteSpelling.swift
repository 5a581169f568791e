extension Span<UInt8> {
    /// Whether these bytes begin with those of `prefix`.
    public func begins(with prefix: StaticString) -> Bool {
        count >= prefix.utf8CodeUnitCount && extracting(first: prefix.utf8CodeUnitCount).spells(prefix)
    }

    /// Whether these are the bytes of `other`. For what is no secret.
    public func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return withUnsafeBytes { left in
            other.withUnsafeBytes { right in
                var index = 0
                while left.count &- index >= 8 {
                    guard left.loadUnaligned(fromByteOffset: index, as: UInt64.self) == right.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    else { return false }
                    index &+= 8
                }
                while index < left.count {
                    guard left[index] == right[index] else { return false }
                    index &+= 1
                }
                return true
            }
        }
    }

    /// Whether these bytes are exactly those of `word`.
    @inlinable public func spells(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        for index in 0..<count where self[index] != expected[index] { return false }
        return true
    }
}
