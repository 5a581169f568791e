import Bytes

/// The ETag of a body: its MD5 in quotes, as Webdis makes it (RFC 9110, section 8.8.3).
enum EntityTag {
    /// Bytes of an ETag, its quotes included.
    static let count = 34

    /// Writes the tag of `digest` over the bytes of `output` from `start` on.
    static func write(_ digest: (UInt64, UInt64), at start: Int, in output: inout [UInt8]) {
        output[start] = UInt8(ascii: "\"")
        output[start + count - 1] = UInt8(ascii: "\"")
        withUnsafeBytes(of: digest) { bytes in
            for index in 0..<16 {
                output[start + 1 + 2 * index] = digit(bytes[index] >> 4)
                output[start + 2 + 2 * index] = digit(bytes[index] & 15)
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? ASCII.zero + value : UInt8(ascii: "a") + value - 10 }

    /// Whether `condition`, the value of If-None-Match, names `tag`: a list of tags, compared weakly, or `*`
    /// (RFC 9110, section 13.1.2).
    static func matches(_ condition: Span<UInt8>, _ tag: Span<UInt8>) -> Bool {
        var index = 0
        while index < condition.count {
            let byte = condition[index]
            if byte == UInt8(ascii: "*") { return true }
            if byte == UInt8(ascii: "\"") {
                let end = ByteSearch.firstIndex(of: byte, in: condition, from: index + 1) ?? condition.count
                if end < condition.count, condition.extracting(index..<(end + 1)).isEqual(to: tag) { return true }
                index = end
            }
            index += 1
        }
        return false
    }
}
