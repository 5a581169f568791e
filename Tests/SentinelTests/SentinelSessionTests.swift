import Bytes
import RESP
import Testing

@testable import Sentinel

/// What redis-sentinel 7.0.15 answers, taken from a running one.
enum Captured {
    static let runID = "c57bb053f506a50147fa48b3f853bda28671cd84"
    static func master(_ epoch: String = "3", flags: String = "master") -> String {
        list("name", "mymaster", "ip", "127.0.0.1", "port", "17379", "runid", "5866b54aac400db0690f8ec264e55ae4c5c3715c", "flags", flags,
            "link-pending-commands", "0", "link-refcount", "1", "last-ping-sent", "0", "last-ok-ping-reply", "977", "last-ping-reply", "977",
            "down-after-milliseconds", "3000", "info-refresh", "8830", "role-reported", "master", "role-reported-time", "28903", "config-epoch", epoch,
            "num-slaves", "1", "num-other-sentinels", "1", "quorum", "2", "failover-timeout", "180000", "parallel-syncs", "1")
    }
    static func replica(port: String = "17380", flags: String = "slave", link: String = "ok") -> String {
        list("name", "127.0.0.1:\(port)", "ip", "127.0.0.1", "port", port, "runid", "fa7c43300e79efad4882832c98124d19e03940e5", "flags", flags,
            "link-pending-commands", "0", "role-reported", "slave", "master-link-down-time", "0", "master-link-status", link, "master-host", "127.0.0.1",
            "master-port", "17379", "slave-priority", "100", "slave-repl-offset", "3290", "replica-announced", "1")
    }
    static let peer = list("name", "afb75d8d12881fdcfd8472aa7d9d81776c4a9673", "ip", "127.0.0.1", "port", "17382", "runid",
        "afb75d8d12881fdcfd8472aa7d9d81776c4a9673", "flags", "sentinel", "last-hello-message", "1583", "voted-leader", "?", "voted-leader-epoch", "0")
    static let address = list("127.0.0.1", "17379")
    static let noSuchMaster = "-ERR No such master with that name\r\n"
    static let round = master() + address + array([replica()]) + array([peer])
    static let report = SentinelReport(
        claim: MasterClaim(Endpoint(host: "127.0.0.1", port: 17379), epoch: 3), flags: ["master"], quorum: 2,
        replicas: [ReplicaState(endpoint: Endpoint(host: "127.0.0.1", port: 17380), flags: ["slave"], isLinkUp: true, offset: 3290)],
        peers: [SentinelPeer(endpoint: Endpoint(host: "127.0.0.1", port: 17382), runID: "afb75d8d12881fdcfd8472aa7d9d81776c4a9673")])
}

@Suite("A sentinel's report") struct SentinelReportTests {
    private func report(_ master: String, _ address: String, _ replicas: String = "*0\r\n", _ sentinels: String = "*0\r\n") throws -> SentinelReport {
        SentinelReport(master: try reply(master), address: try reply(address), replicas: try reply(replicas), sentinels: try reply(sentinels))
    }

    @Test("a real sentinel's answers are understood")
    func real() throws { #expect(try report(Captured.master(), Captured.address, array([Captured.replica()]), array([Captured.peer])) == Captured.report) }

    @Test("the address is GET-MASTER-ADDR's and the epoch SENTINEL MASTER's, for a failover's leader tells the old address beside the new epoch")
    func leader() throws {
        let told = try report(Captured.master("4", flags: "master,failover_in_progress"), list("127.0.0.1", "17380"))
        #expect(told.claim == MasterClaim(Endpoint(host: "127.0.0.1", port: 17380), epoch: 4))
        #expect(told.flags == ["master", "failover_in_progress"])
    }

    @Test("a sentinel that does not know the master claims nothing")
    func unknown() throws {
        #expect(try report(Captured.noSuchMaster, "*-1\r\n", Captured.noSuchMaster, Captured.noSuchMaster) == .notMonitoring)
        #expect(try report(Captured.master(), "*-1\r\n").claim == nil)
        #expect(try report(Captured.noSuchMaster, Captured.address).claim == nil)
        #expect(try report(Captured.master("x"), Captured.address).claim == nil)
        #expect(try report(Captured.master(), list("127.0.0.1", "70000")).claim == nil)
        #expect(try report(Captured.master(), list("127.0.0.1")).claim == nil)
    }

    @Test("a replica is online while its link stands and its sentinel reaches it", arguments: [
        ("slave", "ok", true), ("slave", "err", false), ("s_down,slave", "ok", false), ("slave,disconnected", "ok", false),
    ])
    func online(flags: String, link: String, isOnline: Bool) throws {
        let told = try report(Captured.master(), Captured.address, array([Captured.replica(flags: flags, link: link)]))
        #expect(told.replicas.map(\.isOnline) == [isOnline])
    }

    @Test("rows without an address are left out")
    func rows() throws {
        let rows = array([list("ip", "", "port", "1"), list("ip", "a", "port", "0"), list("port", "1"), list("ip", "b", "port", "x"), Captured.replica()])
        let told = try report(Captured.master(), Captured.address, rows, rows)
        #expect(told.replicas.map(\.endpoint.port) == [17380])
        #expect(told.peers.map(\.endpoint.port) == [17380])
    }
}

@Suite("Asking a sentinel") struct SentinelQuerySessionTests {
    private let questions =
        CommandWriter.encode("SENTINEL", "MASTER", "mymaster") + CommandWriter.encode("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster")
        + CommandWriter.encode("SENTINEL", "REPLICAS", "mymaster") + CommandWriter.encode("SENTINEL", "SENTINELS", "mymaster")
    private let greeting = CommandWriter.encode("CLIENT", "SETNAME", "mastergate") + CommandWriter.encode("SENTINEL", "MYID")

