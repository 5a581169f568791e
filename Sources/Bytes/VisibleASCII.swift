/// Text of visible ASCII, `!` to `~`, and nothing else: what a word is made of that everybody reads alike.
public enum VisibleASCII {
    /// Whether all of `bytes` are visible ASCII; true for none.
    public static func isAll(_ bytes: Span<UInt8>) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var index = 0
            while buffer.count &- index >= 8 {
                let word = buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                // Borrows can make a byte above a false one suspect, and no suspicion is lost.
                let low = (word &- 0x2121_2121_2121_2121) & ~word
                let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
                let isDelete = (delete &- 0x0101_0101_0101_0101) & ~delete
                if (low | isDelete | word) & 0x8080_8080_8080_8080 != 0 { return false }
                index &+= 8
            }
            while index < buffer.count {
                if buffer[index] &- 0x21 >= 0x5E { return false }
                index &+= 1
            }
            return true
        }
    }
}
