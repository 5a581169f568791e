/// Telling valid UTF-8 from what is not (Unicode 15, table 3-7).
enum UTF8Scan {
    /// The sequence at `index`, which must be a byte above 127: its length if it is a scalar's, and otherwise the length
    /// of the maximal invalid part, for which Unicode recommends one U+FFFD.
    @inline(__always)
    static func sequence(at index: Int, in bytes: UnsafeRawBufferPointer) -> (length: Int, isValid: Bool) {
        let lead = bytes[index]
        let following: Int
        var lower: UInt8 = 0x80
        var upper: UInt8 = 0xBF
        switch lead {
        case 0xC2...0xDF: following = 1
        case 0xE0:
            following = 2
            lower = 0xA0
        case 0xED:
            following = 2
            upper = 0x9F
        case 0xE1...0xEF: following = 2
        case 0xF0:
            following = 3
            lower = 0x90
        case 0xF4:
            following = 3
            upper = 0x8F
        case 0xF1...0xF3: following = 3
        default: return (1, false)
        }
        var length = 1
        while length <= following {
            guard index &+ length < bytes.count else { return (length, false) }
            let byte = bytes[index &+ length]
            guard byte >= lower, byte <= upper else { return (length, false) }
            lower = 0x80
            upper = 0xBF
            length &+= 1
        }
        return (length, true)
    }
}
