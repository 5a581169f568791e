import Testing

@testable import Rendering

@Suite("Raw, as Webdis has it") struct WebdisRawTests {
    @Test(
        "integers of a flat array are bulk strings",
        arguments: [
            ("*4\r\n$1\r\na\r\n:5\r\n$1\r\nb\r\n:-7\r\n", "*4\r\n$1\r\na\r\n$1\r\n5\r\n$1\r\nb\r\n$2\r\n-7\r\n"),
            ("*3\r\n$9\r\nsubscribe\r\n$2\r\nch\r\n:1\r\n", "*3\r\n$9\r\nsubscribe\r\n$2\r\nch\r\n$1\r\n1\r\n"),
            ("*3\r\n:2147483647\r\n:-2147483647\r\n:0\r\n", "*3\r\n$10\r\n2147483647\r\n$11\r\n-2147483647\r\n$1\r\n0\r\n"),
        ])
    func quirk(reply: String, expected: String) {
        #expect(raw(reply, isWebdis: true) == expected)
        #expect(raw(reply, isWebdis: false) == reply)
    }

    @Test(
        "what Webdis breaks stays as Redis wrote it",
        arguments: [
            ":9223372036854775807\r\n", ":-3000000000\r\n", "*-1\r\n", "*2\r\n:0\r\n:3000000000\r\n", "*1\r\n:-2147483648\r\n", "*2\r\n:1\r\n$-1\r\n", "*2\r\n$1\r\nx\r\n-bad thing\r\n", "*2\r\n:1\r\n+a\r\n",
            "*4\r\n:1\r\n*3\r\n:2\r\n$1\r\nx\r\n*1\r\n$4\r\ndeep\r\n$1\r\ny\r\n*0\r\n",
        ])
    func fixed(reply: String) {
        #expect(raw(reply, isWebdis: true) == reply)
    }

    @Test(
        "everything else is the same anyway",
        arguments: [
            "+OK\r\n", "-ERR unknown command 'NOSUCHCMD', with args beginning with: 'a' 'b' \r\n", ":1\r\n", ":-42\r\n", "$11\r\nhello world\r\n", "$0\r\n\r\n", "$3\r\na\u{0}b\r\n", "$-1\r\n", "*0\r\n",
            "*4\r\n$1\r\na\r\n$0\r\n\r\n$3\r\nc d\r\n$15\r\nhéllo ✓ 🎉\r\n", "*1\r\n$2\r\n\r\n\r\n",
        ])
    func same(reply: String) {
        #expect(raw(reply, isWebdis: true) == reply)
    }

    @Test("replies of RESP3 are told in RESP2")
    func respThree() {
        #expect(raw("%1\r\n+a\r\n#t\r\n", isWebdis: true) == "*2\r\n+a\r\n:1\r\n")
        #expect(raw("_\r\n", isWebdis: true) == "$-1\r\n")
    }
}

@Suite("RESP2") struct RESP2RendererTests {
    @Test(
        "a reply of RESP3 is what Redis would have sent",
        arguments: [
            ("_\r\n", "$-1\r\n"), ("#t\r\n", ":1\r\n"), ("#f\r\n", ":0\r\n"), (",1.5\r\n", "$3\r\n1.5\r\n"), (",inf\r\n", "$3\r\ninf\r\n"), ("(12345678901234567890\r\n", "$20\r\n12345678901234567890\r\n"),
            ("!7\r\nERR a\nb\r\n", "-ERR a b\r\n"), ("=7\r\ntxt:abc\r\n", "$3\r\nabc\r\n"), ("~1\r\n:1\r\n", "*1\r\n:1\r\n"), (">1\r\n+a\r\n", "*1\r\n+a\r\n"),
            ("%2\r\n$1\r\na\r\n:1\r\n+b\r\n%0\r\n", "*4\r\n$1\r\na\r\n:1\r\n+b\r\n*0\r\n"), ("|1\r\n+ttl\r\n:60\r\n$1\r\nv\r\n", "$1\r\nv\r\n"), ("$?\r\n;2\r\nab\r\n;1\r\nc\r\n;0\r\n", "$3\r\nabc\r\n"),
            ("*?\r\n:1\r\n*?\r\n.\r\n~?\r\n:2\r\n.\r\n.\r\n", "*3\r\n:1\r\n*0\r\n*1\r\n:2\r\n"), ("%?\r\n+a\r\n:1\r\n.\r\n", "*2\r\n+a\r\n:1\r\n"), ("*2\r\n*-1\r\n_\r\n", "*2\r\n*-1\r\n$-1\r\n"),
        ])
    func converted(reply: String, expected: String) {
        #expect(respTwo(Array(reply.utf8)).text == expected)
    }

    @Test("a reply of RESP2 keeps its bytes", arguments: sampleReplies.filter { !$0.contains("%") && "+-:$*".contains($0.first ?? " ") && !$0.contains("?") })
    func same(reply: String) {
        #expect(respTwo(Array(reply.utf8)).text == reply)
    }
}