    private func answers(_ session: inout SentinelQuerySession, _ wire: String, piece: Int = .max) throws -> (answers: [SentinelQuerySession.Answer], output: [UInt8]) {
        var rest = bytes(wire)[...]
        var result: (answers: [SentinelQuerySession.Answer], output: [UInt8]) = ([], [])
        while !rest.isEmpty {
            let part = try rest.prefix(piece).withUnsafeBytes { try session.received($0) }
            result = (result.answers + part.answers, result.output + part.output)
            rest = rest.dropFirst(piece)
        }
        return result
    }

    @Test("a sentinel that refuses every question reports nothing, and so has no say")
    func refusing() throws {
        var session = SentinelQuerySession(masterNames: ["mymaster"])
        _ = session.opened(user: nil, password: nil)
        let refusal = "-NOAUTH Authentication required.\r\n"
        let told = try answers(&session, String(repeating: refusal, count: 6)).answers
        #expect(!told.isEmpty)
        for answer in told { #expect(answer == .refused("NOAUTH Authentication required.")) }
    }

    @Test("all is asked at once; the password goes first")
    func opening() {
        var plain = SentinelQuerySession(masterNames: ["mymaster"])
        #expect(plain.opened(user: nil, password: nil) == greeting + questions)
        var locked = SentinelQuerySession(masterNames: ["mymaster"])
        #expect(locked.opened(user: bytes("u"), password: bytes("p")) == CommandWriter.encode("AUTH", "u", "p") + greeting + questions)
        var old = SentinelQuerySession(masterNames: ["mymaster"])
        #expect(old.opened(user: nil, password: bytes("p")).starts(with: CommandWriter.encode("AUTH", "p")))
    }

    @Test("the answers are told in pieces of any size", arguments: [1, 2, 3, 7, 64, 1000, Int.max])
    func pieces(piece: Int) throws {
        var session = SentinelQuerySession(masterNames: ["mymaster"])
        _ = session.opened(user: nil, password: bytes("p"))
        let isAsking = session.isAsking
        #expect(isAsking)
        let told = try answers(&session, "+OK\r\n+OK\r\n" + bulk(Captured.runID) + Captured.round, piece: piece)
        #expect(told.answers == [.identified(runID: Captured.runID), .reported(masterName: "mymaster", Captured.report)])
        #expect(told.output.isEmpty)
        let isStillAsking = session.isAsking
        #expect(!isStillAsking)
    }

    @Test("a wish that comes while questions are open is granted once, when they are answered")
    func again() throws {
        var session = SentinelQuerySession(masterNames: ["mymaster"])
        _ = session.opened(user: nil, password: nil)
        #expect(session.ask().isEmpty)
        #expect(session.ask().isEmpty)
        #expect(try answers(&session, "+OK\r\n" + bulk(Captured.runID) + Captured.round).output == questions)
        let isAsking = session.isAsking
        #expect(isAsking)
        let second = try answers(&session, Captured.round)
        #expect(second.answers == [.reported(masterName: "mymaster", Captured.report)])
        #expect(second.output.isEmpty)
        #expect(session.ask() == questions)
    }

    @Test("several masters are told apart, round after round")
    func masters() throws {
        var session = SentinelQuerySession(masterNames: ["mymaster", "other"])
        _ = session.opened(user: nil, password: nil)
        let unknown = Captured.noSuchMaster + "*-1\r\n" + Captured.noSuchMaster + Captured.noSuchMaster
        let told = try answers(&session, "+OK\r\n" + bulk(Captured.runID) + Captured.round + unknown)
        #expect(told.answers.dropFirst() == [.reported(masterName: "mymaster", Captured.report), .reported(masterName: "other", .notMonitoring)])
        // Which masters it does monitor is asked once.
        #expect(told.output == CommandWriter.encode("SENTINEL", "MASTERS"))
        #expect(try answers(&session, array([Captured.master(), list("name", "third"), ":1\r\n"])).answers == [.monitors(["mymaster", "third"])])
        _ = session.ask()
        let next = try answers(&session, unknown + Captured.round).answers
        #expect(next == [.reported(masterName: "mymaster", .notMonitoring), .reported(masterName: "other", Captured.report)])
    }

    @Test("a refusal is told in the sentinel's words")
    func refused() throws {
        var session = SentinelQuerySession(masterNames: ["mymaster"])
        _ = session.opened(user: nil, password: bytes("p"))
        let wrong = "WRONGPASS invalid username-password pair or user is disabled."
        #expect(try answers(&session, "-\(wrong)\r\n-NOAUTH Authentication required.\r\n-NOAUTH Authentication required.\r\n").answers == [.refused(wrong), .refused("NOAUTH Authentication required.")])
    }

    @Test("bytes that are no RESP end the connection")
    func malformed() {
        var session = SentinelQuerySession(masterNames: ["mymaster"])
        _ = session.opened(user: nil, password: nil)
        #expect(throws: ReplyError(.unknownMarker(UInt8(ascii: "H")))) { _ = try answers(&session, "HTTP/1.1 400\r\n") }
    }
}

@Suite("A sentinel's events") struct SentinelEventTests {
    private func confirmations(_ count: Int = SentinelEvent.channels.count) -> String {
        SentinelEvent.channels.prefix(count).enumerated().map { "*3\r\n" + bulk("subscribe") + bulk($1) + ":\($0 + 1)\r\n" }.joined()
    }

