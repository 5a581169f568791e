import Bytes
import Testing

@testable import HTTP1

@Suite("Limits of a head") struct HTTPLimitsTests {
    private var limits: HTTPLimits {
        var limits = HTTPLimits()
        limits.headBytesMax = 100
        limits.requestLineBytesMax = 40
        limits.headerCountMax = 3
        return limits
    }

    private func request(target: Int) -> String { "GET /" + String(repeating: "a", count: target - 1) + " HTTP/1.1\r\nHost: a\r\n\r\n" }

    @Test("the request line may fill its limit and not a byte more")
    func requestLine() {
        #expect(refusal(request(target: 27), limits: limits) == nil)
        #expect(refusal(request(target: 28), limits: limits) == 414)
        #expect(refusal(String(repeating: "A", count: 41), limits: limits) == 414)
        #expect(parse(String(repeating: "A", count: 40), limits: limits) == .incomplete)
    }

    @Test("the head may fill its limit and not a byte more, ended or not")
    func headBytes() {
        func text(_ total: Int, ended: Bool = true) -> String {
            let start = "GET / HTTP/1.1\r\nHost: a\r\nX: "
            return start + String(repeating: "b", count: total - start.utf8.count - (ended ? 4 : 0)) + (ended ? "\r\n\r\n" : "")
        }
        #expect(refusal(text(100), limits: limits) == nil)
        #expect(refusal(text(101), limits: limits) == 431)
        #expect(parse(text(100, ended: false), limits: limits) == .incomplete)
        #expect(refusal(text(101, ended: false), limits: limits) == 431)
    }

    @Test("the number of headers is bounded")
    func headerCount() {
        #expect(refusal("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n", limits: limits) == nil)
        #expect(refusal("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits: limits) == 431)
    }

    @Test("a parser that refused goes on refusing")
    func staysRefused() {
        var parser = RequestHeadParser(limits: limits)
        let bad = Array("BAD\r\n".utf8)
        let first = parser.parse(bad.span)
        #expect(parser.parse(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8).span) == first)
    }

    @Test("a body may begin behind a head that fills its limit")
    func bodyBehindHead() {
        let text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n" + String(repeating: "b", count: 500)
        guard case .complete(_, headBytes: 27) = parse(text, limits: limits) else { return #expect(Bool(false)) }
    }

    @Test("no bytes at all make the parser trap")
    func noise() {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        let alphabet = Array("GET /: HTTP/1.1\r\n\r\nHost Content-Length:0,\t\u{0}é".utf8)
        for _ in 0..<3000 {
            var bytes: [UInt8] = []
            for _ in 0..<(state % 90) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int((state >> 33) % UInt64(alphabet.count))])
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1
            var parser = RequestHeadParser(limits: limits)
            var valid = Array("GET / HTTP/1.1\r\n".utf8) + bytes
            _ = parser.parse(bytes.span)
            parser = RequestHeadParser(limits: limits)
            _ = parser.parse(valid.span)
            valid += Array("\r\n\r\n".utf8)
            _ = parser.parse(valid.span)
        }
    }
}
