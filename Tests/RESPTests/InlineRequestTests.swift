import RESP
import Testing

@Suite("Inline request") struct InlineRequestTests {
    private func words(_ line: String) -> [String]? { InlineRequest.arguments(of: bytes(line).span).map { $0.map { text($0) } } }

    @Test(
        "words are split at white space",
        arguments: [
            ("PING", ["PING"]), ("  SET  a\tb ", ["SET", "a", "b"]), ("", []), (" \t\u{b}\u{c}\r", []), ("a\u{0}b", ["a", "b"]), ("é è", ["é", "è"]),
        ])
    func plain(line: String, expected: [String]) { #expect(words(line) == expected) }

    @Test(
        "double quotes hold white space and escapes",
        arguments: [
            (#""a b""#, ["a b"]), (#""" x"#, ["", "x"]), (#""a\nb\r\t\b\a""#, ["a\nb\r\t\u{8}\u{7}"]), (#""\x41\x4a\x4A""#, ["AJJ"]),
            (#""\xZZ""#, ["xZZ"]), (#""\"\\""#, [#""\"#]), (#""\q""#, ["q"]), (#"a"b""#, ["ab"]), (#""it's""#, ["it's"]), (#""\x4""#, ["x4"]),
        ])
    func double(line: String, expected: [String]) { #expect(words(line) == expected) }

    @Test(
        "single quotes take everything as it is, save for an escaped quote",
        arguments: [("'a b'", ["a b"]), (#"'a\'b'"#, ["a'b"]), (#"'\n\x41'"#, [#"\n\x41"#]), (#"'"'"#, ["\""]), ("'' ''", ["", ""])])
    func single(line: String, expected: [String]) { #expect(words(line) == expected) }

    @Test(
        "a quote that is not closed, or that a word follows without a space, is refused",
        arguments: ["\"", "'", "\"a", "'a", "\"a\"b", "'a'b", "\"a\"\"b\"", "set \"a\\\"", "'a\\'", "x\"a", "\"a\\"])
    func unbalanced(line: String) { #expect(words(line) == nil) }

    @Test("every byte can be written by its hexadecimal escape")
    func hexadecimal() {
        let digits = bytes("0123456789abcdef")
        for byte in UInt8.min...UInt8.max {
            let line = bytes("\"\\x") + [digits[Int(byte >> 4)], digits[Int(byte & 15)]] + bytes("\"")
            #expect(InlineRequest.arguments(of: line.span) == [[byte]])
        }
    }
}
