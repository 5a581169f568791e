import Testing

@testable import Bytes

@Suite("Percent-decoding") struct PercentDecodingTests {
    func decode(_ text: String, plusIsSpace: Bool = true) -> [UInt8] {
        var output: [UInt8] = []
        let bytes = Array(text.utf8)
        PercentDecoding.append(bytes.span, plusIsSpace: plusIsSpace, to: &output)
        #expect(PercentDecoding.decodedCount(bytes.span) == output.count)
        return output
    }

    @Test(
        "decodes escapes of either case once and leaves malformed ones as written",
        arguments: [
            ("", ""), ("abc", "abc"), ("a%2fb", "a/b"), ("a%2Fb", "a/b"), ("%2525", "%25"), ("%", "%"), ("%4", "%4"), ("%zz", "%zz"),
            ("%4g", "%4g"), ("%%41", "%A"), ("%4%41", "%4A"), ("100%", "100%"), ("a+b", "a b"), ("a%2bb", "a+b"), ("%00", "\u{0}"),
        ])
    func decoding(text: String, expected: String) {
        #expect(decode(text) == Array(expected.utf8))
    }

    @Test("any byte value can be written")
    func everyByte() {
        for byte in UInt8.min...UInt8.max {
            let hex = String(byte, radix: 16)
            #expect(decode("%" + (hex.count == 1 ? "0" + hex : hex)) == [byte])
        }
    }

    @Test("a plus stays a plus when it is not asked for as a space")
    func plus() {
        #expect(decode("a+b%20c", plusIsSpace: false) == Array("a+b c".utf8))
    }
}
