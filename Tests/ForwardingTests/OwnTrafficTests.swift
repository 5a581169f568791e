import Forwarding
import Testing

@Suite("What MONITOR shows of the proxy itself") struct OwnTrafficTests {
    private func hides(_ traffic: inout OwnTraffic, _ address: String, _ command: String, _ now: Int) -> Bool {
        traffic.isShown(by: bytes("+1339518083.107412 [0 \(address)] \(command)\r\n").span, now: now)
    }

    @Test(
        "the sender is read from a line",
        arguments: [
            ("+1.2 [0 127.0.0.1:60866] \"get\" \"k\"\r\n", "127.0.0.1:60866"), ("+1.2 [15 [::1]:5] \"set\" \"k\" \"] \"\r\n", "[::1]:5"), ("+1.2 [0 lua] \"get\"\r\n", "lua"),
            ("+1.2 [0 unix:/a b] \"get\"\r\n", "unix:/a b"), ("+OK\r\n", ""), ("", ""), ("+1 [", ""), ("+1 [0", ""), ("+1 [0 ", ""), ("+1 [0 a]", ""), ("+1 [x a] \"get\"", ""),
        ])
    func sender(line: String, expected: String) {
        let sender = MonitorLine.sender(of: bytes(line).span)
        #expect(text(sender) == expected)
    }

    @Test("all that the watch asks is its own, of a link only what settles it")
    func own() {
        var traffic = OwnTraffic()
        traffic.speaks(from: bytes("10.0.0.1:1"))
        traffic.settles(from: bytes("10.0.0.1:2"), count: 2, now: 1000)
        traffic.settles(from: bytes("10.0.0.1:3"), count: 2, now: 1000)
        for _ in 0..<5 { #expect(hides(&traffic, "10.0.0.1:1", "\"ROLE\"", 9999)) }
        #expect(hides(&traffic, "10.0.0.1:2", "\"CLIENT\" \"ID\"", 1001))
        #expect(hides(&traffic, "10.0.0.1:2", "\"PING\"", 1001))
        // From here on a client speaks over it.
        #expect(!hides(&traffic, "10.0.0.1:2", "\"PING\"", 1001))
        #expect(!hides(&traffic, "10.0.0.1:3", "\"PING\"", 99_000))
        #expect(!hides(&traffic, "10.0.0.2:1", "\"PING\"", 1001))
        // The port belongs to another link now.
        traffic.settles(from: bytes("10.0.0.1:1"), count: 1, now: 2000)
        #expect(hides(&traffic, "10.0.0.1:1", "\"ROLE\"", 2001))
        #expect(!hides(&traffic, "10.0.0.1:1", "\"ROLE\"", 2001))
    }

    @Test("what is remembered has a bound")
    func bound() {
        var traffic = OwnTraffic()
        for port in 0..<1000 { traffic.speaks(from: bytes("10.0.0.1:\(port)")) }
        #expect(!hides(&traffic, "10.0.0.1:1", "\"ROLE\"", 1))
        #expect(hides(&traffic, "10.0.0.1:999", "\"ROLE\"", 1))
    }
}
