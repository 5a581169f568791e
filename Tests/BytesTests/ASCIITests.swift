import Testing

@testable import Bytes

@Suite("ASCII") struct ASCIITests {
    @Test("changes the case of the 26 letters and of nothing else")
    func letterCase() {
        for byte in UInt8.min...UInt8.max {
            let isLower = (0x61...0x7A).contains(byte)
            let isUpper = (0x41...0x5A).contains(byte)
            #expect(ASCII.uppercased(byte) == (isLower ? byte - 32 : byte))
            #expect(ASCII.lowercased(byte) == (isUpper ? byte + 32 : byte))
        }
    }

    @Test("knows the digits, decimal and hexadecimal")
    func digits() {
        for byte in UInt8.min...UInt8.max {
            #expect(ASCII.isDigit(byte) == (0x30...0x39).contains(byte))
            #expect(ASCII.hexValue(byte) == UInt8(String(UnicodeScalar(byte)), radix: 16))
        }
    }

    @Test("compares words without regard to case, and only whole words")
    func comparing() {
        #expect(matches("KeEp-Alive", "keep-alive"))
        #expect(!matches("keep-aliv", "keep-alive"))
        #expect(!matches("keep_alive", "keep-alive"))
        #expect(matches("", ""))
    }

    private func matches(_ text: String, _ word: StaticString) -> Bool {
        ASCII.equalsIgnoringCase(Array(text.utf8).span, word)
    }
}
