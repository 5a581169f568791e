import Bytes

/// MessagePack as it was before 2013, when strings and binary data were one type: no `str 8`, no `bin`.
///
/// Everything takes the shortest form that this version has; so does the library that Webdis was built with.
/// Source: https://github.com/msgpack/msgpack/blob/master/spec-old.md
enum MessagePack {
    static func appendNil(to output: inout [UInt8]) { output.append(0xC0) }

    static func append(_ flag: Bool, to output: inout [UInt8]) { output.append(flag ? 0xC3 : 0xC2) }

    static func append(_ number: Int64, to output: inout [UInt8]) {
        switch number {
        case 0..<0x80: output.append(UInt8(truncatingIfNeeded: number))
        case 0x80..<0x100: append(0xCC, UInt8(truncatingIfNeeded: number), to: &output)
        case 0x100..<0x1_0000: append(0xCD, UInt16(truncatingIfNeeded: number), to: &output)
        case 0x1_0000..<0x1_0000_0000: append(0xCE, UInt32(truncatingIfNeeded: number), to: &output)
        case 0x1_0000_0000...: append(0xCF, number, to: &output)
        case -0x20..<0: output.append(UInt8(truncatingIfNeeded: number))
        case -0x80..<(-0x20): append(0xD0, UInt8(truncatingIfNeeded: number), to: &output)
        case -0x8000..<(-0x80): append(0xD1, UInt16(truncatingIfNeeded: number), to: &output)
        case -0x8000_0000..<(-0x8000): append(0xD2, UInt32(truncatingIfNeeded: number), to: &output)
        default: append(0xD3, number, to: &output)
        }
    }

    static func append(_ number: Double, to output: inout [UInt8]) { append(0xCB, number.bitPattern, to: &output) }

    /// False, and nothing appended, if the string is longer than MessagePack can say: 4 GiB.
    static func append(string: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard appendHead(string.count, short: 0xA0, shortMax: 31, medium: 0xDA, long: 0xDB, to: &output) else { return false }
        output.append(string)
        return true
    }

    /// Opens an array, behind which `count` values must follow; false for more than MessagePack can count.
    static func appendArrayHead(_ count: Int, to output: inout [UInt8]) -> Bool {
        appendHead(count, short: 0x90, shortMax: 15, medium: 0xDC, long: 0xDD, to: &output)
    }

    /// Opens a map, behind which `count` keys and values must follow, in turns; false for more than MessagePack can count.
    static func appendMapHead(_ count: Int, to output: inout [UInt8]) -> Bool {
        appendHead(count, short: 0x80, shortMax: 15, medium: 0xDE, long: 0xDF, to: &output)
    }

    /// Opens an array or a map whose count is told later, by ``close(_:count:in:)`` at the place that this returns.
    static func appendOpenHead(isMap: Bool, to output: inout [UInt8]) -> Int {
        append(isMap ? 0xDF : 0xDD, UInt32(0), to: &output)
        return output.count - 4
    }

    static func close(_ place: Int, count: Int, in output: inout [UInt8]) -> Bool {
        guard let count = UInt32(exactly: count), place >= 0, place + 4 <= output.count else { return false }
        for index in 0..<4 { output[place + index] = UInt8(truncatingIfNeeded: count >> UInt32(24 - 8 * index)) }
        return true
    }

    private static func appendHead(
        _ count: Int, short: UInt8, shortMax: Int, medium: UInt8, long: UInt8, to output: inout [UInt8]
    ) -> Bool {
        if count <= shortMax {
            output.append(short | UInt8(truncatingIfNeeded: count))
        } else if let count = UInt16(exactly: count) {
            append(medium, count, to: &output)
        } else if let count = UInt32(exactly: count) {
            append(long, count, to: &output)
        } else {
            return false
        }
        return true
    }

    /// A marker and a number behind it, its highest byte first.
    private static func append(_ marker: UInt8, _ number: some FixedWidthInteger, to output: inout [UInt8]) {
        output.append(marker)
        withUnsafeBytes(of: number.bigEndian) { output.append(contentsOf: $0) }
    }
}
