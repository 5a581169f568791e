import Forwarding
import Testing

@Suite("What a client is shown by MONITOR") struct MonitorFilterTests {
    /// What one client is shown.
    private final class Monitor {
        var filter = MonitorFilter(MonitorFilterTests.traffic())

        func shown(_ pieces: String) -> String { text(filter.shown(bytes(pieces).span, traffic: MonitorFilterTests.traffic(), now: 1)) }
    }

    private static let ours = "+1.5 [0 10.0.0.1:1] \"ROLE\"\r\n"
    private static let theirs = "+1.5 [3 10.0.0.2:7] \"get\" \"[0 10.0.0.1:1] x\"\r\n"

    private static func traffic() -> OwnTraffic {
        var traffic = OwnTraffic()
        traffic.speaks(from: bytes("10.0.0.1:1"))
        return traffic
    }

    @Test("in whatever pieces the lines come, those of the proxy are left out, and all others are whole")
    func pieces() {
        let script = "+OK\r\n" + Self.ours + Self.theirs + Self.ours + Self.ours + Self.theirs + "+RESET\r\n"
        for size in 1...script.utf8.count {
            var filter = MonitorFilter(MonitorFilterTests.traffic())
            var shown: [UInt8] = []
            let all = bytes(script)
            for start in stride(from: 0, to: all.count, by: size) {
                shown += filter.shown(all.span.extracting(start..<min(all.count, start + size)), traffic: Self.traffic(), now: 1)
            }
            #expect(text(shown) == "+OK\r\n" + Self.theirs + Self.theirs + "+RESET\r\n", "\(size)")
        }
    }

    @Test("once other replies may stand among the lines, all of them pass")
    func off() {
        let monitor = Monitor()
        #expect(monitor.shown(Self.ours + "+1.5 [0 10.0.0.1:1] \"RO") == "")
        monitor.filter.turnOff()
        #expect(monitor.shown("LE\"\r\n" + Self.ours) == Self.ours + Self.ours)
    }

    @Test("what names no sender is kept back no longer than within a bound")
    func bound() {
        let monitor = Monitor()
        let long = "+" + String(repeating: "x", count: 600)
        #expect(monitor.shown(long) == long)
        #expect(monitor.shown("y") == "y")
    }
}
