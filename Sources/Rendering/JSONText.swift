import Bytes

/// Bytes as the inside of a JSON string, in Webdis's spelling: `\b \f \n \r \t \" \\`, other control bytes as `\u001F`
/// with upper-case digits, everything else as raw UTF-8. Invalid UTF-8 becomes U+FFFD, one for each maximal invalid part.
///
/// Validation and escaping are one pass. A word of eight clean bytes costs a few instructions, a word with something to
/// escape one table look-up for each byte, and only bytes above 127 are looked at as scalars.
public enum JSONText {
    /// Input bytes handled for each reservation of output space.
    private static let chunkBytes = 4096
    /// Output bytes that one input byte can become.
    private static let expansionMax = 6

    /// Appends `text`, without quotes; whether something had to be replaced.
    static func append(_ text: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        text.withUnsafeBytes { source in
            var index = cleanEnd(source, from: 0)
            output.append(contentsOf: source[..<index])
            var replaced = false
            while index < source.count {
                let end = min(source.count, index &+ chunkBytes)
                // A scalar can begin before `end` and reach past it, and words are stored whole: hence the slack.
                let capacity = (end &- index) &* expansionMax &+ 32
                output.append(addingCapacity: capacity) { target in
                    target.withUnsafeMutableBufferPointer { buffer, count in
                        guard let base = buffer.baseAddress else { return }
                        let done = escape(source, from: index, to: end, into: UnsafeMutableRawPointer(base + count))
                        index = done.index
                        count &+= done.written
                        replaced = replaced || done.replaced
                    }
                }
            }
            return replaced
        }
    }

    /// Appends `text` with its quotes; whether something had to be replaced.
    static func appendQuoted(_ text: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        output.append(UInt8(ascii: "\""))
        let replaced = append(text, to: &output)
        output.append(UInt8(ascii: "\""))
        return replaced
    }

    /// Where the bytes from `start` on end staying as they are: at a quote, a backslash, a control byte, one above 127, or
    /// the end.
    static func cleanEnd(_ text: Span<UInt8>, from start: Int) -> Int {
        text.withUnsafeBytes { cleanEnd($0, from: start) }
    }

    /// Whether all of `text` stands in a JSON string as it is.
    public static func isClean(_ text: Span<UInt8>) -> Bool { cleanEnd(text, from: 0) == text.count }

    private static func cleanEnd(_ source: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while source.count &- index >= 8 {
            guard suspects(source.loadUnaligned(fromByteOffset: index, as: UInt64.self)) == 0 else { break }
            index &+= 8
        }
        while index < source.count, isClean(source[index]) { index &+= 1 }
        return index
    }

    private static func isClean(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Zero exactly when all eight bytes of `word` stay as they are.
    @inline(__always) private static func suspects(_ word: UInt64) -> UInt64 {
        let quote = word ^ 0x2222_2222_2222_2222
        let backslash = word ^ 0x5C5C_5C5C_5C5C_5C5C
        let ones: UInt64 = 0x0101_0101_0101_0101
        let found = (word &- 0x2020_2020_2020_2020) & ~word | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | word
        return found & 0x8080_8080_8080_8080
    }

    /// Writes the spelling of `source` from `start` up to `end`, or up to three bytes further, to end a scalar.
    ///
    /// One loop over local variables and plain pointers: closures and buffers in here cost five times the whole.
    private static func escape(
        _ source: UnsafeRawBufferPointer, from start: Int, to end: Int, into target: UnsafeMutableRawPointer
    ) -> (index: Int, written: Int, replaced: Bool) {
        guard let bytes = source.baseAddress else { return (end, 0, false) }
        return escapes.withUnsafeBufferPointer { table in
            var index = start
            var output = target
            var replaced = false
            while index < end {
                if end &- index >= 8 {
                    let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    if suspects(word) == 0 {
                        output.storeBytes(of: word, as: UInt64.self)
                        index &+= 8
                        output += 8
                        continue
                    }
                }
                // Up to eight bytes without asking again whether they are clean.
                let stop = min(end, index &+ 8)
                while index < stop {
                    let byte = bytes.load(fromByteOffset: index, as: UInt8.self)
                    if byte < 0x80 {
                        let escape = table[Int(byte)]
                        output.storeBytes(of: escape.littleEndian, as: UInt64.self)
                        output += Int(escape &>> 56)
                        index &+= 1
                        continue
                    }
                    let (length, isValid) = UTF8Scan.sequence(at: index, in: source)
                    if isValid, source.count &- index >= 4 {
                        // All four bytes at once; the next store overwrites those that are too many.
                        output.storeBytes(of: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self), as: UInt32.self)
                    } else if isValid {
                        for offset in 0..<length {
                            output.storeBytes(of: bytes.load(fromByteOffset: index &+ offset, as: UInt8.self), toByteOffset: offset, as: UInt8.self)
                        }
                    } else {
                        // EF BF BD, lowest first.
                        output.storeBytes(of: UInt32(0x00BD_BFEF).littleEndian, as: UInt32.self)
                        replaced = true
                    }
                    output += isValid ? length : 3
                    index &+= length
                }
            }
            return (index, UnsafeRawPointer(output) - UnsafeRawPointer(target), replaced)
        }
    }

    /// For each ASCII byte its spelling in the low bytes, first byte lowest, and the spelling's length in the top byte.
    private static let escapes: [UInt64] = (0..<128).map { (byte: UInt64) in
        let short: UInt8? =
            switch byte {
            case 0x08: UInt8(ascii: "b")
            case 0x09: UInt8(ascii: "t")
            case 0x0A: UInt8(ascii: "n")
            case 0x0C: UInt8(ascii: "f")
            case 0x0D: UInt8(ascii: "r")
            case 0x22, 0x5C: UInt8(byte)
            default: nil
            }
        if let short { return 2 << 56 | UInt64(short) << 8 | 0x5C }
        if byte >= 0x20 { return 1 << 56 | byte }
        let digit = byte & 0xF
        let low = digit < 10 ? 0x30 + digit : 0x41 + digit - 10
        // "\u00" then the two digits.
        return 6 << 56 | low << 40 | (0x30 + byte >> 4) << 32 | 0x3030_755C
    }
}
