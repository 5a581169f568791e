import Access
import Testing

@Suite struct SecretTests {
    // #expect cannot capture spans, so they stay in functions here.
    private func matches(_ secret: Secret, _ text: String) -> Bool { matches(secret, Array(text.utf8)) }
    private func matches(_ secret: Secret, _ bytes: [UInt8]) -> Bool { secret.matches(bytes.span) }

    @Test func comparesWhole() {
        let secret = Secret(utf8: "open sesame")
        #expect(matches(secret, "open sesame"))
        for wrong in ["", "o", "open sesam", "open sesame!", "open sesame\0", "Open sesame", "open sesamf", "open sesameopen sesame"] {
            #expect(!matches(secret, wrong), "\(wrong)")
        }
    }

    @Test func anEmptySecretMatchesNothingElse() {
        #expect(matches(Secret(utf8: ""), ""))
        #expect(!matches(Secret(utf8: ""), "\0"))
        #expect(!matches(Secret(utf8: ""), "x"))
        #expect(!matches(Secret([0]), ""))
    }

    @Test func everyLengthAndEveryByteCounts() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let secret = Secret(bytes)
            #expect(matches(secret, bytes))
            for index in 0..<count {
                var other = bytes
                other[index] ^= 1
                #expect(!matches(secret, other))
            }
            #expect(!matches(secret, bytes + bytes + [0]))
        }
    }

    @Test func isNeverShown() {
        struct Holder { var password = Secret(utf8: "hunter2") }
        let secret = Secret(utf8: "hunter2")
        var dumped = ""
        dump(Holder(), to: &dumped)
        dump(Credentials(user: "u", password: secret), to: &dumped)
        for text in ["\(secret)", String(describing: secret), String(reflecting: secret), "\(Holder())", "\([secret])", dumped,
            "\(Optional(secret) as Any)", "\(Credentials(user: "u", password: secret))"]
        {
            #expect(!text.contains("hunter2"))
            #expect(text.contains("********"))
            #expect(!text.contains("104, 117"))
        }
    }

    @Test func isEqualByContent() {
        #expect(Secret(utf8: "a") == Secret([0x61]))
        #expect(Secret(utf8: "a") != Secret(utf8: "b"))
        #expect(Secret(utf8: "a").revealedBytes == [0x61])
    }
}
