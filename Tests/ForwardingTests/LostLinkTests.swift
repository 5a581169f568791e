import Bytes
import Forwarding
import RESP
import Testing

/// What becomes of a client's requests when the link that it has for itself is lost.
@Suite("A lost link of a client's own") struct LostLinkTests {
    /// The session of a client that has run `before` and has sent `inFlight` when its link is lost.
    private func lost(
        before: [(String, String)] = [], protocolVersion: Int = 2, inFlight: [String] = [], unsentBytes: Int = 0, replyHasBegun: Bool = false, firstRanNot: Bool = false
    ) -> (session: ClientSession, returned: [ReturnedRequest]?) {
        var session = session()
        session.greeted(protocolVersion, name: nil)
        for (line, reply) in before { session.runs(line, reply) }
        for line in inFlight { session.sends(line) }
        let returned = session.ownLinkLost(unsentBytes: unsentBytes, replyHasBegun: replyHasBegun, firstRanNot: firstRanNot)
        #expect(!session.isPinned)
        return (session, returned)
    }

    /// What the session answers itself, without a link.
    private func answers(_ session: inout ClientSession, _ lines: String...) -> [String] {
        lines.map { line in
            let input = request(line)
            guard case .answer(let reply, let end) = session.next(input) else { return "not answered" }
            #expect(end == input.count)
            return text(reply)
        }
    }

    private let ok = "+OK\r\n"
    private let queued = "+QUEUED\r\n"

    // MARK: Single commands

    @Test("a write that may have run is unknown, one that cannot have run and whatever only reads runs again")
    func single() {
        #expect(lost(inFlight: ["EVAL x 0"]).returned == [.unknown])
        #expect(lost(inFlight: ["EVAL x 0"], unsentBytes: 1).returned == [.runAgain(request("EVAL x 0"))])
        #expect(lost(inFlight: ["EVAL x 0"], firstRanNot: true).returned == [.runAgain(request("EVAL x 0"))])
        #expect(lost(inFlight: ["EVAL_RO x 0"]).returned == [.rerun(request("EVAL_RO x 0"))])
        #expect(lost(inFlight: ["CLIENT LIST", "SET k v", "GET k"]).returned == [.rerun(request("CLIENT LIST")), .unknown, .rerun(request("GET k"))])
    }

    @Test("a read that has cost a link is not run a third time, unless it has waited for long since")
    func reruns() {
        func lostAgain(_ line: String, after age: Int) -> [ReturnedRequest]? {
            var session = ClientSession(SessionRules(limits: RESPLimits(), authentication: nil, rerunAgeMax: 1000))
            session.pinned(now: 0)
            session.isRerunning = true
            session.sends(line)
            session.isRerunning = false
            session.timePassed(now: age)
            return session.ownLinkLost(unsentBytes: 0, replyHasBegun: false)
        }
        #expect(lostAgain("EVAL_RO x 0", after: 10) == [.unknown])
        #expect(lostAgain("XREAD BLOCK 0 STREAMS s 5", after: 10) == [.unknown])
        #expect(lostAgain("XREAD BLOCK 0 STREAMS s 5", after: 1001) == [.rerun(request("XREAD BLOCK 0 STREAMS s 5"))])
    }

