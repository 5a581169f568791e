import Forwarding
import Testing

@Suite("What MONITOR shows of the proxy itself") struct OwnTrafficTests {
    /// What one monitor is spared.
    private final class Monitor {
        var traffic: OwnTraffic
        var view: OwnTraffic.View

        init(_ traffic: OwnTraffic = OwnTraffic()) { (self.traffic, view) = (traffic, traffic.view()) }

        func hides(_ address: String, _ command: String, _ now: Int) -> Bool {
            traffic.isShown(by: bytes("+1339518083.107412 [0 \(address)] \(command)\r\n").span, now: now, in: &view)
        }
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
        let monitor = Monitor()
        monitor.traffic.speaks(from: bytes("10.0.0.1:1"))
        monitor.traffic.settles(from: bytes("10.0.0.1:2"), count: 2, now: 1000)
        monitor.traffic.settles(from: bytes("10.0.0.1:3"), count: 2, now: 1000)
        for _ in 0..<5 { #expect(monitor.hides("10.0.0.1:1", "\"ROLE\"", 9999)) }
        #expect(monitor.hides("10.0.0.1:2", "\"CLIENT\" \"ID\"", 1001))
        #expect(monitor.hides("10.0.0.1:2", "\"PING\"", 1001))
        // From here on a client speaks over it.
        #expect(!monitor.hides("10.0.0.1:2", "\"PING\"", 1001))
        #expect(!monitor.hides("10.0.0.1:3", "\"PING\"", 99_000))
        #expect(!monitor.hides("10.0.0.2:1", "\"PING\"", 1001))
        // The port belongs to another link now.
        monitor.traffic.settles(from: bytes("10.0.0.1:1"), count: 1, now: 2000)
        #expect(monitor.hides("10.0.0.1:1", "\"ROLE\"", 2001))
        #expect(!monitor.hides("10.0.0.1:1", "\"ROLE\"", 2001))
    }

    @Test("of a link that is made ready for one client after another, only what does that is hidden, however far behind the monitor is")
    func preparations() {
        let monitor = Monitor()
        monitor.traffic.settles(from: bytes("10.0.0.1:2"), count: 1, now: 1000)
        monitor.traffic.prepares(from: bytes("10.0.0.1:2"), count: 1, now: 1000)
        monitor.traffic.prepares(from: bytes("10.0.0.1:2"), count: 2, now: 1001)
        let shown = ["ROLE", "SELECT 9", "MULTI", "GET k", "EXEC", "SELECT 0", "CLIENT SETNAME x", "MULTI", "select 3", "SELECT 4"].filter { line in
            !monitor.hides("10.0.0.1:2", line.split(separator: " ").map { "\"\($0)\"" }.joined(separator: " "), 1002)
        }
        #expect(shown == ["MULTI", "GET k", "EXEC", "MULTI", "select 3", "SELECT 4"])
    }

    @Test("what clients ask is shown, even where the monitor was sent what settles a link before that is known")
    func late() {
        let monitor = Monitor()
        monitor.traffic.settles(from: bytes("10.0.0.1:2"), count: 3, now: 1000)
        for command in ["\"WATCH\" \"k\"", "\"SET\" \"k\" \"v\"", "\"client\" \"id\"", "\"SELECTED\"", "\"INFO\""] { #expect(!monitor.hides("10.0.0.1:2", command, 1001), "\(command)") }
        #expect(monitor.hides("10.0.0.1:2", "\"PING\"", 1001))
    }

    @Test("a port that was the proxy's may be another program's by now, whose commands are shown")
    func ports() {
        let monitor = Monitor()
        monitor.traffic.speaks(from: bytes("10.0.0.1:1"))
        monitor.traffic.looks(from: bytes("10.0.0.1:2"), now: 1000)
        #expect(!monitor.hides("10.0.0.1:1", "\"SET\" \"k\" \"v\"", 1001))
        #expect(!monitor.hides("10.0.0.1:2", "\"SET\" \"k\" \"v\"", 1001))
        #expect(monitor.hides("10.0.0.1:2", "\"PING\"", 1001))
        #expect(!monitor.hides("10.0.0.1:2", "\"PING\"", 99_000))
        // However many links are made, the watch's own questions stay hidden.
        for port in 0..<1000 { monitor.traffic.settles(from: bytes("10.0.0.2:\(port)"), count: 1, now: 1001) }
        #expect(monitor.hides("10.0.0.1:1", "\"ROLE\"", 99_000))
    }

    @Test("each monitor is spared the same")
    func several() {
        let (first, second) = (Monitor(), Monitor())
        first.traffic.settles(from: bytes("10.0.0.1:2"), count: 1, now: 1000)
        second.traffic = first.traffic
        #expect(first.hides("10.0.0.1:2", "\"PING\"", 1001))
        #expect(second.hides("10.0.0.1:2", "\"PING\"", 1001))
        #expect(!first.hides("10.0.0.1:2", "\"PING\"", 1001))
        #expect(!second.hides("10.0.0.1:2", "\"PING\"", 1001))
    }

    @Test("of a link that has begun to settle before the monitor did, nothing is hidden: it may be a client's by now")
    func before() {
        var traffic = OwnTraffic()
        traffic.settles(from: bytes("10.0.0.1:2"), count: 3, now: 1000)
        traffic.speaks(from: bytes("10.0.0.1:1"))
        let monitor = Monitor(traffic)
        #expect(!monitor.hides("10.0.0.1:2", "\"PING\"", 1001))
        #expect(monitor.hides("10.0.0.1:1", "\"ROLE\"", 1001))
    }

    @Test("what is remembered has a bound")
    func bound() {
        let monitor = Monitor()
        for port in 0..<1000 { monitor.traffic.speaks(from: bytes("10.0.0.1:\(port)")) }
        #expect(!monitor.hides("10.0.0.1:1", "\"ROLE\"", 1))
        #expect(monitor.hides("10.0.0.1:999", "\"ROLE\"", 1))
    }
}
