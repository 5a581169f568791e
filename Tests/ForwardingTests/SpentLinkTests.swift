import Forwarding
import RESP
import Testing

@Suite("What is never taken for clean, and never believed") struct SpentLinkTests {
    @Test("+QUEUED is the success of nothing, whatever the client seemed to have done before")
    func queuedIsNoSuccess() {
        for (line, reply) in [("SELECT 5", "+QUEUED\r\n"), ("HELLO 3", "+QUEUED\r\n"), ("AUTH alice pw", "+QUEUED\r\n"), ("CLIENT SETNAME x", "+QUEUED\r\n"), ("SELECT 5", "+PONG\r\n")] {
            var session = session()
            session.runs("MULTI")
            session.runs("DISCARD x", "-ERR wrong number of arguments for 'discard' command\r\n")
            session.sends(line)
            #expect(session.answered(reply) == .none, "\(line)")
            #expect(session.state == SessionState())
            session.sends("EXEC")
            session.answered("*1\r\n+OK\r\n")
            #expect(session.isLinkSpent, "\(line)")
        }
    }

    @Test("a DISCARD, EXEC or UNWATCH that Redis refuses ends nothing")
    func refusedEnds() {
        for (line, reply) in [("DISCARD x", "-ERR wrong number\r\n"), ("DISCARD", "-NOPERM no\r\n"), ("EXEC", "-NOPERM no\r\n"), ("UNWATCH", "+QUEUED\r\n")] {
            var session = session()
            session.runs("WATCH k")
            session.runs("MULTI")
            session.runs(line, reply)
            #expect(!session.isPinOver, "\(line)")
            #expect(session.isLinkSpent, "\(line)")
        }
    }

    @Test("what may touch the connection's state is sent only when the replies have told whether a transaction has begun")
    func waitsForReplies() {
        for line in ["SELECT 5", "HELLO 3", "AUTH p", "CLIENT SETNAME x", "CLIENT REPLY OFF", "SUBSCRIBE c", "NOSUCH", "MONITOR"] {
            var session = session()
            session.sends("MULTI")
            #expect(session.next(request(line)) == .wait, "\(line)")
            session.answered("+OK\r\n")
            #expect(session.next(request(line)) == .forward(end: request(line).count), "\(line)")
        }
    }

    @Test("of what is not on the positive list nothing leaves a link that others may use, whatever was answered", arguments: [
        "HELLO 2 AUTH alice pw SETNAME x", "HELLO 2", "AUTH alice pw", "SELECT 5", "CLIENT SETNAME x", "CLIENT ID", "CLIENT INFO", "CLIENT TRACKING off", "SUBSCRIBE c",
        "UNSUBSCRIBE", "NOSUCH", "SCRIPT NOSUCH", "DEBUG SLEEP 0", "CLIENT PAUSE 1",
    ])
    func spent(line: String) {
        for reply in ["-ERR no\r\n", "+OK\r\n", ":7\r\n", "*0\r\n"] {
            var session = session()
            session.runs("WATCH k")
            session.runs(line, reply)
            #expect(session.isLinkSpent, "\(line) answered \(reply)")
        }
    }

    @Test("where a word may be read otherwise than it looks, the bytes just pass, and nothing is believed that they seem to say")
    func disguised() {
        for words in [["CLIENT", "REPLY", "OFF\0"], ["SELECT", "5\0"], ["HELLO", "3\0"], ["HELLO", "3", "AUTH\0", "alice", "pw"], ["MULTI\0177"], ["CLIENT", "REPLY\0", "OFF"]] {
            var input: [UInt8] = []
            CommandWriter.append(words.map(bytes), to: &input)
            var session = session()
            session.runs("WATCH k")
            #expect(session.next(input) == .forward(end: input.count), "\(words)")
            #expect(session.isEndless, "\(words)")
            #expect(session.isLinkSpent, "\(words)")
            session.sends("AUTH alice pw")
            #expect(session.answered("+OK\r\n") == .none, "\(words)")
        }
    }