    @Test("a reply of which a part is with the client cannot be taken back")
    func halfAReply() { #expect(lost(inFlight: ["EVAL_RO x 0"], replyHasBegun: true).returned == nil) }

    @Test("a command that waits goes on for the time that is left; one that may have taken something is unknown")
    func blocking() {
        func resumed(_ line: String, after elapsed: Int) -> [ReturnedRequest]? {
            var session = session()
            session.pinned(now: 1000)
            session.sends(line)
            session.timePassed(now: 1000 + elapsed)
            return session.ownLinkLost(unsentBytes: 0, replyHasBegun: false, firstRanNot: true)
        }
        for (line, expected) in [
            ("BLPOP a b 5", "BLPOP a b 3.750"), ("BLPOP a 0", "BLPOP a 0"), ("BLPOP a 1.3", "BLPOP a 0.050"), ("BLPOP a 1", "BLPOP a 0.001"),
            ("BLMOVE a b LEFT RIGHT 10", "BLMOVE a b LEFT RIGHT 8.750"), ("BLMPOP 2 1 a LEFT", "BLMPOP 0.750 1 a LEFT"),
            ("BZMPOP 2 1 a MIN", "BZMPOP 0.750 1 a MIN"), ("XREAD BLOCK 2000 STREAMS s $", "XREAD BLOCK 750 STREAMS s $"),
            ("XREADGROUP GROUP g c BLOCK 0 STREAMS s >", "XREADGROUP GROUP g c BLOCK 0 STREAMS s >"), ("BLPOP a x", "BLPOP a x"),
        ] { #expect(resumed(line, after: 1250) == [.runAgain(request(expected))], "\(line)") }
        for line in ["EVAL x 1 k 120", "RPUSH k 5", "WAIT 1 100", "GET 7", "BLPOP", "XREAD STREAMS s 5"] {
            #expect(BlockingRequest.resumed(request(line), elapsedMilliseconds: 1250) == request(line), "\(line)")
        }
        #expect(lost(inFlight: ["BLPOP a 0"]).returned == [.unknown])
        #expect(lost(inFlight: ["XREAD BLOCK 0 STREAMS s $"]).returned == [.rerun(request("XREAD BLOCK 0 STREAMS s $"))])
        // What WAIT says is about writes that another master may not have.
        #expect(lost(inFlight: ["WAIT 1 0"]).returned == [.unknown])
        #expect(lost(inFlight: ["WAIT 1 0"], unsentBytes: 1).returned == [.notExecuted])
    }

    // MARK: Transactions

    @Test("a transaction that had begun runs to its end without a server, and EXEC says that nothing of it ran")
    func aborted() {
        var (session, returned) = lost(before: [("MULTI", ok), ("SET a 1", queued)], inFlight: ["SET b 1"])
        #expect(returned == [.reply(bytes(queued))])
        #expect(answers(&session, "SET c 1", "MULTI", "WATCH k") == [queued, "-ERR MULTI calls can not be nested\r\n", "-ERR WATCH inside MULTI is not allowed\r\n"])
        #expect(answers(&session, "EXEC")[0].hasPrefix("-EXECABORT "))
        #expect(session.next(request("SET d 1")) == .share(end: request("SET d 1").count, count: 1, reads: 0))
        var (discarded, _) = lost(before: [("MULTI", ok)])
        #expect(answers(&discarded, "GET x", "DISCARD") == [queued, ok])
        #expect(discarded.next(request("EXEC")) == .share(end: request("EXEC").count, count: 1, reads: 0))
    }

    @Test("EXEC that may have run is unknown; one that never left is aborted where MULTI was answered")
    func exec() {
        #expect(lost(before: [("MULTI", ok), ("SET a 1", queued)], inFlight: ["SET b 1", "EXEC", "GET a"]).returned
            == [.reply(bytes(queued)), .unknown, .rerun(request("GET a"))])
        let (session, returned) = lost(before: [("MULTI", ok)], inFlight: ["SET b 1", "EXEC"], unsentBytes: 1)
        guard let returned, returned.count == 2, case .reply(let reply) = returned[1] else {
            Issue.record("EXEC is to be answered")
            return
        }
        #expect(returned[0] == .reply(bytes(queued)))
        #expect(text(reply).hasPrefix("-EXECABORT "))
        var after = session
        #expect(after.next(request("GET a")) == .share(end: request("GET a").count, count: 1, reads: 1))
    }

    @Test("a whole transaction on its way runs again where its EXEC never left, and is unknown where it may have run")
    func pipelined() {
        let lines = ["MULTI", "SET a 1", "EXEC"]
        #expect(lost(inFlight: lines, unsentBytes: 1).returned == lines.map { .runAgain(request($0)) })
        #expect(lost(inFlight: lines).returned == [.reply(bytes(ok)), .reply(bytes(queued)), .unknown])
        #expect(lost(inFlight: ["MULTI", "SET a 1"]).returned == [.runAgain(request("MULTI")), .runAgain(request("SET a 1"))])
        #expect(lost(inFlight: lines + lines, unsentBytes: 1).returned
            == [.reply(bytes(ok)), .reply(bytes(queued)), .unknown] + lines.map { .runAgain(request($0)) })
    }

