import Sentinel
import Testing

@Suite("Agreement: the first master") struct FirstMasterTests {
    private let first = claim("a", 1)

    @Test("the first master is asked for its role as soon as a majority names it; a hung sentinel costs nothing")
    func majority() {
        var watched = Watched()
        #expect(watched.reports("s1", first).isEmpty)
        #expect(watched.reports("s2", first) == [.quorumReached(answering: 2, known: 3), .probe(first)])
        #expect(watched.agreement.adopted == nil)
        #expect(watched.roleIs(first, master: true) == [.adopt(first)])
        #expect(watched.agreement.adopted == first)
    }

    @Test("the word of fewer than a majority makes nobody the first master, however long it takes")
    func minority() {
        var watched = Watched(5)
        #expect(watched.reports("s3", first).isEmpty)
        #expect(watched.reports("s4", first).isEmpty)
        #expect(watched.passes(1000, saying: ["s3": first, "s4": first]).isEmpty)
        #expect(watched.reports("s1", first) == [.quorumReached(answering: 3, known: 5), .probe(first)])
    }

    @Test("sentinels that were told of and have never answered are waited for, and then do not count")
    func expected() {
        var watched = Watched(1)
        _ = watched.agreement.sentinelsBecameKnown([SentinelID("s1")], expected: 2, now: 0)
        #expect(watched.reports("s1", first) == [.quorumReached(answering: 1, known: 1)])
        #expect(watched.passes(299).isEmpty)
        #expect(watched.passes(1) == [.probe(first)])
    }

    @Test("the highest epoch wins from the start, even from one")
    func highest() {
        var watched = Watched()
        #expect(watched.reports("s1", claim("b", 2)).isEmpty)
        #expect(watched.reports("s2", first).last == .probe(claim("b", 2)))
        #expect(watched.reports("s3", first).isEmpty)
    }

    @Test("several servers in the first epoch wait for a majority")
    func conflict() {
        var watched = Watched()
        #expect(watched.reports("s1", claim("b", 1)).isEmpty)
        #expect(watched.reports("s2", first) == [.quorumReached(answering: 2, known: 3)])
        #expect(watched.passes(400).isEmpty)
        #expect(watched.reports("s3", first) == [.probe(first)])
    }

