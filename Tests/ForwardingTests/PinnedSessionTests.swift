import Forwarding
import RESP
import Testing

@Suite("A client on its own link") struct PinnedSessionTests {
    @Test(
        "it goes back when nothing of it is left there, and stays else",
        arguments: [
            (["MULTI"], false), (["MULTI", "SET k v", "EXEC"], true), (["MULTI", "DISCARD"], true), (["WATCH k"], false),
            (["WATCH k", "GET k", "UNWATCH"], true), (["WATCH k", "MULTI", "EXEC"], true), (["WATCH k", "MULTI", "DISCARD"], true),
            (["MULTI", "UNWATCH"], false), (["WATCH k", "MULTI", "UNWATCH"], false), (["NOSUCH x"], false), (["CLIENT LIST"], true), (["BLPOP a 0"], true),
            (["WATCH k", "SELECT 1", "UNWATCH"], true), (["MULTI", "SELECT 1", "EXEC"], false), (["CLIENT TRACKING on"], false),
            (["CLIENT TRACKING on", "CLIENT TRACKING off"], true), (["CLIENT NO-EVICT on"], false), (["CLIENT NO-EVICT on", "CLIENT NO-EVICT off"], true),
            (["CLIENT NO-TOUCH on", "GET k"], false), (["CLIENT KILL x"], true), (["READONLY"], false), (["MULTI", "SUBSCRIBE c", "EXEC"], false), (["SCRIPT DEBUG SYNC"], false),
        ] as [([String], Bool)])
    func goesBack(lines: [String], isOver: Bool) {
        var session = session()
        var isQueueing = false
        for line in lines {
            if line == "EXEC" || line == "DISCARD" { isQueueing = false }
            session.runs(line, isQueueing ? "+QUEUED\r\n" : nil)
            if line == "MULTI" { isQueueing = true }
        }
        #expect(session.awaitedCount == 0)
        #expect(session.isPinOver == isOver)
    }

    @Test(
        "nothing of a client is left for the next one that has a link of its own",
        arguments: [
            ["MULTI", "CLIENT PAUSE 100"], ["WATCH k"], ["SUBSCRIBE c"], ["CLIENT TRACKING on"], ["CLIENT NO-EVICT on"], ["NOSUCH x"], ["SCRIPT DEBUG SYNC"],
            ["MULTI", "SET k v", "EXEC"], ["BLPOP a 0"], ["CLIENT TRACKING on", "CLIENT TRACKING off"],
        ])
    func nextClient(lines: [String]) {
        let rules = SessionRules(limits: RESPLimits(), authentication: nil)
        var first = ClientSession(rules)
        for line in lines { first.runs(line, line == "SUBSCRIBE c" ? "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n" : "+OK\r\n") }
        first.sends("ECHO unanswered")
        first.unpinned()

        var next = ClientSession(rules)
        next.runs("BLPOP a 0")
        #expect(next.isPinOver)
        #expect(!next.isLinkSpent)
        #expect(next.awaitedCount == 0)
        #expect(next.replyReading == .nothing)
    }

    @Test(
        "a login that Redis refuses is told of with its user, and nothing else that it refuses is",
        arguments: [
            ("AUTH secret", "-WRONGPASS no", .loginRefused(user: nil)), ("AUTH me secret", "-WRONGPASS no", .loginRefused(user: Array("me".utf8))),
            ("AUTH secret", "-ERR AUTH <password> called without any password configured", .loginRefused(user: nil)),
            ("HELLO 3 AUTH me secret", "-WRONGPASS no", .loginRefused(user: Array("me".utf8))), ("HELLO 9 AUTH me secret", "-NOPROTO no", .none),
            ("CLIENT TRACKING on", "-WRONGPASS no", .none), ("AUTH a b c", "-ERR syntax error", .none), ("NOSUCH", "-WRONGPASS no", .none),
        ] as [(String, String, OwnReplyEffect)])
    func refusedLogin(line: String, reply: String, effect: OwnReplyEffect) {
        var session = session()
        session.sends(line)
        #expect(session.answered(reply + "\r\n") == effect)
    }

