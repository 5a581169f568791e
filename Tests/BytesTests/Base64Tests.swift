import Testing

@testable import Bytes

@Suite("Base64") struct Base64Tests {
    @Test(
        "encodes the vectors of RFC 4648 and decodes them back",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func rfcVectors(plain: String, encoded: String) {
        var output: [UInt8] = []
        Base64.append(Array(plain.utf8).span, to: &output)
        #expect(output == Array(encoded.utf8))
        #expect(Base64.decode(Array(encoded.utf8).span) == Array(plain.utf8))
    }

    @Test("every byte value survives both ways at every length up to 300")
    func roundTrip() {
        for count in 0...300 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            var encoded: [UInt8] = []
            Base64.append(bytes.span, to: &encoded)
            #expect(encoded.count == (count + 2) / 3 * 4)
            #expect(Base64.decode(encoded.span) == bytes)
        }
    }

    @Test(
        "refuses what is not the canonical encoding",
        arguments: [
            "Z", "Zg", "Zg=", "Zg===", "====", "=", "Zg==Zg==", "Z=g=", "Zh==", "Zm9=", "Zm 8=", "Zm8=\n", "Zm-_", "Zm8\u{0}", "Zmé=",
        ])
    func strictness(text: String) {
        #expect(Base64.decode(Array(text.utf8).span) == nil)
    }
}
