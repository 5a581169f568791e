import Bytes

/// The names that sentinels give to masters.
enum MasterName {
    /// Letters, digits, `.`, `-` and `_`: what Sentinel itself accepts in `sentinel monitor`.
    static func isValid(_ name: String) -> Bool {
        guard (1...128).contains(name.utf8.count) else { return false }
        return name.utf8.allSatisfy { byte in
            ASCII.uppercased(byte) &- 0x41 < 26 || ASCII.isDigit(byte) || byte == UInt8(ascii: ".")
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
    }
}