    @Test("no sentinel knows the master: nothing is adopted, however long it takes")
    func unknown() {
        var watched = Watched()
        for sentinel in ["s1", "s2", "s3"] { #expect(watched.reports(sentinel, nil).allSatisfy { $0 == .quorumReached(answering: 2, known: 3) }) }
        #expect(watched.passes(1000).isEmpty)
        #expect(watched.reports("s1", first) == [.probe(first)])
    }

    @Test("no majority is missed before those who have just become known have had the time to answer", arguments: [false, true])
    func justKnown(answers: Bool) {
        var watched = Watched(1)
        #expect(watched.reports("s1", first) == [.quorumReached(answering: 1, known: 1), .probe(first)])
        _ = watched.roleIs(first, master: true)
        #expect(watched.agreement.sentinelsBecameKnown([SentinelID("s1"), SentinelID("s2")], now: watched.now).isEmpty)
        #expect(watched.passes(950, saying: ["s1": first]).isEmpty)
        if answers { #expect(watched.reports("s2", first).isEmpty) }
        let actions = watched.passes(1000, saying: answers ? ["s1": first, "s2": first] : ["s1": first])
        #expect(actions == (answers ? [] : [.quorumLost(answering: 1, known: 2)]))
    }

    @Test("at the start they have that time too, however long a connection may take")
    func slowStart() {
        var timing = MasterAgreement.Timing()
        timing.answerMilliseconds = 5000
        var agreement = MasterAgreement(timing: timing, now: 0)
        #expect(agreement.sentinelsBecameKnown([SentinelID("s1")], now: 0).isEmpty)
        #expect(agreement.timePassed(now: 4999).isEmpty)
        #expect(agreement.timePassed(now: 5000) == [.quorumLost(answering: 0, known: 1)])
    }

    @Test("a word of somebody unknown does not count")
    func stranger() {
        var watched = Watched()
        #expect(watched.reports("s9", first).isEmpty)
        #expect(watched.passes(400).isEmpty)
        #expect(watched.agreement.answeringCount(now: watched.now) == 0)
    }
}

@Suite("Agreement: the role") struct RoleConfirmationTests {
    private let next = claim("b", 2)

    @Test("a candidate that says it is none is asked again after the pause")
    func refused() {
        var watched = Watched(adopted: claim("a", 1))
        #expect(watched.reports("s1", next) == [.probe(next)])
        #expect(watched.roleIs(next, master: false).isEmpty)
        #expect(watched.passes(49).isEmpty)
        #expect(watched.passes(1) == [.probe(next)])
        #expect(watched.roleIs(next, master: true) == [.adopt(next)])
    }

    @Test("a candidate that does not answer is asked again after the timeout")
    func silent() {
        var watched = Watched(adopted: claim("a", 1))
        #expect(watched.reports("s1", next) == [.probe(next)])
        #expect(watched.passes(999).isEmpty)
        #expect(watched.passes(1) == [.probe(next)])
    }

    @Test("an answer counts only for what was asked, and only while it is still wanted")
    func outdated() {
        var watched = Watched(adopted: claim("a", 1))
        #expect(watched.roleIs(next, master: true).isEmpty)
        #expect(watched.reports("s1", next) == [.probe(next)])
        #expect(watched.roleIs(claim("b", 3), master: true).isEmpty)
        #expect(watched.reports("s2", claim("c", 3)) == [.suspend(claim("a", 1)), .probe(claim("c", 3))])
        #expect(watched.roleIs(next, master: true).isEmpty)
        #expect(watched.agreement.adopted == claim("a", 1))
        #expect(watched.roleIs(claim("c", 3), master: true) == [.adopt(claim("c", 3))])
    }

    @Test("a candidate whose only witness has gone silent is dropped")
    func witness() {
        var watched = Watched(adopted: claim("a", 1))
        #expect(watched.reports("s1", next) == [.probe(next)])
        let others: [String: MasterClaim?] = ["s2": claim("a", 1), "s3": claim("a", 1)]
        #expect(watched.passes(2100, saying: others).contains(.probe(next)))
        #expect(watched.roleIs(next, master: true).isEmpty)
        #expect(watched.agreement.adopted == claim("a", 1))
    }
}

@Suite("Agreement: epochs") struct EpochTests {
    private let first = claim("a", 1)

    @Test("a higher epoch wins from one sentinel alone, once its server says that it is master")
    func higher() {
        var watched = Watched(adopted: first)
        #expect(watched.reports("s3", claim("b", 2)) == [.probe(claim("b", 2))])
        #expect(watched.agreement.adopted == first)
        #expect(watched.roleIs(claim("b", 2), master: true) == [.adopt(claim("b", 2))])
        #expect(watched.reports("s1", first).isEmpty)
        #expect(watched.reports("s2", claim("b", 2)).isEmpty)
    }

    @Test("the same server with a newer epoch is adopted anew when a majority tells it, without a suspension")
    func sameServer() {
        var watched = Watched(adopted: first)
        #expect(watched.reports("s1", claim("a", 2)).isEmpty)
        #expect(watched.reports("s2", claim("a", 2)) == [.probe(claim("a", 2))])
        #expect(!watched.agreement.isSuspended)
        #expect(watched.roleIs(claim("a", 2), master: true) == [.adopt(claim("a", 2))])
    }

    @Test("another server in the same epoch needs a majority")
    func equal() {
        var watched = Watched(adopted: first, sentinels: 5)
        #expect(watched.reports("s1", claim("b", 1)).isEmpty)
        #expect(watched.reports("s2", claim("b", 1)).isEmpty)
        #expect(watched.reports("s3", claim("c", 1)).isEmpty)
        #expect(watched.reports("s3", claim("b", 1)) == [.probe(claim("b", 1))])
        #expect(watched.roleIs(claim("b", 1), master: true) == [.adopt(claim("b", 1))])
        #expect(watched.reports("s4", first).isEmpty)
    }

    @Test("two servers in a higher epoch wait for a majority")
    func higherConflict() {
        var watched = Watched(adopted: first)
        #expect(watched.reports("s1", claim("b", 2)) == [.probe(claim("b", 2))])
        #expect(watched.reports("s2", claim("c", 2)).isEmpty)
        #expect(watched.roleIs(claim("b", 2), master: true).isEmpty)
        #expect(watched.agreement.adopted == first)
        #expect(watched.reports("s3", claim("c", 2)).contains(.probe(claim("c", 2))))
    }

    @Test("a lower epoch is an old story while anyone tells the newer")
    func lower() {
        var watched = Watched(adopted: claim("b", 2))
        let old: [String: MasterClaim?] = ["s1": first, "s2": first, "s3": claim("b", 2)]
        #expect(watched.passes(10_000, saying: old).isEmpty)
        #expect(watched.agreement.adopted == claim("b", 2))
    }

    @Test("a lower epoch that a majority tells for three seconds, and nobody a newer, is believed: REMOVE and MONITOR")
    func monitoredAnew() {
        var watched = Watched(adopted: claim("b", 7))
        let anew = claim("c", 0)
        let all: [String: MasterClaim?] = ["s1": anew, "s2": anew, "s3": anew]
        for sentinel in all.keys { #expect(watched.reports(sentinel, anew).isEmpty) }
        #expect(watched.passes(2950, saying: all).isEmpty)
        #expect(watched.passes(50, saying: all) == [.probe(anew)])
        #expect(watched.roleIs(anew, master: true) == [.adopt(anew)])
    }

    @Test("the three seconds start anew when the newer epoch is told once more, or the majority falls apart")
    func interrupted() {
        for interruption in [claim("b", 7), claim("d", 0)] {
            var watched = Watched(adopted: claim("b", 7))
            let anew = claim("c", 0)
            let two: [String: MasterClaim?] = ["s1": anew, "s2": anew]
            _ = watched.reports("s3", nil)
            _ = watched.reports("s1", anew)
            #expect(watched.reports("s2", anew).isEmpty)
            #expect(watched.passes(2500, saying: two).isEmpty)
            #expect(watched.reports("s2", interruption).isEmpty)
            #expect(watched.reports("s2", anew).isEmpty)
            #expect(watched.passes(2950, saying: two).isEmpty)
            #expect(watched.passes(50, saying: two) == [.probe(anew)])
        }
    }
}

@Suite("Agreement: the master in force") struct MasterInForceTests {
    private let first = claim("a", 1)

    @Test("a master that a majority calls superseded is suspended once, until its successor says that it is master")
    func suspension() {
        var watched = Watched(adopted: first)
        #expect(watched.reports("s1", claim("b", 2)) == [.probe(claim("b", 2))])
        #expect(watched.roleIs(claim("b", 2), master: false).isEmpty)
        #expect(watched.reports("s2", claim("b", 2)) == [.suspend(first)])
        #expect(watched.agreement.isSuspended)
        #expect(watched.agreement.adopted == first)
        #expect(watched.reports("s3", claim("b", 2)).isEmpty)
        #expect(watched.passes(50) == [.probe(claim("b", 2))])
        #expect(watched.roleIs(claim("b", 2), master: true) == [.adopt(claim("b", 2))])
        #expect(!watched.agreement.isSuspended)
    }

    @Test("a suspended master serves again when a majority names it anew and it says that it is master")
    func reprieve() {
        var watched = Watched(adopted: first)
        _ = watched.reports("s1", claim("b", 2))
        _ = watched.reports("s2", claim("b", 2))
        #expect(watched.agreement.isSuspended)
        // The sentinels lost what they knew: restarted with an old configuration.
        #expect(watched.reports("s1", first).allSatisfy { $0 == .probe(claim("b", 2)) })
        #expect(watched.reports("s2", first) == [.probe(first)])
        #expect(watched.roleIs(first, master: true) == [.adopt(first)])
        #expect(!watched.agreement.isSuspended)
    }

    @Test("nothing known of any master any more: the last one stays")
    func nils() {
        var watched = Watched(adopted: first)
        #expect(watched.passes(10_000, saying: ["s1": nil, "s2": nil, "s3": nil]).isEmpty)
        #expect(watched.agreement.adopted == first)
        #expect(!watched.agreement.isSuspended)
    }

    @Test("the majority of answering sentinels is lost and reached once each")
    func quorum() {
        var watched = Watched(adopted: first)
        #expect(watched.passes(2000).isEmpty)
        #expect(watched.passes(1) == [.quorumLost(answering: 0, known: 3)])
        #expect(watched.passes(5000).isEmpty)
        #expect(watched.reports("s1", first).isEmpty)
        #expect(watched.reports("s2", first) == [.quorumReached(answering: 2, known: 3)])
        #expect(watched.reports("s3", first).isEmpty)
        #expect(watched.agreement.adopted == first)
    }

    @Test("sentinels that never answer are told of only after a while")
    func silentStart() {
        var watched = Watched()
        #expect(watched.passes(1999).isEmpty)
        #expect(watched.passes(1) == [.quorumLost(answering: 0, known: 3)])
        #expect(watched.passes(1).isEmpty)
    }

    @Test("sentinels that are known no more lose their say")
    func forgotten() {
        var watched = Watched(adopted: first)
        #expect(watched.agreement.majority == 2)
        #expect(watched.agreement.agreeingCount(now: 0) == 3)
        #expect(watched.agreement.sentinelsBecameKnown([SentinelID("s1")], now: 0).isEmpty)
        #expect(watched.agreement.knownCount == 1)
        #expect(watched.agreement.majority == 1)
        #expect(watched.agreement.answeringCount(now: 0) == 1)
        #expect(watched.reports("s2", claim("b", 2)).isEmpty)
        let four = Set((1...4).map { SentinelID("s\($0)") })
        #expect(watched.agreement.sentinelsBecameKnown(four, now: 0).isEmpty)
        #expect(watched.passes(1000, saying: ["s1": first]) == [.quorumLost(answering: 1, known: 4)])
        #expect(watched.agreement.majority == 3)
    }

    @Test("those who agree are counted by the server that they name, while they are fresh")
    func agreeing() {
        var watched = Watched(adopted: first)
        _ = watched.passes(1500)
        _ = watched.reports("s1", claim("a", 0))
        _ = watched.reports("s2", claim("z", 0))
        #expect(watched.agreement.agreeingCount(now: watched.now) == 2)
        #expect(watched.agreement.agreeingCount(now: 2001) == 1)
        #expect(watched.agreement.answeringCount(now: 2001) == 2)
    }
}