    @Test("a lost watch counts as a changed key: EXEC answers null, until UNWATCH, DISCARD or EXEC has ended it")
    func watch() {
        var (session, _) = lost(before: [("WATCH k", ok)])
        #expect(session.next(request("GET k")) == .share(end: request("GET k").count, count: 1, reads: 1))
        session.shared(1)
        #expect(session.next(request("MULTI")) == .wait)
        session.repliesArrived(1)
        #expect(answers(&session, "WATCH j", "MULTI", "SET k 1", "EXEC") == [ok, ok, queued, "*-1\r\n"])
        guard case .needLink = session.next(request("MULTI")) else {
            Issue.record("the next transaction is to run")
            return
        }
        var (unwatched, _) = lost(before: [("WATCH k", ok)])
        #expect(answers(&unwatched, "UNWATCH") == [ok])
        guard case .needLink = unwatched.next(request("MULTI")) else {
            Issue.record("nothing is watched any more")
            return
        }
        var (open, _) = lost(before: [("WATCH k", ok), ("MULTI", ok)])
        #expect(answers(&open, "SET k 1", "EXEC") == [queued, "*-1\r\n"])
        var (third, _) = lost(before: [("WATCH k", ok), ("MULTI", ok)], protocolVersion: 3)
        #expect(answers(&third, "EXEC") == ["_\r\n"])
    }

    @Test("MULTI that no master takes begins a transaction that will not run, so that nothing behind it runs outside")
    func refusedTransaction() {
        var session = session()
        guard case .needLink = session.next(request("MULTI")) else {
            Issue.record("MULTI needs a link")
            return
        }
        #expect(session.refused(bytes("-NOMASTER x\r\n")) == bytes(ok))
        #expect(answers(&session, "SET a 1") == [queued])
        #expect(answers(&session, "EXEC")[0].hasPrefix("-EXECABORT "))
    }

    @Test("a watch that no master takes counts as lost, so that a transaction sent along with it does not run")
    func refusedWatch() {
        var session = session()
        guard case .needLink = session.next(request("WATCH k")) else {
            Issue.record("WATCH needs a link")
            return
        }
        #expect(session.refused(bytes("-NOMASTER x\r\n")) == bytes("-NOMASTER x\r\n"))
        #expect(answers(&session, "MULTI", "SET a 1", "EXEC") == [ok, queued, "*-1\r\n"])
    }

    // MARK: Large requests

    @Test("a request of which only a part had come is passed over, and told that it did not run")
    func streaming() {
        var session = session()
        let whole = request("SET k " + String(repeating: "x", count: 200_000))
        let first = Array(whole[..<100_000])
        guard case .needLink(nil, _) = session.next(first) else {
            Issue.record("a large request needs a link")
            return
        }
        session.pinned()
        guard case .forward(let end) = session.next(first) else {
            Issue.record("a large request is passed on in pieces")
            return
        }
        #expect(session.ownLinkLost(unsentBytes: 0, replyHasBegun: false) == [])
        var rest = Array(whole[end...]) + request("GET k")
        guard case .answer(let reply, let restEnd) = session.next(rest) else {
            Issue.record("the request is to be answered")
            return
        }
        #expect(text(reply).hasPrefix("-NOMASTER "))
        rest = Array(rest[restEnd...])
        #expect(session.next(rest) == .share(end: rest.count, count: 1, reads: 1))
    }

