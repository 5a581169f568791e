import Forwarding
import RESP
import Testing

@Suite("A client's commands") struct ClientSessionTests {
    @Test("a pipeline goes upstream as one run of bytes")
    func pipeline() {
        let input = requests("SET k v", "GET k", "INCR n") + bytes("*2\r\n$3\r\nGE")
        let whole = requests("SET k v", "GET k", "INCR n").count
        var session = session()
        #expect(session.next(input) == .forward(0..<whole))
        #expect(session.next(input, from: whole) == .needInput)
        #expect(session.inFlight == 3)
    }

    @Test("an answer of the proxy's own waits until the replies before it are in")
    func order() {
        let input = requests("GET a", "GET b", "QUIT")
        let run = requests("GET a", "GET b").count
        var session = session()
        #expect(session.next(input) == .forward(0..<run))
        #expect(session.next(input, from: run) == .wait)
        session.replyArrived(marker: UInt8(ascii: "$"))
        #expect(session.next(input, from: run) == .wait)
        session.replyArrived(marker: UInt8(ascii: "-"))
        #expect(session.next(input, from: run) == .close(bytes("+OK\r\n")))
    }

    @Test("a push is no reply, and a reply that nobody awaits changes nothing")
    func pushes() {
        var session = session()
        session.replyArrived(marker: UInt8(ascii: "+"))
        #expect(session.inFlight == 0)
        session.sends("GET k")
        session.replyArrived(marker: UInt8(ascii: ">"))
        #expect(session.inFlight == 1)
    }

    @Test("inline requests are sent on as arrays")
    func inline() {
        let result = run(session(), bytes("SET k \"a b\"\r\n\r\n  \r\nGET k\nQUIT\r\n"))
        #expect(text(result.upstream) == "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na b\r\n" + text(request("GET k")))
        #expect(result.output == ["reply", "reply", "+OK\r\n"])
        #expect(result.isClosed)
    }

    @Test("QUIT and RESET are answered by the proxy, in any case of letters")
    func own() {
        #expect(run(session(), requests("quit", "GET k")).output == ["+OK\r\n"])
        let result = run(session(), requests("GET a", "ReSeT", "GET b"))
        #expect(result.output == ["reply", "+RESET\r\n", "reply"])
        #expect(result.upstream == requests("GET a", "GET b"))
    }

    @Test("RESET brings a fresh link's state back")
    func reset() {
        var session = session()
        session.sends("SELECT 3")
        session.replyArrived(marker: UInt8(ascii: "+"))
        #expect(!session.isMovable)
        #expect(session.next(request("RESET")) == .reset(bytes("+RESET\r\n"), end: request("RESET").count))
        #expect(session.linkForgotten() == 0)
        #expect(session.isMovable)
    }

    @Test(
        "from these commands on replies match commands no more, and nothing waits for any",
        arguments: ["SUBSCRIBE c", "PSUBSCRIBE c", "SSUBSCRIBE c", "MONITOR", "CLIENT REPLY OFF", "SYNC", "PSYNC ? -1"])
    func unmatched(line: String) {
        var session = session()
        session.sends("GET k")
        session.sends(line)
        #expect(!session.isMatched)
        #expect(!session.isMovable)
        session.replyArrived(marker: UInt8(ascii: "+"))
        #expect(session.next(request("QUIT")) == .close(bytes("+OK\r\n")))
        #expect(session.linkForgotten() > 0)
        #expect(session.isMatched)
    }

    @Test(
        "a client whose link carries something of it cannot move to another",
        arguments: [
            (["GET k", "SET k v"], true), (["SELECT 1"], false), (["CLIENT SETNAME x"], false), (["AUTH p"], false), (["HELLO 3"], false), (["MULTI"], false),
            (["MULTI", "SET k v", "EXEC"], true), (["MULTI", "DISCARD"], true), (["WATCH k"], false), (["WATCH k", "GET k", "UNWATCH"], true),
            (["WATCH k", "MULTI", "EXEC"], true), (["WATCH k", "MULTI", "DISCARD"], true), (["MULTI", "UNWATCH"], false), (["WATCH k", "MULTI", "UNWATCH"], false),
            (["NOSUCH x"], false), (["CLIENT ID"], true), (["BLPOP a 0"], true), (["SELECT 1", "MULTI", "EXEC"], false),
        ] as [([String], Bool)])
    func movable(lines: [String], isMovable: Bool) {
        var session = session()
        for line in lines {
            session.sends(line)
            session.replyArrived(marker: UInt8(ascii: "+"))
        }
        #expect(session.inFlight == 0)
        #expect(session.isMovable == isMovable)
        #expect(session.linkForgotten() == 0)
        #expect(session.isMovable)
    }

    @Test("XREAD blocks only when it says BLOCK; WAIT always may")
    func blockingByArgument() {
        for (line, blocks) in [
            ("XREAD COUNT 1 STREAMS s 0", false), ("xread block 0 STREAMS s $", true), ("WAIT 1 0", true), ("GET k", false),
        ] {
            var session = session()
            session.sends(line)
            #expect(session.isBlocking == blocks, "\(line)")
        }
    }

    @Test("a command's name without an end is refused rather than collected")
    func endlessName() {
        var session = session()
        let endless = bytes("*2\r\n$500000\r\n") + [UInt8](repeating: 65, count: 200_000)
        #expect(session.next(endless) == .close(bytes("-ERR Protocol error: invalid bulk length\r\n")))
    }

    @Test("a blocking command is known until every reply is in")
    func blocking() {
        var session = session()
        session.sends("GET k")
        #expect(!session.isBlocking)
        session.sends("BLPOP a 0")
        #expect(session.isBlocking)
        session.replyArrived(marker: UInt8(ascii: "$"))
        #expect(session.isBlocking)
        session.replyArrived(marker: UInt8(ascii: "*"))
        #expect(!session.isBlocking)
    }

    @Test("a lost link tells how much was awaited")
    func lost() {
        var session = session()
        session.sends("GET a")
        session.sends("BLPOP b 0")
        #expect(session.linkForgotten() == 2)
        #expect(session.inFlight == 0)
        #expect(!session.isBlocking)
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
            bytes("*0\r\n\r\n") + requests("SELECT 2", "quit"), requests("SUBSCRIBE a", "PING", "UNSUBSCRIBE", "QUIT"),
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