    @Test("every channel is subscribed in one command, and told once all are")
    func subscription() throws {
        var session = SentinelSubscriptionSession()
        let opening = session.opened(user: nil, password: bytes("p"))
        var expected = CommandWriter.encode("AUTH", "p")
        CommandWriter.append((["SUBSCRIBE"] + SentinelEvent.channels).map { bytes($0) }, to: &expected)
        #expect(opening == expected)
        #expect(Set(SentinelEvent.channels).count == SentinelEvent.channels.count)
        #expect(try bytes("+OK\r\n" + confirmations(SentinelEvent.channels.count - 1)).withUnsafeBytes { try session.received($0) }.isEmpty)
        let last = "*3\r\n" + bulk("subscribe") + bulk(SentinelEvent.channels.last ?? "") + ":\(SentinelEvent.channels.count)\r\n"
        #expect(try bytes(last).withUnsafeBytes { try session.received($0) } == [.subscribed])
    }

    @Test("events come out whole, byte by byte; a pong is none")
    func events() throws {
        var session = SentinelSubscriptionSession()
        #expect(session.ping() == CommandWriter.encode("PING"))
        let payload = "mymaster 127.0.0.1 6379 127.0.0.1 6380"
        var notices: [SentinelSubscriptionSession.Notice] = []
        for byte in bytes(confirmations() + list("pong", "") + list("message", "+switch-master", payload) + "-NOAUTH no\r\n") {
            notices += try [byte].withUnsafeBytes { try session.received($0) }
        }
        #expect(notices == [.subscribed, .event(SentinelEvent(channel: "+switch-master", payload: payload)), .refused("NOAUTH no")])
        #expect(throws: ReplyError.self) { try bytes("x").withUnsafeBytes { _ = try session.received($0) } }
    }

    @Test("an event names its master wherever the channel puts it", arguments: [
        ("+switch-master", "mymaster 127.0.0.1 6379 127.0.0.1 6380", "mymaster"), ("+sdown", "master mymaster 127.0.0.1 6379", "mymaster"),
        ("+odown", "master mymaster 127.0.0.1 6379 #quorum 2/2", "mymaster"), ("+slave", "slave 127.0.0.1:6380 127.0.0.1 6380 @ mymaster 127.0.0.1 6379", "mymaster"),
        ("+sentinel", "sentinel afb7 127.0.0.1 17382 @ mymaster 127.0.0.1 6379", "mymaster"), ("+promoted-slave", "slave a:1 a 1 @ m2 b 2", "m2"),
        ("+tilt", "#tilt mode entered", nil), ("+new-epoch", "7", nil), ("+switch-master", "", nil), ("+sdown", "master", nil), ("+slave", "slave x @", nil),
    ] as [(String, String, String?)])
    func names(channel: String, payload: String, master: String?) {
        let event = SentinelEvent(channel: channel, payload: payload)
        #expect(event.masterName == master)
        #expect(event.name == channel)
        #expect(event.details == payload)
    }
}
