import Access
import Testing

@Suite struct CredentialsTests {
    private func verify(_ credentials: Credentials, _ user: String?, _ password: String) -> Bool {
        let candidate = Array(password.utf8)
        guard let user else { return credentials.verify(password: candidate.span) }
        return credentials.verify(user: Array(user.utf8).span, password: candidate.span)
    }

    @Test(arguments: [
        (nil, "p", true), ("", "p", true), ("default", "p", true), ("other", "p", false), ("defaulT", "p", false), (nil, "q", false),
        (nil, "", false), ("default", "", false),
    ] as [(String?, String, Bool)])
    func withoutAUser(user: String?, password: String, expected: Bool) {
        #expect(verify(Credentials(password: Secret(utf8: "p")), user, password) == expected)
    }

    @Test(arguments: [
        ("ann", "p", true), ("ann", "q", false), ("Ann", "p", false), ("", "p", false), ("default", "p", false), (nil, "p", false),
    ] as [(String?, String, Bool)])
    func withAUser(user: String?, password: String, expected: Bool) {
        #expect(verify(Credentials(user: "ann", password: Secret(utf8: "p")), user, password) == expected)
    }

    @Test(arguments: [("ann", "p", true), ("ann", "next", true), ("ann", "third", true), ("ann", "q", false), ("bob", "next", false), ("ann", "", false)])
    func severalPasswordsDo(user: String, password: String, expected: Bool) {
        let credentials = Credentials(user: "ann", password: Secret(utf8: "p"), more: [Secret(utf8: "next"), Secret(utf8: "third")])
        #expect(verify(credentials, user, password) == expected)
    }

    @Test func theDefaultUserMayBeLeftOut() {
        let credentials = Credentials(user: "default", password: Secret(utf8: "p"))
        #expect(verify(credentials, nil, "p"))
        #expect(verify(credentials, "default", "p"))
        #expect(!verify(credentials, "", "p"))
    }
}
