import Bytes
import Sentinel
import Testing

@Suite("Hellos on a server's channel") struct HelloTests {
    private let old = claim("a", 1)
    private let new = claim("b", 2)

    @Test("a hello is read as sentinels write it, and nothing else is")
    func parsing() {
        let hello = SentinelHello("10.0.0.5,26379,5a48db201faa02376b8b8f4cc8a7d9a998c18f06,7,mymaster,10.0.0.2,6380,7")
        #expect(hello?.runID == "5a48db201faa02376b8b8f4cc8a7d9a998c18f06")
        #expect(hello?.masterName == "mymaster")
        #expect(hello?.claim == MasterClaim(Endpoint(host: "10.0.0.2", port: 6380), epoch: 7))
        #expect(SentinelHello("::1,26379,x,7,m,fd00::2,6380,7")?.claim.endpoint == Endpoint(host: "fd00::2", port: 6380))
        for text in ["", "hello", "a,1,x,1,m,b,0,1", "a,1,x,1,m,b,70000,1", "a,1,x,1,m,b,1,-1", "a,1,x,1,,b,1,1", "a,1,x,1,m,,1,1", "a,1,x,1,m,b,1", "a,1,x,1,m,b,1,1,1"] {
            #expect(SentinelHello(text) == nil, "\(text)")
        }
    }

    @Test("the channel is subscribed to, behind the password, and hellos come out of what it brings, however it is cut", arguments: [1, 7, 1000])
    func session(piece: Int) throws {
        var session = HelloSession()
        let opening = session.opened(user: bytes("u"), password: bytes("p"))
        #expect(String(decoding: opening, as: UTF8.self).hasSuffix("*2\r\n$9\r\nSUBSCRIBE\r\n$18\r\n__sentinel__:hello\r\n"))
        #expect(String(decoding: opening, as: UTF8.self).hasPrefix("*3\r\n$4\r\nAUTH\r\n"))
        let wire = bytes(
            "+OK\r\n" + array([bulk("subscribe"), bulk("__sentinel__:hello"), ":1\r\n"])
                + list("message", "__sentinel__:hello", "10.0.0.5,26379,x,7,mymaster,10.0.0.2,6380,7") + list("message", "__sentinel__:hello", "forged")
                + list("pong", ""))
        var hellos: [SentinelHello] = []
        for start in stride(from: 0, to: wire.count, by: piece) {
            try wire[start..<min(wire.count, start + piece)].withUnsafeBytes { hellos += try session.received($0).hellos }
        }
        #expect(hellos.map(\.claim) == [MasterClaim(Endpoint(host: "10.0.0.2", port: 6380), epoch: 7)])
    }

    @Test("where no sentinel answers for itself, a hello of a higher epoch leads to a question, and ROLE decides")
    func unanswered() {
        var watched = Watched(adopted: old)
        _ = watched.passes(10)
        let heard1 = watched.agreement.helloHeard(new, now: watched.now)
        #expect(heard1.isEmpty)
        #expect(watched.passes(100).isEmpty)
        #expect(watched.passes(100) == [.probe(new)])
        #expect(watched.roleIs(new, master: false).isEmpty)
        #expect(watched.passes(60) == [.probe(new)])
        #expect(watched.roleIs(new, master: true) == [.adopt(new)])
        #expect(watched.passes(500).isEmpty)
    }

    @Test("a majority of sentinels that answers since overrules it")
    func overruled() {
        var watched = Watched(adopted: old)
        _ = watched.passes(10)
        _ = watched.agreement.helloHeard(new, now: watched.now)
        #expect(watched.reports("s1", old).isEmpty)
        #expect(watched.reports("s2", old).isEmpty)
        #expect(watched.passes(400).isEmpty)
        #expect(watched.agreement.adopted == old)
    }

    @Test("one sentinel that sleeps does not overrule it, and one that knows it makes it an ordinary claim")
    func minority() {
        var watched = Watched(adopted: old)
        _ = watched.passes(10)
        _ = watched.agreement.helloHeard(new, now: watched.now)
        #expect(watched.reports("s1", old).isEmpty)
        #expect(watched.passes(200) == [.probe(new)])
        var other = Watched(adopted: old)
        _ = other.agreement.helloHeard(new, now: other.now)
        #expect(other.reports("s1", new) == [.probe(new)])
    }

