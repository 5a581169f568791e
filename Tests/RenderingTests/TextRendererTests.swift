import RESP
import Testing

@testable import Rendering

@Suite("Text") struct TextRendererTests {
    @Test(
        "a scalar is its text",
        arguments: [
            ("+PONG\r\n", "+PONG"), ("-ERR no\r\n", "-ERR no"), (":-42\r\n", "-42"), (":9223372036854775807\r\n", "9223372036854775807"), ("$11\r\nhello world\r\n", "hello world"),
            ("$0\r\n\r\n", ""), ("#t\r\n", "true"), (",1.5\r\n", "1.5"), ("(12345678901234567890\r\n", "12345678901234567890"), ("!3\r\na\nb\r\n", "-a\nb"),
            ("=7\r\ntxt:abc\r\n", "abc"), ("$?\r\n;2\r\nab\r\n;1\r\nc\r\n;0\r\n", "abc"), ("|1\r\n+a\r\n:1\r\n:2\r\n", "2"), ("$3\r\na\u{0}b\r\n", "a\u{0}b"),
        ])
    func scalars(reply: String, expected: String) {
        #expect(text(reply) == expected)
        #expect(text(reply, separator: ",") == expected)
    }

    @Test(
        "an aggregate is its elements, separated, however nested",
        arguments: [
            ("*0\r\n", "", ","), ("*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", "abc", ""), ("*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", "a--b--c", "--"),
            ("*2\r\n:1\r\n:0\r\n", "1,0", ","), ("*3\r\n$-1\r\n$1\r\n1\r\n$1\r\n2\r\n", ",1,2", ","), ("*3\r\n$1\r\nv\r\n$-1\r\n$1\r\nv\r\n", "vv", ""),
            ("*2\r\n$1\r\n1\r\n$-1\r\n", "1", ","), ("*3\r\n:1\r\n*2\r\n:2\r\n*1\r\n$4\r\ndeep\r\n+fine\r\n", "1,2,deep,fine", ","),
            ("%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "a 1 b 2", " "), ("*?\r\n:1\r\n~?\r\n:2\r\n.\r\n.\r\n", "1 2", " "),
        ])
    func aggregates(reply: String, expected: String, separator: String) {
        #expect(text(reply, separator: separator) == expected)
    }

    @Test("nil is missing, an empty string and an empty list are not", arguments: ["$-1\r\n", "*-1\r\n", "_\r\n", "|1\r\n+a\r\n:1\r\n_\r\n"])
    func missing(reply: String) {
        #expect(textOutcome(Array(reply.utf8)) == .missing)
        #expect(text(reply) == "")
        #expect(textOutcome(Array("$0\r\n\r\n".utf8)) == .rendered)
        #expect(textOutcome(Array("*0\r\n".utf8)) == .rendered)
    }
}

@Suite("Raw") struct RawRendererTests {
    @Test("a reply is its bytes", arguments: sampleReplies)
    func verbatim(reply: String) {
        var output: [UInt8] = [1]
        #expect(RawRenderer.append(Array(reply.utf8).span, to: &output) == .rendered)
        #expect(output == [1] + Array(reply.utf8))
    }
}

@Suite("Every renderer") struct EveryRendererTests {
    @Test("takes a whole reply and nothing less, and leaves no trace of what it refuses", arguments: sampleReplies)
    func truncated(reply: String) {
        let bytes = Array(reply.utf8)
        for outcome in outcomes(bytes) { #expect(outcome == .rendered || outcome == .missing) }
        for count in 0..<bytes.count {
            let part = Array(bytes[..<count])
            #expect(outcomes(part).allSatisfy { $0 == .unrenderable }, "cut at \(count)")
            #expect(json(part).text == "" && xml(part).text == "" && messagePack(part).text == "" && upstash(part).text == "")
        }
    }

    @Test("follows a reply to its depth limit and not beyond", arguments: ["*1\r\n", "%1\r\n+k\r\n", "~1\r\n", "*?\r\n"])
    func nesting(opening: String) {
        func nested(_ depth: Int) -> [UInt8] {
            let closing = opening == "*?\r\n" ? String(repeating: ".\r\n", count: depth) : ""
            return Array((String(repeating: opening, count: depth) + ":1\r\n" + closing).utf8)
        }
        #expect(outcomes(nested(ReplyNesting.depthMax)).allSatisfy { $0 == .rendered })
        #expect(outcomes(nested(ReplyNesting.depthMax + 1)).allSatisfy { $0 == .unrenderable })
        #expect(outcomes(nested(100_000)).allSatisfy { $0 == .unrenderable })
    }

    @Test("survives attributes nested without end")
    func nestedAttributes() {
        let bytes = Array(String(repeating: "|1\r\n", count: 100_000).utf8)
        #expect(outcomes(bytes).allSatisfy { $0 == .unrenderable })
        let keys = Array(String(repeating: "|1\r\n*1\r\n", count: 50_000).utf8)
        #expect(outcomes(keys).allSatisfy { $0 == .unrenderable })
    }

    @Test("survives counts that no reply can have", arguments: ["*9223372036854775807\r\n", "%2305843009213693951\r\n", "|2305843009213693951\r\n:1\r\n", "$9223372036854775807\r\nab\r\n"])
    func hugeCounts(reply: String) {
        #expect(outcomes(Array(reply.utf8)).allSatisfy { $0 == .unrenderable })
    }

    @Test("survives noise")
    func noise() {
        let alphabet = Array("*%~|>$+-:_#,(!=;.?0123\r\n\r\n\r\nab".utf8)
        var state: UInt64 = 7
        for _ in 0..<20000 {
            var bytes: [UInt8] = []
            for _ in 0..<40 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int((state >> 33) % UInt64(alphabet.count))])
            }
            _ = outcomes(bytes)
        }
    }
}
