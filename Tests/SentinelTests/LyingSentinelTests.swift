import Bytes
import Sentinel
import Testing

/// One sentinel, or a few, that lie; the others tell what is.
@Suite("Agreement: sentinels that lie") struct LyingSentinelTests {
    private let truth = claim("a", 1)
    private let utmost = UInt64.max
    /// As far above the truth as one alone may be.
    private let furthest: UInt64 = 1001
    private let evil = Endpoint(host: "evil", port: 6379)
    private var evilClaim: MasterClaim { MasterClaim(evil, epoch: utmost) }

    /// Whether any of `actions` asks the liar's server anything, or adopts it.
    private func touches(_ actions: [MasterAgreement.Action]) -> Bool {
        actions.contains { action in
            switch action {
            case .probe(let claim), .adopt(let claim): claim.endpoint == evil
            default: false
            }
        }
    }

    @Test("a server that only one sentinel names is asked nothing, in whichever role and order it is named", arguments: [3, 5])
    func unknownServer(count: Int) {
        var watched = Watched(adopted: truth, sentinels: count)
        let done1 = watched.reports("s1", truth, replicas: Watched.group + [evil])
        #expect(!touches(done1))
        let done2 = watched.reports("s1", evilClaim, replicas: Watched.group + [evil])
        #expect(!touches(done2))
        for _ in 0..<50 {
            let done3 = watched.passes(500, saying: ["s2": truth, "s3": truth])
            #expect(!touches(done3))
            let done4 = watched.reports("s1", evilClaim, replicas: [evil])
            #expect(!touches(done4))
        }
        #expect(!watched.agreement.knows(evil))
        #expect(watched.agreement.adopted == truth)
        #expect(!watched.agreement.isSuspended)
    }

    @Test("two liars of five move nobody")
    func twoLiars() {
        var watched = Watched(adopted: truth, sentinels: 5)
        for _ in 0..<10 {
            for liar in ["s1", "s2"] {
                let done = watched.reports(liar, evilClaim, replicas: [evil])
                #expect(!touches(done))
            }
            let done5 = watched.passes(500, saying: ["s3": truth, "s4": truth, "s5": truth])
            #expect(!touches(done5))
        }
        #expect(watched.agreement.adopted == truth)
    }

    @Test("a liar that answers first, and alone for a while, decides nothing")
    func first() {
        var watched = Watched()
        #expect(watched.reports("s1", evilClaim, replicas: [evil]).isEmpty)
        #expect(watched.passes(1500, saying: ["s1": evilClaim]).isEmpty)
        let done6 = watched.reports("s2", truth)
        #expect(!touches(done6))
        _ = watched.reports("s3", truth)
        let done7 = watched.roleIs(truth, master: true)
        #expect(done7.contains(.adopt(truth)))
    }

    @Test("the truth is found at the start though a liar names a replica under the highest epoch that one alone may tell")
    func replicaAtTheStart() {
        var watched = Watched()
        let lie = claim("b", furthest)
        _ = watched.reports("s1", lie)
        let done8 = watched.reports("s2", truth)
        #expect(done8.contains(.probe(lie)))
        #expect(watched.reports("s3", truth).isEmpty)
        #expect(watched.roleIs(lie, master: false) == [.probe(truth)])
        let done9 = watched.roleIs(truth, master: true)
        #expect(done9.first == .adopt(truth))
    }

    @Test("a failover is followed though a liar goes on naming a replica, or the old master, under the highest epoch", arguments: ["a", "c"])
    func failover(named: String) {
        var watched = Watched(adopted: truth)
        let lie = claim(named, utmost)
        let next = claim("b", 2)
        for action in watched.reports("s1", lie) { if case .probe(lie) = action { _ = watched.roleIs(lie, master: false) } }
        var actions = watched.reports("s2", next) + watched.reports("s3", next)
        if !actions.contains(.probe(next)) { actions += watched.roleIs(lie, master: false) }
        #expect(actions.contains(.probe(next)))
        let done10 = watched.roleIs(next, master: true)
        #expect(done10.first == .adopt(next))
    }