    @Test("a reply to nothing ends all belief in what the replies say")
    func unasked() {
        var session = session()
        session.runs("WATCH k")
        session.answered("+OK\r\n")
        #expect(session.isEndless)
        #expect(session.isLinkSpent)
    }

    @Test("invalidations go to a link whose id a client was told, and to no other; in a transaction EXEC aborts")
    func redirect() {
        let toldIDs = ToldClientIDs()
        let rules = SessionRules(toldIDs: toldIDs, limits: RESPLimits(), authentication: nil)
        var session = ClientSession(rules)
        let input = request("CLIENT TRACKING on REDIRECT 7")
        guard case .answer(let reply, input.count) = session.next(input) else { Issue.record("a redirection to a foreign link is refused"); return }
        #expect(text(reply).hasPrefix("-ERR The client ID you want redirect to does not exist"))
        session.runs("MULTI")
        guard case .forwardRewritten(let standIn, input.count) = session.next(input) else { Issue.record("Redis is to hear of a refusal"); return }
        #expect(text(standIn).contains("REFUSED-BY-MASTERGATE"))
        session.answered("-ERR unknown command\r\n")
        session.runs("DISCARD")
        toldIDs.insert(7)
        session.sends("CLIENT TRACKING on REDIRECT 7")
        #expect(session.isLinkSpent)
        var odd: [UInt8] = []
        CommandWriter.append(["CLIENT", "TRACKING", "on", "REDIRECT\0", "7"].map(bytes), to: &odd)
        var other = ClientSession(rules)
        guard case .answer = other.next(odd) else { Issue.record("an option in disguise is refused"); return }
    }

    @Test("nobody publishes to the sentinels' channel, in disguise either; another channel is free")
    func sentinelHello() {
        var session = session()
        let input = request("PUBLISH __sentinel__:hello x")
        guard case .answer(let reply, input.count) = session.next(input) else { Issue.record("refused"); return }
        #expect(text(reply).hasPrefix("-NOPERM "))
        var odd: [UInt8] = []
        CommandWriter.append([bytes("PUBLISH\0"), bytes("__sentinel__:hello"), bytes("x")], to: &odd)
        guard case .answer = session.next(odd) else { Issue.record("refused"); return }
        #expect(session.next(request("PUBLISH c x")) == .share(end: request("PUBLISH c x").count, count: 1, reads: 0))
        session.runs("MULTI")
        guard case .forwardRewritten = session.next(input) else { Issue.record("Redis is to hear of a refusal"); return }
    }

    @Test("the debugger that forks Redis is refused, in disguise as well; the one that does not is the client's to use")
    func forkingDebugger() {
        var session = session()
        guard case .answer(let reply, _) = session.next(request("SCRIPT DEBUG yes")) else { Issue.record("refused"); return }
        #expect(text(reply).hasPrefix("-ERR SCRIPT DEBUG YES forks Redis"))
        var odd: [UInt8] = []
        CommandWriter.append(["SCRIPT", "DEBUG\0", "YES"].map(bytes), to: &odd)
        guard case .answer = session.next(odd) else { Issue.record("refused"); return }
        session.runs("SCRIPT DEBUG SYNC")
        #expect(session.isLinkSpent)
    }

    @Test("a client that speaks HTTP is closed wherever it stands")
    func crossProtocol() {
        var fresh = session()
        #expect(fresh.next(bytes("POST / HTTP/1.1\r\n")) == .closeCrossProtocol)
        var asking = session(password: "pw")
        #expect(asking.next(bytes("Host: localhost\r\n")) == .closeCrossProtocol)
        var pinned = session()
        pinned.runs("WATCH k")
        #expect(pinned.next(bytes("Host: localhost\r\n")) == .closeCrossProtocol)
    }
}