    @Test("RESET ends a MONITOR at the server, and nothing goes before its answer is in")
    func resetOfMonitor() {
        var session = session()
        session.runs("MONITOR")
        #expect(session.isEndless)
        let input = requests("RESET", "GET k")
        #expect(session.next(input) == .forward(end: request("RESET").count))
        #expect(session.awaitsResetOfMonitor)
        #expect(session.next(input, from: request("RESET").count) == .wait)
        session.forgotAll()
        #expect(!session.isPinned)
        #expect(session.next(input, from: request("RESET").count) == .share(end: input.count, count: 1, reads: 1))
    }

    @Test("a refused command leaves nothing behind for its own client")
    func refused() {
        for line in ["MULTI", "WATCH k", "SUBSCRIBE c", "CLIENT TRACKING on", "SELECT 9x", "AUTH p"] {
            var session = session()
            session.runs(line, "-ERR no\r\n")
            #expect(session.isPinOver, "\(line)")
        }
    }

    @Test("EXEC that is refused ends the transaction, where there is one; else not even a WATCH")
    func exec() {
        var session = session()
        for (line, reply) in [("WATCH k", "+OK\r\n"), ("MULTI", "+OK\r\n"), ("NOSUCH", "-ERR unknown\r\n"), ("EXEC", "-EXECABORT\r\n")] { session.runs(line, reply) }
        #expect(session.isPinOver)
        var watching = ForwardingTests.session()
        watching.runs("WATCH k")
        watching.runs("EXEC", "-ERR EXEC without MULTI\r\n")
        #expect(!watching.isPinOver)
    }

    @Test("what is settled there holds on the shared link too")
    func settled() {
        var session = session()
        session.runs("WATCH k")
        session.runs("SELECT 5")
        session.runs("CLIENT SETNAME app")
        session.runs("HELLO 3", "%1\r\n$5\r\nproto\r\n:3\r\n")
        session.runs("SELECT 99", "-ERR DB index is out of range\r\n")
        session.runs("UNWATCH")
        #expect(session.isPinOver)
        #expect(session.state == SessionState(database: 5, protocolVersion: 3, name: bytes("app")))
    }

    @Test("a pause of the server in a transaction begins with its EXEC, and not without it")
    func pauseInTransaction() {
        var session = session()
        for line in ["MULTI", "CLIENT PAUSE 500 WRITE", "SET a b"] {
            session.sends(line)
            #expect(session.answered("+QUEUED\r\n") == .none)
        }
        session.sends("EXEC")
        #expect(session.answered("*2\r\n+OK\r\n+OK\r\n") == .serverPaused(milliseconds: 500))
        session.runs("MULTI")
        session.runs("CLIENT UNPAUSE", "+QUEUED\r\n")
        session.sends("EXEC")
        #expect(session.answered("*1\r\n+OK\r\n") == .serverPaused(milliseconds: 0))
        session.runs("MULTI")
        session.runs("CLIENT PAUSE 500", "+QUEUED\r\n")
        for line in ["DISCARD", "MULTI"] { session.runs(line) }
        session.sends("EXEC")
        #expect(session.answered("*0\r\n") == .none)
    }

    @Test("credentials that Redis accepts are told, those that it refuses are not")
    func credentials() {
        var session = session()
        session.sends("AUTH u p")
        #expect(session.answered("+OK\r\n") == .authenticated(user: bytes("u"), password: bytes("p")))
        session.sends("AUTH q")
        #expect(session.answered("-WRONGPASS\r\n") == .loginRefused(user: nil))
        session.sends("HELLO 3 AUTH u p SETNAME n")
        #expect(session.answered("%1\r\n$5\r\nproto\r\n:3\r\n") == .authenticated(user: bytes("u"), password: bytes("p")))
        #expect(session.state.protocolVersion == 3)
        #expect(session.state.name == bytes("n"))
    }