    @Test("one sentinel cannot lift the epoch of the master in force")
    func liftedEpoch() {
        var watched = Watched(adopted: truth)
        #expect(watched.reports("s1", claim("a", utmost)).isEmpty)
        #expect(watched.passes(10_000, saying: ["s1": claim("a", utmost), "s2": truth, "s3": truth]) == [.contradicted(by: SentinelID("s1"), claim("a", utmost))])
        #expect(watched.agreement.adopted == truth)
    }

    @Test("the highest epoch binds nobody for ever: once that server says that it is no master, the majority's stands")
    func abdication() {
        var watched = Watched(adopted: truth)
        // A replica that was promoted by mistake, or by the liar.
        let lie = claim("b", furthest)
        #expect(watched.reports("s1", lie) == [.probe(lie)])
        let done11 = watched.roleIs(lie, master: true)
        #expect(done11.first == .adopt(lie))
        let all: [String: MasterClaim?] = ["s1": lie, "s2": truth, "s3": truth]
        let done12 = watched.passes(10_000, saying: all)
        #expect(!done12.contains(.probe(truth)))
        _ = watched.agreement.masterAnswered(isMaster: false, now: watched.now)
        let done13 = watched.passes(3500, saying: all)
        #expect(done13.contains(.probe(truth)))
        let done14 = watched.roleIs(truth, master: true)
        #expect(done14.first == .adopt(truth))
    }

    @Test("an epoch that no majority comes near is not believed, though its server says that it is a master", arguments: [
        (3, ["s1"]), (5, ["s1"]), (5, ["s1", "s2"]),
    ] as [(Int, [String])], [UInt64.max, 5000])
    func leap(_ liars: (count: Int, names: [String]), epoch: UInt64) {
        let lie = claim("b", epoch)
        var watched = Watched(adopted: truth, sentinels: liars.count)
        let others = (1...liars.count).map { "s\($0)" }.filter { !liars.names.contains($0) }
        var all: [String: MasterClaim?] = [:]
        for name in liars.names { all[name] = lie }
        for name in others { all[name] = truth }
        let told = watched.passes(10_000, saying: all)
        #expect(told.allSatisfy { if case .contradicted = $0 { true } else { false } })
        // The next honest failover is followed as if there were no lie, at the first word of it.
        let next = claim("c", 2)
        #expect(watched.reports(others[0], next) == [.probe(next)])
        #expect(watched.roleIs(next, master: true).first == .adopt(next))
        // A majority is believed at once.
        for name in liars.names + others { _ = watched.reports(name, lie) }
        #expect(watched.roleIs(lie, master: true).first == .adopt(lie))
    }

    @Test("one who is near is believed at once, and does not climb alone")
    func climbing() {
        var watched = Watched(adopted: truth)
        let near = claim("b", furthest)
        #expect(watched.reports("s1", near) == [.probe(near)])
        #expect(watched.roleIs(near, master: true).first == .adopt(near))
        #expect(!watched.reports("s1", claim("c", 2 * furthest)).contains(.probe(claim("c", 2 * furthest))))
    }

    @Test("nor is it believed while the others are silent, or when only a hello tells it")
    func leapInSilence() {
        var watched = Watched(adopted: truth)
        let lie = claim("b", utmost)
        let done = watched.passes(20_000, saying: ["s1": lie])
        #expect(!done.contains(.probe(lie)))
        #expect(watched.agreement.helloHeard(lie, now: watched.now).isEmpty)
        #expect(watched.agreement.pendingHello == nil)
        watched.agreement.wokeUp(now: watched.now)
        #expect(!watched.reports("s1", lie).contains(.probe(lie)))
    }

