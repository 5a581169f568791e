import Access
import Bytes
import Testing

@Suite struct CIDRRangeTests {
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/8"), ("0.0.0.0/0", "0.0.0.0/0"), ("::/0", "::/0"), ("10.1.2.3", "10.1.2.3"),
        ("10.1.2.3/32", "10.1.2.3"), ("::1", "::1"), ("2001:db8::/32", "2001:db8::/32"), ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:1.2.3.4", "1.2.3.4"), ("::ffff:0.0.0.0/96", "0.0.0.0/0"),
    ])
    func reads(text: String, expected: String) throws {
        let range = try CIDRRange(parsing: text)
        #expect(range.description == expected)
        #expect(try CIDRRange(parsing: range.description) == range)
    }

    @Test(arguments: [
        ("10.0.0.1/8", CIDRError.hostBits(range: "10.0.0.0/8")), ("2001:db8::1/64", .hostBits(range: "2001:db8::/64")),
        ("::1/0", .hostBits(range: "::/0")), ("10.0.0.0/33", .badPrefix(max: 32)), ("::/129", .badPrefix(max: 128)),
        ("10.0.0.0/", .badPrefix(max: 32)), ("10.0.0.0/-1", .badPrefix(max: 32)), ("10.0.0.0/8/8", .badPrefix(max: 32)),
        ("10.0.0.0/0008", .badPrefix(max: 32)), ("10.0.0/8", .notAnAddress), ("", .notAnAddress), ("/8", .notAnAddress),
        ("host", .notAnAddress), ("::ffff:10.0.0.0/8", .mappedPrefixTooShort), ("::ffff:10.0.0.0/129", .badPrefix(max: 128)),
    ])
    func refuses(text: String, expected: CIDRError) {
        #expect(throws: expected) { try CIDRRange(parsing: text) }
    }

    @Test func errorsNameTheRange() {
        #expect(CIDRError.hostBits(range: "10.0.0.0/8").description == "has bits set beyond its mask; the range is 10.0.0.0/8")
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ("0.0.0.0/0", "0.0.0.0", true), ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "::1", false),
        ("::/0", "ffff::1", true), ("::/0", "10.0.0.1", false), ("::/0", "::ffff:10.0.0.1", false), ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.2", false), ("10.0.0.4/30", "10.0.0.7", true), ("10.0.0.4/30", "10.0.0.8", false),
    ])
    func contains(range: String, peer: String, expected: Bool) throws {
        #expect(try CIDRRange(parsing: range).contains(address(peer)) == expected)
    }

    @Test func anEmptyListLetsEveryoneIn() throws {
        #expect(Allowlist().isEmpty)
        #expect(Allowlist().contains(try address("8.8.8.8")))
        let list = Allowlist([try CIDRRange(parsing: "10.0.0.0/8"), try CIDRRange(parsing: "::1")])
        #expect(list.contains(try address("10.9.9.9")))
        #expect(list.contains(try address("::1")))
        #expect(!list.contains(try address("8.8.8.8")))
        #expect(!list.contains(try address("::2")))
    }
}
