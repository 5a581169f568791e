import Bytes
import Testing

@testable import Access

@Suite("The PROXY protocol") struct ProxyHeaderTests {
    private func outcome(_ bytes: [UInt8]) -> ProxyHeader.Outcome { ProxyHeader.parse(bytes.span) }
    private func outcome(_ text: String) -> ProxyHeader.Outcome { outcome(Array(text.utf8)) }

    private func binary(_ command: UInt8, _ family: UInt8, _ body: [UInt8]) -> [UInt8] {
        [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x20 | command, family, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
    }

    @Test("a line names the client, and ends where it ends")
    func lines() throws {
        let line = "PROXY TCP4 10.1.2.3 127.0.0.1 1234 80\r\n"
        #expect(outcome(line + "GET /") == .header(byteCount: line.utf8.count, source: IPAddress("10.1.2.3"), port: 1234))
        let six = "PROXY TCP6 2001:db8::1 ::1 65535 80\r\n"
        #expect(outcome(six) == .header(byteCount: six.utf8.count, source: IPAddress("2001:db8::1"), port: 65_535))
        #expect(outcome("PROXY UNKNOWN\r\n") == .header(byteCount: 15, source: nil, port: 0))
        for count in 0..<line.utf8.count { #expect(outcome(Array(line.utf8.prefix(count))) == .incomplete) }
    }

    @Test("the binary form does too, whatever stands behind its addresses")
    func binaries() throws {
        let addresses: [UInt8] = [10, 1, 2, 3, 127, 0, 0, 1, 4, 210, 0, 80]
        let plain = binary(1, 0x11, addresses)
        #expect(outcome(plain + [1, 2]) == .header(byteCount: 28, source: IPAddress("10.1.2.3"), port: 1234))
        #expect(outcome(binary(1, 0x11, addresses + [1, 2, 3])) == .header(byteCount: 31, source: IPAddress("10.1.2.3"), port: 1234))
        #expect(outcome(binary(0, 0x11, addresses)) == .header(byteCount: 28, source: nil, port: 0))
        #expect(outcome(binary(1, 0x00, [])) == .header(byteCount: 16, source: nil, port: 0))
        let six = [UInt8](repeating: 0, count: 15) + [1] + [UInt8](repeating: 0, count: 16) + [0, 1, 0, 2]
        #expect(outcome(binary(1, 0x21, six)) == .header(byteCount: 52, source: IPAddress("::1"), port: 1))
        for count in 0..<plain.count { #expect(outcome(Array(plain.prefix(count))) == .incomplete) }
    }

    @Test("anything else is no header", arguments: [
        "GET / HTTP/1.1\r\n", "PROXY TCP4 10.1.2.3 127.0.0.1 1234\r\n", "PROXY TCP4 host 127.0.0.1 1 2\r\n", "PROXY TCP4 10.1.2.3 127.0.0.1 99999 80\r\n", "PROXY  TCP4 1.1.1.1 1.1.1.1 1 2\r\n",
        "PROXY TCP4 10.1.2.3 127.0.0.1 1234 80\n", "PROXY TCP5 10.1.2.3 127.0.0.1 1234 80\r\n", "\r\n\r\nX", "proxy UNKNOWN\r\n",
    ])
    func malformed(text: String) {
        #expect(outcome(text) == .malformed)
        #expect(outcome("PROXY " + String(repeating: "x", count: 200)) == .malformed)
        #expect(outcome(binary(2, 0x11, [])) == .malformed)
        #expect(outcome(binary(1, 0x11, [1, 2, 3])) == .malformed)
        #expect(outcome(binary(1, 0x11, [UInt8](repeating: 0, count: 5000))) == .malformed)
    }
}

@Suite("Glob patterns") struct GlobPatternTests {
    @Test("they match as Redis's do", arguments: [
        ("*", "", true), ("", "", true), ("", "a", false), ("a*c", "abbc", true), ("a*c", "abcd", false), ("h?llo", "hello", true), ("h?llo", "hllo", false), ("h[ae]llo", "hallo", true),
        ("h[ae]llo", "hillo", false), ("h[^e]llo", "hallo", true), ("h[^e]llo", "hello", false), ("h[a-c]llo", "hbllo", true), ("h[c-a]llo", "hbllo", true), ("a\\*b", "a*b", true), ("a\\*b", "axb", false),
        ("*a*b*c*", "xxaxxbxxcxx", true), ("*a*b*c*", "xxaxxcxxbxx", false), ("[", "x", false), ("a[", "a", false), ("\\", "\\", true), ("a[\\]]", "a]", true), ("**", "abc", true), ("a**", "a", true),
    ])
    func matches(pattern: String, text: String, expected: Bool) {
        let (pattern, text) = (Array(pattern.utf8), Array(text.utf8))
        let result = GlobPattern.matches(pattern.span, text.span)
        #expect(result == expected)
    }

    @Test("a pattern made to be slow is not")
    func bounded() {
        let pattern = Array(String(repeating: "a*", count: 200).utf8) + [0x62]
        let text = Array(String(repeating: "a", count: 2000).utf8)
        let result = GlobPattern.matches(pattern.span, text.span)
        #expect(!result)
    }
}