    @Test("who contradicts the majority is told of once, and again only after agreeing")
    func contradiction() {
        var watched = Watched(adopted: truth)
        let lying: [String: MasterClaim?] = ["s1": evilClaim, "s2": truth, "s3": truth]
        let told = MasterAgreement.Action.contradicted(by: SentinelID("s1"), evilClaim)
        #expect(watched.passes(2500, saying: lying).isEmpty)
        #expect(watched.passes(10_000, saying: lying) == [told])
        #expect(watched.agreement.isContradicted(by: SentinelID("s1")))
        #expect(watched.passes(1000, saying: ["s1": truth, "s2": truth, "s3": truth]).isEmpty)
        #expect(!watched.agreement.isContradicted(by: SentinelID("s1")))
        #expect(watched.passes(5000, saying: lying) == [told])
    }

    @Test("after a sleep the master is confirmed although a liar names another")
    func sleep() {
        var watched = Watched(adopted: truth)
        watched.agreement.wokeUp(now: watched.now)
        let lie = claim("b", utmost)
        _ = watched.reports("s1", lie)
        let done15 = watched.agreement.isConfirmed(now: watched.now)
        #expect(!done15)
        _ = watched.roleIs(lie, master: false)
        _ = watched.reports("s2", truth)
        let done16 = watched.agreement.isConfirmed(now: watched.now)
        #expect(done16)
    }
}

@Suite("Agreement: the servers of a group") struct KnownServerTests {
    private let truth = claim("a", 1)
    private let new = Endpoint(host: "new", port: 6379)

    @Test("a replica that has just come is known once a majority names it, and then wins at once")
    func newReplica() {
        var watched = Watched(adopted: truth)
        let promoted = MasterClaim(new, epoch: 2)
        _ = watched.reports("s1", truth, replicas: [new])
        #expect(!watched.agreement.knows(new))
        #expect(watched.reports("s1", promoted).isEmpty)
        let done17 = watched.reports("s2", truth, replicas: [new])
        #expect(done17.contains(.probe(promoted)))
        #expect(watched.agreement.knows(new))
    }

    @Test("a server stays known while no majority answers, and is forgotten a minute after a majority has ceased to name it")
    func forgetting() {
        var watched = Watched(adopted: truth)
        for sentinel in ["s1", "s2"] { _ = watched.reports(sentinel, truth, replicas: [new]) }
        #expect(watched.agreement.knows(new))
        _ = watched.passes(300_000)
        for sentinel in ["s1", "s2", "s3"] { _ = watched.reports(sentinel, truth, replicas: []) }
        #expect(watched.agreement.knows(new))
        for _ in 0..<150 {
            _ = watched.passes(500)
            for sentinel in ["s1", "s2", "s3"] { _ = watched.reports(sentinel, truth, replicas: []) }
        }
        #expect(!watched.agreement.knows(new))
        #expect(watched.agreement.knows(truth.endpoint))
    }

    @Test("a sentinel that others name is taken in only where a majority of those who count names it")
    func vouching() {
        let members = Set((1...3).map { SentinelID("s\($0)") })
        let peer = SentinelPeer(endpoint: Endpoint(host: "s4", port: 26379), runID: "4")
        var vouching = PeerVouching()
        vouching.told(by: SentinelID("s1"), [peer])
        vouching.told(by: SentinelID("s9"), [peer])
        #expect(!vouching.isVouched(peer, by: members))
        vouching.told(by: SentinelID("s2"), [peer])
        #expect(vouching.isVouched(peer, by: members))
        #expect(vouching.isVouched(peer, by: [SentinelID("s1")]))
        vouching.told(by: SentinelID("s2"), [SentinelPeer(endpoint: peer.endpoint, runID: "5")])
        #expect(!vouching.isVouched(peer, by: members))
        vouching.told(by: SentinelID("s2"), [peer])
        vouching.keep([SentinelID("s2")])
        #expect(!vouching.isVouched(peer, by: members))
    }
}
