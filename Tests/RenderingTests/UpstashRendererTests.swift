import Testing

@testable import Rendering

@Suite("Upstash") struct UpstashRendererTests {
    private let base64 = UpstashRules(isBase64: true)

    @Test(
        "a reply is a result of strings, numbers, null and lists, or an error",
        arguments: [
            ("+OK\r\n", #"{"result":"OK"}"#), ("+PONG\r\n", #"{"result":"PONG"}"#), ("-ERR value is not an integer or out of range\r\n", #"{"error":"ERR value is not an integer or out of range"}"#),
            ("$-1\r\n", #"{"result":null}"#), ("*-1\r\n", #"{"result":null}"#), ("_\r\n", #"{"result":null}"#), (":9223372036854775807\r\n", #"{"result":9223372036854775807}"#), ("$5\r\na\"b\nc\r\n", #"{"result":"a\"b\nc"}"#),
            ("*3\r\n$1\r\na\r\n:5\r\n*2\r\n$-1\r\n*0\r\n", #"{"result":["a",5,[null,[]]]}"#), ("%2\r\n$1\r\nf\r\n$1\r\nv\r\n$1\r\ng\r\n:1\r\n", #"{"result":["f","v","g",1]}"#), ("%?\r\n+a\r\n:1\r\n.\r\n", #"{"result":["a",1]}"#),
            ("*2\r\n+OK\r\n-ERR no\r\n", #"{"result":["OK","ERR no"]}"#), ("*3\r\n#t\r\n#f\r\n,1.5\r\n", #"{"result":[1,0,"1.5"]}"#), ("(123\r\n", #"{"result":"123"}"#), ("!3\r\na\nb\r\n", #"{"error":"a\nb"}"#),
            ("~1\r\n=5\r\ntxt:a\r\n", #"{"result":["a"]}"#), ("|1\r\n+ttl\r\n:1\r\n$1\r\nv\r\n", #"{"result":"v"}"#), ("$?\r\n;1\r\na\r\n;0\r\n", #"{"result":"a"}"#),
        ])
    func plain(reply: String, expected: String) {
        #expect(upstash(reply) == expected)
    }

    @Test(
        "in base64 every string is encoded but the status OK as a whole result, and errors are not",
        arguments: [
            ("+OK\r\n", #"{"result":"OK"}"#), ("$2\r\nOK\r\n", #"{"result":"T0s="}"#), ("+PONG\r\n", #"{"result":"UE9ORw=="}"#), ("-ERR no\r\n", #"{"error":"ERR no"}"#), ("$-1\r\n", #"{"result":null}"#), (":1\r\n", #"{"result":1}"#),
            ("*4\r\n+OK\r\n$1\r\na\r\n:1\r\n*1\r\n$-1\r\n", #"{"result":["T0s=","YQ==",1,[null]]}"#), (",1.5\r\n", #"{"result":"MS41"}"#), ("%1\r\n$1\r\na\r\n$0\r\n\r\n", #"{"result":["YQ==",""]}"#), ("*1\r\n-no\r\n", #"{"result":["bm8="]}"#),
        ])
    func encoded(reply: String, expected: String) {
        #expect(upstash(reply, rules: base64) == expected)
    }

    @Test("text that is no UTF-8 is replaced, and kept in base64")
    func binary() {
        let reply: [UInt8] = [0x24, 0x31, 0x0D, 0x0A, 0xFF, 0x0D, 0x0A]
        #expect(upstash(reply).text == "{\"result\":\"\u{FFFD}\"}")
        #expect(upstash(reply).outcome == .renderedWithReplacements)
        #expect(upstash(reply, rules: base64).text == #"{"result":"/w=="}"#)
        #expect(upstash(reply, rules: base64).outcome == .rendered)
    }

    @Test("resp2 is the reply itself, in that protocol, whatever the encoding")
    func respTwo() {
        for rules in [UpstashRules(isRESP2: true), UpstashRules(isBase64: true, isRESP2: true)] {
            #expect(upstash("*2\r\n$1\r\na\r\n:1\r\n", rules: rules) == "*2\r\n$1\r\na\r\n:1\r\n")
            #expect(upstash("%1\r\n#t\r\n_\r\n", rules: rules) == "*2\r\n:1\r\n$-1\r\n")
            #expect(upstash("-ERR no\r\n", rules: rules) == "-ERR no\r\n")
            #expect(transaction("*1\r\n+OK\r\n", rules: rules).text == "*1\r\n+OK\r\n")
        }
    }

    @Test(
        "a transaction is a list of answers, or one answer if it has failed",
        arguments: [
            ("*4\r\n+OK\r\n$1\r\na\r\n-ERR no\r\n*1\r\n+OK\r\n", #"[{"result":"OK"},{"result":"a"},{"error":"ERR no"},{"result":["OK"]}]"#), ("*0\r\n", "[]"), ("-EXECABORT Transaction discarded\r\n", #"{"error":"EXECABORT Transaction discarded"}"#),
            ("*-1\r\n", #"{"result":null}"#),
        ])
    func transactions(reply: String, expected: String) {
        #expect(transaction(reply).text == expected)
        #expect(transaction(reply).outcome == .rendered)
    }

    @Test("within a transaction OK is a whole result too")
    func encodedTransaction() {
        #expect(transaction("*2\r\n+OK\r\n*1\r\n+OK\r\n", rules: base64).text == #"[{"result":"OK"},{"result":["T0s="]}]"#)
    }

    @Test("an error of the gateway's own is escaped")
    func ownError() {
        var output: [UInt8] = [UInt8(ascii: "[")]
        UpstashRenderer.appendError(Array("a \"quoted\" word".utf8).span, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == #"[{"error":"a \"quoted\" word"}"#)
    }
}