    @Test("what came before a large request that was cut off runs again and is answered first; the rest of that one is no request")
    func cutOffBehindOthers() {
        var session = session()
        session.sends("EVAL x 0")
        session.sends("ECHO before")
        let whole = request("SET k " + String(repeating: "x", count: 200_000))
        guard case .forward(let end) = session.next(Array(whole[..<100_000])) else {
            Issue.record("a large request is passed on in pieces")
            return
        }
        session.answered(":1\r\n")
        #expect(session.ownLinkLost(unsentBytes: 0, replyHasBegun: false) == [.rerun(request("ECHO before"))])
        let beginning = session.setBeginningAside()
        #expect(session.next(request("ECHO before")) == .share(end: request("ECHO before").count, count: 1, reads: 0))
        session.shared(1)
        session.takeUp(beginning)
        var rest = Array(whole[end...])
        var answer: [UInt8]?
        // It goes by in pieces, and its end waits for the reply before it.
        for _ in 0..<4 {
            switch session.next(rest) {
            case .skip(let end): rest = Array(rest[end...])
            case .wait: session.repliesArrived(1)
            case .answer(let reply, let end):
                answer = reply
                #expect(session.inFlight == 0 && end == rest.count)
                rest = []
            case let step: Issue.record("\(step)")
            }
            if answer != nil { break }
        }
        #expect(text(answer ?? []).hasPrefix("-NOMASTER "))
        #expect(session.next(request("GET k")) == .share(end: request("GET k").count, count: 1, reads: 1))
    }

    @Test("what was too large to be kept is unknown where it may have run, and not executed where it cannot have")
    func unkept() {
        let rules = SessionRules(limits: RESPLimits(), authentication: nil, clientMemoryBytes: 40)
        for (unsentBytes, expected) in [(0, ReturnedRequest.unknown), (1, .notExecuted)] {
            var session = ClientSession(rules)
            session.sends("EVAL x 0")
            session.sends("EVAL_RO " + String(repeating: "y", count: 100) + " 0")
            #expect(session.ownLinkLost(unsentBytes: unsentBytes, replyHasBegun: false) == [.unknown, expected])
        }
    }

    // MARK: What is left behind

    private let subscribed = "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"

    /// What is said on the new link, and the session that it is said for.
    private func restoration(_ lines: [(String, String)], protocolVersion: Int = 2) -> (ClientSession, String)? {
        let (session, returned) = lost(before: lines, protocolVersion: protocolVersion)
        guard returned == [] else { return nil }
        return (session, session.needsRestoration ? text(session.restorationRequests) : "")
    }

