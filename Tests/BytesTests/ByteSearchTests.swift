import Testing

@testable import Bytes

@Suite("Byte search") struct ByteSearchTests {
    @Test("finds the first match at every offset, from every start")
    func everyOffset() {
        for count in 0..<40 {
            for position in 0...count {
                // 0x0B differs from 0x0A in the lowest bit: the neighbour that a careless word trick reports.
                var bytes = [UInt8](repeating: 0x0B, count: count)
                if position < count { bytes[position] = 0x0A }
                for start in 0...count {
                    let expected = position < count && position >= start ? position : nil
                    #expect(ByteSearch.firstIndex(of: 0x0A, in: bytes.span, from: start) == expected)
                }
            }
        }
    }

    /// Bytes that differ from the one sought in one bit, that borrow from their neighbours, and the one itself.
    private static func samples(_ sought: UInt8) -> [UInt8] { [0, 1, 0x80, 0xFF, sought &- 1, sought &+ 1, sought ^ 0x80, sought] }

    @Test("finds what looking at each byte finds")
    func eachByte() {
        var random = SystemRandomNumberGenerator()
        for sought in [0, 0x0A, 0x2F, 0x7F, 0x80, 0xFF] as [UInt8] {
            for count in 0...40 {
                for _ in 0..<20 {
                    let bytes = (0..<count).map { _ in Self.samples(sought).dropLast(Bool.random(using: &random) ? 1 : 0).randomElement(using: &random) ?? 0 }
                    for start in 0...(count + 1) {
                        let found = ByteSearch.firstIndex(of: sought, in: bytes.span, from: start)
                        let expected = start < count ? bytes[start...].firstIndex(of: sought) : nil
                        #expect(found == expected, "\(sought) in \(bytes) from \(start)")
                    }
                }
            }
        }
    }

    @Test("finds either of two bytes anywhere")
    func eitherByte() {
        let (one, other) = (UInt8(ascii: "%"), UInt8(ascii: "+"))
        for count in 0...40 {
            var bytes = [UInt8](repeating: 0x24, count: count)
            let isFound = ByteSearch.contains(one, or: other, bytes.span)
            #expect(!isFound)
            for index in 0..<count {
                for sought in [one, other] {
                    bytes[index] = sought
                    let isFound = ByteSearch.contains(one, or: other, bytes.span)
                    #expect(isFound, "\(sought) at \(index) of \(count)")
                }
                bytes[index] = 0xA5
                let isFound = ByteSearch.contains(one, or: other, bytes.span)
            #expect(!isFound)
            }
        }
    }

    @Test("tells visible text by each of its bytes")
    func visibleText() {
        for count in 1...24 {
            for index in 0..<count {
                for byte in 0...255 as ClosedRange<UInt8> {
                    var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: count)
                    bytes[index] = byte
                    let isVisible = VisibleASCII.isAll(bytes.span)
                    #expect(isVisible == (0x21...0x7E).contains(byte), "\(byte) at \(index) of \(count)")
                }
            }
        }
    }
}
