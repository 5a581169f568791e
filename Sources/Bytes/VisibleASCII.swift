/// Text of visible ASCII, `!` to `~`, and nothing else: what a word is made of that everybody reads alike.
public enum VisibleASCII {
    /// Whether all of `bytes` are visible ASCII; true for none.
    public static func isAll(_ bytes: Span<UInt8>) -> Bool {
        bytes.withUnsafeBytes { buffer in
            guard buffer.count >= 8 else {
                for byte in buffer where byte &- 0x21 >= 0x5E { return false }
                return true
            }
            // The last eight bytes may overlap those before them.
            let last = buffer.count &- 8
            var index = 0
            while index < last {
                if !isVisible(buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)) { return false }
                index &+= 8
            }
            return isVisible(buffer.loadUnaligned(fromByteOffset: last, as: UInt64.self))
        }
    }

    /// Whether all bytes of `word` are.
    private static func isVisible(_ word: UInt64) -> Bool {
        // Borrows can make a byte above a false one suspect, and no suspicion is lost.
        let low = (word &- 0x2121_2121_2121_2121) & ~word
        let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
        let isDelete = (delete &- 0x0101_0101_0101_0101) & ~delete
        return (low | isDelete | word) & 0x8080_8080_8080_8080 == 0
    }
}
