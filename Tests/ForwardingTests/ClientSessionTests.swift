import Forwarding
import RESP
import Testing

@Suite("A client's commands") struct ClientSessionTests {
    @Test("a pipeline goes over the shared link as one run of bytes")
    func pipeline() {
        let input = requests("SET k v", "GET k", "INCR n") + bytes("*2\r\n$3\r\nGE")
        let whole = requests("SET k v", "GET k", "INCR n").count
        var session = session()
        #expect(session.next(input) == .share(end: whole, count: 3, reads: 1))
        session.shared(3)
        #expect(session.next(input, from: whole) == .needInput)
        #expect(session.inFlight == 3)
        #expect(!session.isPinned)
    }

    @Test("a step that could not be carried out is the same the next time")
    func repeated() {
        let input = requests("SET k v", "GET k")
        var session = session()
        for _ in 0..<3 { #expect(session.next(input) == .share(end: input.count, count: 2, reads: 1)) }
        #expect(session.inFlight == 0)
        for _ in 0..<3 { #expect(session.next(request("BLPOP a 0")) == .needLink(end: request("BLPOP a 0").count, afterWrites: false)) }
    }

    @Test("no more than so many commands are in flight on the shared link")
    func bounded() {
        let input = requests("GET a", "GET b", "GET c")
        var session = session(inFlightMax: 2)
        let two = requests("GET a", "GET b").count
        #expect(session.next(input) == .share(end: two, count: 2, reads: 2))
        session.shared(2)
        #expect(session.next(input, from: two) == .wait)
        session.repliesArrived(1)
        #expect(session.next(input, from: two) == .share(end: input.count, count: 1, reads: 1))
    }

    @Test("how many that may be grows with the replies that were not large, and shrinks with one that was")
    func window() {
        let one = request("GET k")
        let input = (0..<1000).flatMap { _ in one }
        var session = session()
        #expect(session.next(input) == .share(end: 64 * one.count, count: 64, reads: 64))
        session.shared(64)
        #expect(session.next(input, from: 64 * one.count) == .wait)
        session.repliesArrived(64)
        #expect(session.next(input) == .share(end: 128 * one.count, count: 128, reads: 128))
        session.shared(128)
        session.repliesArrived(127)
        session.sawLargeReply()
        session.repliesArrived(1)
        session.pinned()
        session.unpinned()
        #expect(session.next(input) == .share(end: 65 * one.count, count: 65, reads: 65))
    }

    @Test("an answer of the proxy's own waits until the replies before it are in")
    func order() {
        let input = requests("GET a", "GET b", "QUIT")
        let run = requests("GET a", "GET b").count
        var session = session()
        #expect(session.next(input) == .share(end: run, count: 2, reads: 2))
        session.shared(2)
        #expect(session.next(input, from: run) == .wait)
        session.repliesArrived(1)
        #expect(session.next(input, from: run) == .wait)
        session.repliesArrived(1)
        #expect(session.next(input, from: run) == .close(bytes("+OK\r\n")))
    }

    @Test("a command that needs a link of its own waits until the shared replies are in")
    func pinning() {
        let input = requests("GET a", "BLPOP l 0")
        let first = request("GET a").count
        var session = session()
        #expect(session.next(input) == .share(end: first, count: 1, reads: 1))
        session.shared(1)
        #expect(session.next(input, from: first) == .wait)
        session.repliesArrived(1)
        #expect(session.next(input, from: first) == .needLink(end: input.count, afterWrites: false))
        session.pinned()
        #expect(session.next(input, from: first) == .forward(end: input.count))
        #expect(session.isBlocking)
    }

    @Test("nothing goes out behind a command that waits: it would run when the wait ends, perhaps on a server that is being left")
    func behindWait() {
        for waiting in ["BLPOP a 0", "XREAD BLOCK 0 STREAMS s $", "WAIT 1 0", "BLMOVE a b LEFT LEFT 0"] {
            var session = session()
            session.sends(waiting)
            for behind in ["GET k", "INCR k", "BLPOP a 0", "MULTI", "SUBSCRIBE c", "SCAN 0", "QUIT"] { #expect(session.next(request(behind)) == .wait, "\(behind) behind \(waiting)") }
            session.answered("*-1\r\n")
            #expect(session.isPinOver)
        }
    }

    @Test("behind it, what follows goes over the own link too, until nothing keeps the client there")
    func pinned() {
        var session = session()
        session.sends("FCALL f 0")
        session.sends("GET k")
        session.answered("*-1\r\n")
        #expect(!session.isPinOver)
        session.answered("$-1\r\n")
        #expect(session.isPinOver)
        #expect(!session.isLinkSpent)
        session.unpinned()
        #expect(session.next(request("GET k")) == .share(end: request("GET k").count, count: 1, reads: 1))
    }

    @Test("WAIT is about all that the client has written, on whichever link")
    func wait() {
        var session = session()
        #expect(session.next(request("WAIT 1 0")) == .needLink(end: request("WAIT 1 0").count, afterWrites: true))
        #expect(session.next(request("WAITAOF 1 0 0")) == .needLink(end: request("WAITAOF 1 0 0").count, afterWrites: true))
    }

    @Test("inline requests are sent on as arrays")
    func inline() {
        let result = run(session(), bytes("SET k \"a b\"\r\n\r\n  \r\nGET k\nQUIT\r\n"))
        #expect(text(result.upstream) == "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na b\r\n" + text(request("GET k")))
        #expect(result.output == ["reply", "reply", "+OK\r\n"])
        #expect(result.own.isEmpty)
        #expect(result.isClosed)
    }

    @Test("QUIT and RESET are answered by the proxy, in any case of letters")
    func own() {
        #expect(run(session(), requests("quit", "GET k")).output == ["+OK\r\n"])
        let result = run(session(), requests("GET a", "ReSeT", "GET b"))
        #expect(result.output == ["reply", "+RESET\r\n", "reply"])
        #expect(result.upstream == requests("GET a", "GET b"))
    }

    @Test("what the proxy keeps of a client it answers for itself")
    func kept() {
        let result = run(session(), requests("SELECT 3", "CLIENT SETNAME app", "CLIENT GETNAME", "CLIENT SETINFO LIB-NAME x", "HELLO 3", "RESET", "CLIENT GETNAME", "HELLO"))
        #expect(result.upstream.isEmpty)
        #expect(result.output == ["+OK\r\n", "+OK\r\n", "$3\r\napp\r\n", "+OK\r\n", "greeting 3", "+RESET\r\n", "$-1\r\n", "greeting 2"])
        #expect(run(session(), requests("HELLO 3", "CLIENT GETNAME")).output == ["greeting 3", "_\r\n"])
    }

    @Test("a name that Redis would not take is refused in its words, and what it would not take at all is left to it")
    func keptWrongly() {
        let refusal = "-ERR Client names cannot contain spaces, newlines or special characters.\r\n"
        #expect(run(session(), bytes("CLIENT SETNAME \"a b\"\r\nCLIENT GETNAME\r\n")).output == [refusal, "$-1\r\n"])
        #expect(run(session(), bytes("HELLO 3 SETNAME \"a b\"\r\n")).output == [refusal])
        #expect(run(session(), request("CLIENT SETINFO LIB-AGE 3")).output == ["-ERR Unrecognized option 'LIB-AGE'\r\n"])
        for line in ["SELECT x", "SELECT 01", "SELECT +1", "SELECT -1", "SELECT", "SELECT 1 2", "HELLO 4", "HELLO 3 AUTH u p", "HELLO 3 NOSUCH", "CLIENT SETNAME"] {
            #expect(run(session(), request(line)).own == request(line), "\(line)")
        }
    }

    @Test("XREAD blocks only when it says BLOCK; WAIT always may")
    func blockingByArgument() {
        for (line, blocks) in [("XREAD COUNT 1 STREAMS s 0", false), ("xread block 0 STREAMS s $", true), ("WAIT 1 0", true), ("GET k", false)] {
            let result = run(session(), request(line))
            #expect(result.own.isEmpty == !blocks, "\(line)")
        }
    }

    @Test("a command's name without an end is refused rather than collected")
    func endlessName() {
        var session = session()
        let endless = bytes("*2\r\n$500000\r\n") + [UInt8](repeating: 65, count: 200_000)
        #expect(session.next(endless) == .close(bytes("-ERR Protocol error: invalid bulk length\r\n")))
    }

    @Test("a client with large replies keeps off the shared link until they have been small for a while")
    func largeReplies() {
        var session = session()
        session.sawLargeReply()
        session.sends("GET k")
        session.answered("$2\r\nok\r\n")
        #expect(!session.isPinOver)
        for _ in 0..<40 { session.runs("GET k", "$2\r\nok\r\n") }
        #expect(session.isPinOver)
        session.unpinned()
        #expect(session.next(request("GET k")) == .share(end: request("GET k").count, count: 1, reads: 1))
    }

    @Test("what was right before a protocol error is run and answered first")
    func protocolError() {
        let good = requests("SET a 1", "GET a")
        let result = run(session(), good + bytes("*1\r\n:1\r\n") + request("GET b"))
        #expect(result.upstream == good)
        #expect(result.output == ["reply", "reply", "-ERR Protocol error: expected '$', got ':'\r\n"])
        #expect(result.isClosed)
        let inline = run(session(), good + bytes("SET \"a\r\n"))
        #expect(inline.upstream == good)
        #expect(inline.output == ["reply", "reply", "-ERR Protocol error: unbalanced quotes in request\r\n"])
        #expect(inline.isClosed)
    }

    @Test(
        "whole scripts come to the same however they are cut",
        arguments: [
            requests("SET k v", "GET k", "MULTI", "INCR n", "EXEC", "QUIT"), requests("GET a", "RESET", "GET b", "RESET", "RESET", "GET c"),
            bytes("PING\r\n") + requests("GET a") + bytes("\r\n*0\r\nGET b\r\n*-1\r\n") + requests("QUIT"),
            bytes("*0\r\n\r\n") + requests("SELECT 2", "quit"), requests("GET a", "BLPOP b 0", "GET c", "SELECT 4", "GET d", "CLIENT ID", "GET e"),
            requests("WATCH a", "GET a", "MULTI", "SET a 1", "EXEC", "GET a") + bytes("BLPOP l 0\r\nNOSUCH\r\n") + request("GET b"),
        ])
    func scripts(input: [UInt8]) {
        let result = run(session(), input)
        #expect(!result.output.isEmpty || !result.upstream.isEmpty)
        let locked = run(session(password: "p"), request("AUTH p") + input)
        #expect(locked.output.first == "+OK\r\n")
    }

    @Test("bytes that ask for nothing are passed over")
    func nothing() {
        var session = session()
        #expect(session.next(bytes("*0\r\n")) == .skip(end: 4))
        #expect(session.next(bytes("   \r\n")) == .skip(end: 5))
        #expect(session.next([]) == .needInput)
        #expect(session.inFlight == 0)
    }
}