    @Test("subscriptions keep the client there until the last has ended")
    func subscriptions() {
        var session = session()
        session.sends("SUBSCRIBE a b")
        session.answered("*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
        #expect(session.awaitedCount == 1)
        session.answered("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n")
        #expect(session.awaitedCount == 1)
        session.answered("*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n")
        #expect(session.awaitedCount == 0)
        #expect(!session.isMatched)
        session.runs("PING", "*2\r\n$4\r\npong\r\n$0\r\n\r\n")
        session.runs("PSUBSCRIBE p*", "*3\r\n$10\r\npsubscribe\r\n$2\r\np*\r\n:3\r\n")
        session.sends("UNSUBSCRIBE")
        session.answered("*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:2\r\n")
        session.answered("*4\r\n$8\r\npmessage\r\n$2\r\np*\r\n$1\r\np\r\n$1\r\nx\r\n")
        #expect(session.awaitedCount == 1)
        session.answered("*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:1\r\n")
        #expect(session.awaitedCount == 0)
        #expect(!session.isPinOver)
        session.runs("PUNSUBSCRIBE p*", "*3\r\n$12\r\npunsubscribe\r\n$2\r\np*\r\n:0\r\n")
        #expect(session.isPinOver)
        #expect(session.isLinkSpent)
    }

    @Test("UNSUBSCRIBE without a subscription has one confirmation")
    func unsubscribe() {
        var session = session()
        session.runs("UNSUBSCRIBE", "*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n")
        #expect(session.isPinOver)
    }

    @Test("in RESP3 only a push tells of subscriptions, and other commands go on")
    func subscriptionsInVersion3() {
        var session = session()
        session.state.protocolVersion = 3
        session.runs("SUBSCRIBE a", ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
        session.sends("LRANGE l 0 -1")
        session.answered(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n")
        #expect(session.awaitedCount == 1)
        session.answered("*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n")
        #expect(session.awaitedCount == 0)
        #expect(!session.isPinOver)
        session.runs("UNSUBSCRIBE a", ">3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n")
        #expect(session.isPinOver)
    }

    @Test("subscribing and other commands do not mix in flight")
    func mixing() {
        var session = session()
        session.sends("SUBSCRIBE a")
        #expect(session.next(request("PING")) == .wait)
        session.answered("*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
        session.sends("PING")
        #expect(session.next(request("UNSUBSCRIBE")) == .wait)
    }

    @Test("a silence ends with the first reply behind it")
    func silence() {
        var session = session()
        session.sends("CLIENT REPLY OFF")
        session.sends("SET k v")
        #expect(session.awaitedCount == 0)
        #expect(!session.isPinOver)
        session.sends("CLIENT REPLY ON")
        #expect(session.awaitedCount == 1)
        session.answered("+OK\r\n")
        #expect(session.isPinOver)
    }

    @Test("a command whose reply is skipped is known to have run only when the next is answered")
    func skip() {
        var session = session()
        session.sends("CLIENT REPLY SKIP")
        session.sends("SET k v")
        #expect(session.awaitedCount == 0)
        #expect(!session.isPinOver)
        session.runs("GET k", "$1\r\nv\r\n")
        #expect(session.isPinOver)
    }

    @Test("from these commands on the link's bytes just pass", arguments: ["MONITOR", "SYNC", "PSYNC ? -1"])
    func endless(line: String) {
        var session = session()
        session.runs(line)
        #expect(session.isEndless)
        #expect(!session.isMatched)
        #expect(session.next(request("QUIT")) == .forward(end: request("QUIT").count))
        session.forgotAll()
        #expect(session.isMatched)
        #expect(!session.isPinned)
    }

    @Test("what follows MONITOR waits for its reply, and nothing changes when it is refused")
    func monitor() {
        var session = session()
        session.sends("MONITOR")
        for line in ["GET k", "RESET", "QUIT"] { #expect(session.next(request(line)) == .wait) }
        session.answered("-NOPERM\r\n")
        #expect(session.isPinOver)
    }

    @Test("in a silence RESET goes upstream, so that what went before has run when its reply is in")
    func resetInSilence() {
        for lines in [["CLIENT REPLY OFF", "SET k v"], ["CLIENT REPLY SKIP", "SET k v"]] {
            var session = session()
            for line in lines { session.sends(line) }
            session.sends("RESET")
            #expect(session.next(request("GET k")) == .wait)
            #expect(session.answered("+RESET\r\n") == .reset)
        }
    }

    @Test("what Redis leaves unanswered, the proxy does not answer")
    func silentAnswers() {
        for (line, step) in [("QUIT", ClientSession.Step.close([])), ("RESET", .reset([], end: request("RESET").count))] {
            var session = session()
            session.sends("CLIENT REPLY SKIP")
            #expect(session.next(request(line)) == step)
        }
        var skipping = session()
        skipping.sends("CLIENT REPLY SKIP")
        skipping.sends("CLIENT REPLY NOSUCH")
        #expect(skipping.awaitedCount == 0)
        skipping.runs("GET k", "$-1\r\n")
        #expect(skipping.isPinOver)
    }

    @Test("a library's name on the own link meets nobody else there")
    func library() {
        var session = session()
        for line in ["WATCH k", "CLIENT SETINFO LIB-NAME x", "UNWATCH"] { session.runs(line) }
        #expect(session.isPinOver)
        #expect(session.isLinkSpent)
    }

    @Test("a MULTI that is refused opens no transaction")
    func refusedTransaction() {
        var session = session()
        session.runs("MULTI x", "-ERR wrong number of arguments\r\n")
        session.sends("BLPOP a 0")
        #expect(session.isBlocking)
        session.answered("*-1\r\n")
        session.runs("SELECT 2")
        #expect(session.isPinOver)
        #expect(session.state.database == 2)
    }

    @Test("a transaction that changes the protocol is followed no more, and holds nothing up")
    func protocolInTransaction() {
        var session = session()
        session.runs("MULTI")
        session.runs("HELLO 3", "+QUEUED\r\n")
        session.sends("EXEC")
        session.sends("SUBSCRIBE a")
        session.sends("GET k")
        #expect(!session.isPinOver)
    }

    @Test("no more than so many commands are in flight on the own link either")
    func bounded() {
        var session = ForwardingTests.session(inFlightMax: 3)
        for line in ["FCALL f 0", "GET a", "GET b"] { session.sends(line) }
        #expect(session.next(request("GET c")) == .wait)
        session.answered("*-1\r\n")
        #expect(session.next(requests("GET c", "GET d")) == .forward(end: request("GET c").count))
    }

    @Test("a count of subscriptions beyond all measure does no harm")
    func measureless() {
        var session = session()
        session.runs("PSUBSCRIBE p", "*3\r\n$10\r\npsubscribe\r\n$1\r\np\r\n:9223372036854775807\r\n")
        session.runs("SUBSCRIBE a", "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:-9223372036854775808\r\n")
        #expect(session.awaitedCount == 0)
    }

    @Test("whoever has asked for its id keeps its link")
    func identified() {
        var session = session()
        session.runs("CLIENT ID", ":7\r\n")
        #expect(session.isPinOver)
        session.unpinned()
        #expect(session.keepsLink)
        #expect(session.next(request("GET k")) == .share(end: request("GET k").count, count: 1, reads: 1))
        session.forgotAll()
        #expect(!session.keepsLink)
    }

    @Test("a lost link tells how much was awaited")
    func lost() {
        var session = session()
        session.sends("FCALL f 0")
        session.sends("BLPOP a 0")
        #expect(session.isBlocking)
        #expect(session.unpinned() == 2)
        #expect(!session.isBlocking)
        #expect(session.awaitedCount == 0)
    }
}
