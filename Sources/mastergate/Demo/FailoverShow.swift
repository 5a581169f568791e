import EventLoop
import Glibc
import LocalCluster
import RESP

extension Demo {
    /// Kills the master while writing through the proxy, prints the timeline, and proves that both fronts work after it.
    ///
    /// - Throws: when no failover comes about, or a front does not read and write afterwards.
    func showFailover() throws {
        try exerciseFronts(tag: "before")
        Self.say("Reads and writes work through 127.0.0.1:\(proxy.respPort) and http://127.0.0.1:\(proxy.httpPort).")
        var watch = try FailoverWatch(cluster, respPort: proxy.respPort)
        try watch.writeFor(milliseconds: 500)
        guard let master = cluster.servers.first else { return }
        Self.say("\n+0 ms\tkill -9 \(master.name) (127.0.0.1:\(master.port))")
        watch.begin()
        master.process?.signal(SIGKILL)
        try watch.writeUntilSwitched(seconds: 40)
        Self.say(
            """

            Outage: \(watch.outageMilliseconds) ms between the last write acknowledged before and the first one after it.
            Writes: \(watch.acknowledged) acknowledged, \(watch.refused) refused as not executed, \(watch.unknown) with unknown outcome.
            """)
        try exerciseFronts(tag: "after")
        Self.say("Reads and writes work through both fronts again.")
    }

    /// Writes and reads through both fronts.
    private func exerciseFronts(tag: String) throws {
        try Patience.wait("reads and writes through both fronts", seconds: 15) {
            let redis = try proxy.resp()
            guard try redis.command("SET", "demo:resp", tag) == .simpleString("OK"),
                try redis.command("GET", "demo:resp").text == tag
            else { return false }
            let http = try proxy.http()
            return try http.get("/SET/demo:http/\(tag)").text == #"{"SET":[true,"OK"]}"#
                && http.get("/GET/demo:http").text == #"{"GET":"\#(tag)"}"#
        }
    }
}

/// Writes through the proxy and listens to every sentinel at once, and keeps the times.
struct FailoverWatch {
    private static let shown: Set<String> = [
        "+sdown", "+odown", "+new-epoch", "+elected-leader", "+selected-slave", "+promoted-slave", "+switch-master",
    ]

    private let cluster: LocalCluster
    private let respPort: UInt16
    private let sentinels: [(name: String, client: RESPClient)]
    private var writer: RESPClient?
    private var isAwaiting = false
    private var sequence = 0
    private var startedAt = 0
    private var lastAcknowledgedAt = 0
    private var printed: Set<String> = []
    private var hasSwitched = false
    private(set) var acknowledged = 0
    private(set) var refused = 0
    private(set) var unknown = 0
    /// Longest time without an acknowledged write.
    private(set) var outageMilliseconds = 0

    init(_ cluster: LocalCluster, respPort: UInt16) throws {
        self.cluster = cluster
        self.respPort = respPort
        sentinels = try cluster.sentinels.map { node in
            let client = try cluster.sentinelClient(node)
            try client.command("PSUBSCRIBE", "*")
            return (node.name, client)
        }
    }

    mutating func begin() {
        startedAt = MonotonicClock.nowMicroseconds()
        lastAcknowledgedAt = startedAt
        outageMilliseconds = 0
    }

    mutating func writeFor(milliseconds: Int) throws {
        let end = MonotonicClock.nowMicroseconds() + milliseconds * 1000
        while MonotonicClock.nowMicroseconds() < end { try turn() }
    }

    /// Writes on until the sentinels have switched and a write has been acknowledged behind that.
    mutating func writeUntilSwitched(seconds: Int) throws {
        let end = MonotonicClock.nowMicroseconds() + seconds * 1_000_000
        while MonotonicClock.nowMicroseconds() < end {
            try turn()
            if hasSwitched, outageMilliseconds > 100, !isAwaiting {
                try writeFor(milliseconds: 1500)
                return
            }
        }
        throw IOError("failover", detail: "no write was acknowledged within \(seconds) s")
    }

    private var sinceStart: Int { (MonotonicClock.nowMicroseconds() - startedAt) / 1000 }

    private mutating func turn() throws {
        try Demo.checkInterrupted()
        sendIfIdle()
        let streams = sentinels.map(\.client.stream) + (writer.map { [$0.stream] } ?? [])
        for index in BlockingStream.readable(streams, waitMilliseconds: 2) {
            if index < sentinels.count { try readEvents(of: sentinels[index].name, sentinels[index].client) } else { readReply() }
        }
    }

    private mutating func sendIfIdle() {
        guard !isAwaiting else { return }
        do {
            let client = try writer ?? RESPClient(port: respPort)
            writer = client
            sequence += 1
            try client.send("SET", "demo:sequence", "\(sequence)")
            isAwaiting = true
        } catch {
            writer = nil
        }
    }

    private mutating func readReply() {
        do {
            guard let reply = try writer?.replyIfReadable() else { return }
            isAwaiting = false
            if case .error(let text) = reply {
                if text.hasPrefix("NOMASTER") || text.hasPrefix("READONLY") { refused += 1 } else { unknown += 1 }
                return
            }
            noteAcknowledged()
        } catch {
            // The connection went with a write under way.
            unknown += 1
            writer = nil
            isAwaiting = false
        }
    }

    private mutating func noteAcknowledged() {
        acknowledged += 1
        let now = MonotonicClock.nowMicroseconds()
        let gap = (now - lastAcknowledgedAt) / 1000
        lastAcknowledgedAt = now
        guard startedAt > 0, gap > outageMilliseconds else { return }
        outageMilliseconds = gap
        if gap > 100 { Demo.say("+\(sinceStart) ms\tfirst write acknowledged through Mastergate") }
    }

    private mutating func readEvents(of sentinel: String, _ client: RESPClient) throws {
        var next = try client.replyIfReadable()
        while let event = next {
            next = try client.bufferedReply()
            guard let parts = event.elements, parts.count == 4, let channel = parts[2].text, let details = parts[3].text,
                startedAt > 0
            else { continue }
            if channel == "+switch-master" { hasSwitched = true }
            guard Self.shown.contains(channel), printed.insert(channel).inserted else { continue }
            Demo.say("+\(sinceStart) ms\t\(channel) (\(sentinel)): \(details)")
        }
    }
}
