import Forwarding
import RESP
import Testing

@Suite("Large requests") struct LargeRequestTests {
    /// `SET k <count bytes>`
    private func large(_ count: Int) -> [UInt8] {
        bytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$\(count)\r\n") + (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) } + bytes("\r\n")
    }

    private func cuts(_ count: Int, seed: UInt64) -> [Int] {
        var state = seed
        return (0..<4).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % (count + 1)
        }.sorted() + [count]
    }

    @Test("they are passed on in pieces that add up to the whole, wherever they are cut")
    func pieces() {
        let input = requests("GET a") + large(150_000) + requests("GET b") + large(70_000) + requests("QUIT")
        let expected = Array(input.dropLast(request("QUIT").count))
        for seed in 0..<40 {
            let cuts = cuts(input.count, seed: UInt64(seed))
            let result = ClientRun(session(), input, arrivals: cuts)
            #expect(result.upstream == expected, "cut at \(cuts)")
            #expect(result.output == ["reply", "reply", "reply", "reply", "+OK\r\n"], "cut at \(cuts)")
        }
    }

    @Test("an unfinished request is collected up to 64 KiB and passed on from there")
    func threshold() {
        let input = large(200_000)
        var session = session()
        #expect(session.next(Array(input[..<65_535])) == .needInput)
        #expect(!session.isMidRequest)
        #expect(session.next(Array(input[..<65_536])) == .needLink(end: nil, afterWrites: false))
        session.pinned()
        #expect(session.next(Array(input[..<65_536])) == .forward(end: 65_536))
        #expect(session.isMidRequest)
        #expect(session.awaitedCount == 1)
        let rest = Array(input[65_536...])
        #expect(session.next(rest) == .forward(end: rest.count))
        #expect(!session.isMidRequest)
        #expect(!session.isPinOver)
        session.answered("+OK\r\n")
        #expect(session.isPinOver)
    }

    @Test("what was shared before it is answered before it goes over the own link")
    func order() {
        let input = Array((request("GET a") + large(100_000)).prefix(80_000))
        var session = session()
        #expect(session.next(input) == .share(end: request("GET a").count, count: 1, reads: 1))
        session.shared(1)
        let rest = Array(input.dropFirst(request("GET a").count))
        #expect(session.next(rest) == .wait)
        session.repliesArrived(1)
        #expect(session.next(rest) == .needLink(end: nil, afterWrites: false))
    }

    @Test("before the password nothing is passed on in pieces")
    func locked() {
        var session = session(password: "p", limits: RESPLimits(unauthenticatedBulkBytesMax: 1 << 20))
        #expect(session.next(Array(large(200_000)[..<100_000])) == .needInput)
    }

    @Test("a command of the proxy's own is not that long", arguments: ["RESET", "AUTH", "HELLO"])
    func own(name: String) {
        let input = bytes("*2\r\n$\(name.count)\r\n\(name)\r\n$100000\r\n") + [UInt8](repeating: 65, count: 70_000)
        var session = session(password: "p", limits: RESPLimits(unauthenticatedBulkBytesMax: 1 << 20))
        let authentication = request("AUTH p")
        #expect(session.next(authentication) == .answer(bytes("+OK\r\n"), end: authentication.count))
        #expect(session.next(input) == .close(bytes("-ERR Protocol error: invalid bulk length\r\n")))
    }

    @Test("the effect of a large request is noted when it begins")
    func effects() {
        let names = (0..<8000).map { "channel\($0)" }.joined(separator: " ")
        let input = request("SUBSCRIBE " + names)
        var session = session()
        #expect(input.count > 100_000)
        let part = Array(input[..<80_000])
        #expect(session.next(part) == .needLink(end: nil, afterWrites: false))
        session.pinned()
        guard case .forward = session.next(part) else { return #expect(Bool(false)) }
        #expect(session.replyReading == .all)
        #expect(session.isMidRequest)
    }

    @Test("a protocol error inside a request that was partly passed on closes once the replies before it are in")
    func protocolError() {
        var broken = large(100_000)
        broken[broken.count - 2] = UInt8(ascii: "x")
        for input in [broken, requests("GET a", "GET b") + broken] {
            let result = ClientRun(session(), input, arrivals: [70_000, 90_000, input.count])
            let replies = input.count == broken.count ? 0 : 2
            #expect(result.output == Array(repeating: "reply", count: replies) + ["-ERR Protocol error: bulk string not terminated by CRLF\r\n"])
            #expect(result.isClosed)
        }
    }
}
