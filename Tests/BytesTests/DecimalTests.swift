import Testing

@testable import Bytes

@Suite("Decimal") struct DecimalTests {
    @Test(
        "parses and prints every 64-bit number",
        arguments: [
            0, 1, -1, 9, 10, 99, 100, 4_294_967_296, -2_147_483_649, 999_999_999_999_999_999, 1_000_000_000_000_000_000, Int64.max,
            Int64.min,
        ])
    func roundTrip(value: Int64) {
        var output: [UInt8] = []
        Decimal.append(value, to: &output)
        #expect(output == Array(String(value).utf8))
        #expect(Decimal.parse(output.span) == value)
    }

    @Test(
        "refuses what is no 64-bit number, overflow included",
        arguments: [
            "", "-", "+", "--1", "1-", "1 ", " 1", "0x1", "1.0", "é", "9223372036854775808", "-9223372036854775809",
            "9999999999999999999", "18446744073709551616", "10000000000000000000", "99999999999999999999999999999999",
        ])
    func refusal(text: String) {
        #expect(Decimal.parse(Array(text.utf8).span) == nil)
    }

    @Test("takes an explicit plus sign")
    func plusSign() {
        #expect(Decimal.parse(Array("+42".utf8).span) == 42)
    }
}