    @Test("subscriptions are made anew on the next link, by name")
    func subscriptions() {
        var session = session()
        session.sends("SUBSCRIBE a b c")
        for (index, name) in ["a", "b", "c"].enumerated() { session.answered("*3\r\n$9\r\nsubscribe\r\n$1\r\n\(name)\r\n:\(index + 1)\r\n") }
        session.sends("PSUBSCRIBE p*")
        session.answered("*3\r\n$10\r\npsubscribe\r\n$2\r\np*\r\n:4\r\n")
        session.sends("UNSUBSCRIBE b")
        session.answered("*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:3\r\n")
        session.sends("SUBSCRIBE d e")
        session.answered("*3\r\n$9\r\nsubscribe\r\n$1\r\nd\r\n:4\r\n")
        // Of the last request one name is confirmed, so only the other is asked for again.
        #expect(session.ownLinkLost(unsentBytes: 0, replyHasBegun: false) == [.rerun(request("SUBSCRIBE e"))])
        #expect(session.needsRestoration)
        #expect(text(session.restorationRequests) == text(requests("SUBSCRIBE a c d", "PSUBSCRIBE p*")))
        session.pinned()
        guard var replies = session.restorationReplies(nestingDepthMax: 8) else {
            Issue.record("nothing is restored")
            return
        }
        var messages: [UInt8] = []
        let message = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"
        let input = bytes(
            "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n" + message + "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:2\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nd\r\n:3\r\n"
                + "*3\r\n$10\r\npsubscribe\r\n$2\r\np*\r\n:4\r\n" + "*1\r\n")
        for (index, byte) in input.enumerated() {
            let outcome = withUnsafeBytes(of: byte) { replies.received($0, messages: &messages) }
            // The last confirmation has come with the fourth byte from the end.
            if index < input.count - 5 { #expect(outcome == .restoring) }
            if index == input.count - 5 { #expect(outcome == .restored(rest: [])) }
        }
        #expect(text(messages) == message)
        #expect(session.restored() == [])
        #expect(!session.needsRestoration)
        // All stands again: the end of it is seen, and lost again it comes again.
        var again = session
        #expect(again.ownLinkLost(unsentBytes: 0, replyHasBegun: false) == [])
        #expect(text(again.restorationRequests) == text(requests("SUBSCRIBE a c d", "PSUBSCRIBE p*")))
        session.sends("UNSUBSCRIBE")
        for (name, left) in [("a", 3), ("c", 2), ("d", 1)] { session.answered("*3\r\n$11\r\nunsubscribe\r\n$1\r\n\(name)\r\n:\(left)\r\n") }
        session.sends("PUNSUBSCRIBE p*")
        session.answered("*3\r\n$12\r\npunsubscribe\r\n$2\r\np*\r\n:0\r\n")
        #expect(session.isPinOver)
        #expect(session.ownLinkLost(unsentBytes: 0, replyHasBegun: false) == [])
        #expect(!session.needsRestoration)
    }

    @Test("a new master that refuses a subscription ends the client, who would wait in vain else")
    func refusedRestoration() {
        guard let (session, _) = restoration([("SUBSCRIBE a", subscribed)]), var replies = session.restorationReplies(nestingDepthMax: 8) else {
            Issue.record("nothing is restored")
            return
        }
        var messages: [UInt8] = []
        let outcome = bytes("-NOPERM this user has no permissions\r\n").withUnsafeBytes { replies.received($0, messages: &messages) }
        #expect(outcome == .refused)
    }

    @Test("what a connection has switched on is switched on again, and what cannot be ends the client")
    func settings() {
        #expect(restoration([("CLIENT NO-EVICT on", ok), ("CLIENT NO-TOUCH on", ok)])?.1 == text(requests("CLIENT NO-EVICT ON", "CLIENT NO-TOUCH ON")))
        #expect(restoration([("CLIENT NO-EVICT on", ok), ("CLIENT NO-EVICT off", ok)])?.1 == "")
        #expect(restoration([("CLIENT TRACKING on BCAST", ok)], protocolVersion: 3)?.1 == text(request("CLIENT TRACKING on BCAST")))
        #expect(restoration([("CLIENT TRACKING on", ok)], protocolVersion: 2)?.1 == nil)
        #expect(restoration([("MONITOR", ok)])?.1 == text(request("MONITOR")))
        // Whatever these have left behind, a master does without it.
        for line in ["NOSUCH.COMMAND x", "READONLY", "READWRITE", "ASKING"] { #expect(restoration([(line, ok)])?.1 == "", "\(line)") }
        for line in ["SCRIPT DEBUG SYNC", "REPLCONF x"] { #expect(restoration([(line, ok)]) == nil, "\(line)") }
        var silent = session()
        silent.sends("CLIENT REPLY off")
        #expect(silent.ownLinkLost(unsentBytes: 0, replyHasBegun: false) == nil)
    }

    @Test("a client that caches is told to forget all of it, since changes went unseen")
    func tracking() {
        var (session, _) = lost(before: [("CLIENT TRACKING on", ok)], protocolVersion: 3)
        session.pinned()
        #expect(text(session.restored()) == ">2\r\n$10\r\ninvalidate\r\n_\r\n")
        #expect(!session.isPinOver)
    }

    @Test("more subscriptions than may be remembered end the client")
    func tooManySubscriptions() {
        var session = ClientSession(SessionRules(limits: RESPLimits(), authentication: nil, clientMemoryBytes: 40))
        for (index, name) in ["a", "b"].enumerated() {
            session.sends("SUBSCRIBE \(name)")
            session.answered("*3\r\n$9\r\nsubscribe\r\n$1\r\n\(name)\r\n:\(index + 1)\r\n")
        }
        #expect(session.ownLinkLost(unsentBytes: 0, replyHasBegun: false) == nil)
    }
}