    @Test("an epoch that is not higher is no news, and nothing is before there is a master")
    func notNews() {
        var watched = Watched(adopted: claim("a", 5))
        for claim in [claim("b", 5), claim("b", 4)] {
            let heard2 = watched.agreement.helloHeard(claim, now: watched.now)
            #expect(heard2.isEmpty)
            #expect(watched.passes(300).isEmpty)
        }
        var fresh = Watched()
        let heard3 = fresh.agreement.helloHeard(new, now: fresh.now)
        #expect(heard3.isEmpty)
        #expect(fresh.passes(250).isEmpty)
    }
}

@Suite("The lease") struct LeaseTests {
    private let master = claim("a", 1)

    @Test("it dates from the last time that a majority named the master")
    func majority() {
        var watched = Watched(adopted: master)
        _ = watched.passes(1000)
        #expect(watched.agreement.confirmedAt == 0)
        _ = watched.reports("s1", master)
        #expect(watched.agreement.confirmedAt == 0)
        _ = watched.passes(200)
        _ = watched.reports("s2", master)
        #expect(watched.agreement.confirmedAt == 1000)
        _ = watched.passes(300)
        _ = watched.reports("s3", master)
        #expect(watched.agreement.confirmedAt == 1200)
        _ = watched.reports("s2", claim("b", 1))
        #expect(watched.agreement.confirmedAt == 1000)
    }

    @Test("there is none without a master, nor where too few sentinels have ever named it")
    func none() {
        #expect(Watched().agreement.confirmedAt == nil)
        var watched = Watched(adopted: master)
        _ = watched.agreement.sentinelsBecameKnown(Set((1...7).map { SentinelID("s\($0)") }), now: 0)
        #expect(watched.agreement.adopted == master)
        #expect(watched.agreement.confirmedAt == nil)
    }
}

@Suite("Hints of a promotion") struct PromotionHintTests {
    @Test("the leader's word that a replica is chosen begins the wait, and its giving up ends it")
    func hints() {
        func hint(_ channel: String) -> PromotionHint? { PromotionHint(SentinelEvent(channel: channel, payload: "slave x 1 2 @ mymaster 1 2")) }
        #expect(hint("+selected-slave") == .begins)
        #expect(hint("+failover-state-send-slaveof-noone") == .begins)
        for name in ["-failover-abort-slave-timeout", "-failover-abort-no-good-slave", "-failover-abort-not-elected"] { #expect(hint(name) == .isGivenUp) }
        for name in ["+odown", "+switch-master", "+promoted-slave", "+try-failover", "+slave"] { #expect(hint(name) == nil) }
        // What begins and ends it is heard at all.
        for name in ["+selected-slave", "+failover-state-send-slaveof-noone", "-failover-abort-slave-timeout"] { #expect(SentinelEvent.channels.contains(name)) }
    }

    @Test("an event names the master that it is about, of a switch the one that is left")
    func masters() {
        func master(_ channel: String, _ payload: String) -> String? { SentinelEvent(channel: channel, payload: payload).masterAddress }
        #expect(master("+switch-master", "mymaster 127.0.0.1 6379 127.0.0.1 6380") == "127.0.0.1:6379")
        #expect(master("+switch-master", "mymaster 127.0.0.1") == nil)
        #expect(master("+promoted-slave", "slave 127.0.0.1:6380 127.0.0.1 6380 @ mymaster 127.0.0.1 6379") == "127.0.0.1:6379")
        #expect(master("+tilt", "#tilt mode entered") == nil)
    }

    @Test("only what concerns the master itself is a sign that it is in trouble")
    func signs() {
        func isSign(_ channel: String, _ payload: String) -> Bool { SentinelEvent(channel: channel, payload: payload).isSignOfTrouble }
        #expect(isSign("+sdown", "master mymaster 127.0.0.1 6379"))
        #expect(!isSign("+sdown", "slave 127.0.0.1:6380 127.0.0.1 6380 @ mymaster 127.0.0.1 6379"))
        #expect(isSign("+switch-master", "mymaster 127.0.0.1 6379 127.0.0.1 6380"))
        #expect(!isSign("+slave", "slave 127.0.0.1:6380 127.0.0.1 6380 @ mymaster 127.0.0.1 6379"))
        #expect(!isSign("+sentinel", "sentinel x 127.0.0.1 26379 @ mymaster 127.0.0.1 6379"))
    }
}
