import Bytes
import Testing

@Suite("Text for terminals") struct VisibleTextTests {
    @Test("every control character of C0, DEL, C1 and of bidirectional text is written out, and everything else stays")
    func every() {
        let hidden = Set(Array(0..<0x20) + Array(0x7F...0x9F) + [0x061C, 0x200E, 0x200F] + Array(0x2028...0x202E) + Array(0x2066...0x2069))
        for value in Array(0..<0x3000 as Range<UInt32>) + [0xFEFF, 0x1F389] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = "a\(scalar)b"
            let escaped = VisibleText.escaped(text)
            if hidden.contains(Int(value)) {
                let digits = String(value, radix: 16, uppercase: true)
                #expect(escaped == "a\\u" + String(repeating: "0", count: 4 - digits.count) + digits + "b")
            } else {
                #expect(Array(escaped.utf8) == Array(text.utf8))
            }
        }
    }

    @Test("in text of several lines line feeds and tabs stay")
    func lines() {
        #expect(VisibleText.escaped("a\tb\nc\u{1B}[31m\rd\r\n", keepingLines: true) == "a\tb\nc\\u001B[31m\\u000Dd\r\n")
        #expect(VisibleText.escaped("a\tb\n") == "a\\u0009b\\u000A")
    }

    @Test("what is no UTF-8 hides nothing")
    func malformed() {
        let bytes: [UInt8] = [0x61, 0x9B, 0xC2, 0x9B, 0xE2, 0x80]
        let escaped = VisibleText.escaped(bytes)
        #expect(escaped.starts(with: [0x61, 0xEF, 0xBF, 0xBD] + Array("\\u009B".utf8)))
    }
}
