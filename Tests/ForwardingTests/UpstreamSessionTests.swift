import Forwarding
import RESP
import Testing

@Suite("Start of a link to a server") struct UpstreamSessionTests {
    private func opened(_ handshake: UpstreamHandshake) -> String {
        var session = UpstreamSession()
        return text(session.opened(handshake))
    }

    /// The first outcome that is not ``UpstreamSession/Outcome/settling``, after checking that it is the same byte by byte.
    private func outcome(_ handshake: UpstreamHandshake, _ replies: String) -> UpstreamSession.Outcome {
        var whole = UpstreamSession()
        _ = whole.opened(handshake)
        let expected = bytes(replies).withUnsafeBytes { whole.received($0) }
        var single = UpstreamSession()
        _ = single.opened(handshake)
        var found = UpstreamSession.Outcome.settling
        for byte in bytes(replies) where found == .settling { found = [byte].withUnsafeBytes { single.received($0) } }
        #expect(found == expected)
        return expected
    }

    private static let master = "*3\r\n$6\r\nmaster\r\n:3129659\r\n*1\r\n*3\r\n$9\r\n127.0.0.1\r\n$4\r\n9001\r\n$7\r\n3129242\r\n"
    private static let replica = "*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:9000\r\n$9\r\nconnected\r\n:3167038\r\n"

    @Test("a link for those whom Redis does not serve is of no use where it serves them", arguments: [false, true])
    func strangers(verifiesRole: Bool) {
        var handshake = UpstreamHandshake(verifiesRole: verifiesRole)
        handshake.mustBeRefused = true
        handshake.takesUndisclosedRole = true
        #expect(outcome(handshake, "-NOAUTH Authentication required.\r\n") == .ready)
        for reply in ["+PONG\r\n", "-NOPERM no\r\n", "-ERR unknown command\r\n", "-LOADING\r\n", "-BUSY\r\n", Self.master, Self.replica] {
            #expect(outcome(handshake, reply) == .failed(.servedWithoutPassword), "\(reply)")
        }
    }

    @Test("a link for those whom Redis serves is of no use where it wants a password")
    func served() {
        var handshake = UpstreamHandshake(verifiesRole: false)
        handshake.mustBeServed = true
        #expect(outcome(handshake, "+PONG\r\n") == .ready)
        #expect(outcome(handshake, "-NOAUTH Authentication required.\r\n") == .failed(.authentication("NOAUTH Authentication required.")))
    }

    @Test("all is asked in one write, in the order that Redis needs")
    func order() {
        let all = UpstreamHandshake(user: bytes("u"), password: bytes("p"), database: 3, protocolVersion: 3, clientName: bytes("gw"))
        #expect(opened(all) == text(requests("AUTH u p", "HELLO 3", "SELECT 3", "CLIENT SETNAME gw", "ROLE")))
        #expect(opened(UpstreamHandshake()) == text(request("ROLE")))
        #expect(opened(UpstreamHandshake(password: bytes("p"))) == text(requests("AUTH p", "ROLE")))
        #expect(opened(UpstreamHandshake(user: bytes("u"))) == text(request("ROLE")))
        #expect(opened(UpstreamHandshake(verifiesRole: false)) == text(request("PING")))
    }

    @Test("the link is ready once ROLE says master, and not before")
    func ready() {
        let handshake = UpstreamHandshake(password: bytes("p"), database: 1, clientName: bytes("gw"))
        #expect(outcome(handshake, "+OK\r\n+OK\r\n+OK\r\n") == .settling)
        #expect(outcome(handshake, "+OK\r\n+OK\r\n+OK\r\n" + Self.master) == .ready)
        #expect(outcome(handshake, "+OK\r\n+OK\r\n-ERR no name today\r\n" + Self.master) == .ready)
        let three = UpstreamHandshake(protocolVersion: 3)
        #expect(outcome(three, "%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n" + Self.master) == .ready)
    }

    @Test("the server's id for the link is asked for where no HELLO tells it; who may not know it does without", arguments: [
        (2, ":7\r\n", 7), (2, "-NOPERM this user has no permissions\r\n", nil), (2, "$1\r\n7\r\n", nil),
        (3, "%1\r\n$2\r\nid\r\n:9\r\n", 9), (3, "%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n", nil),
    ] as [(Int, String, Int?)])
    func identity(version: Int, reply: String, expected: Int?) {
        let handshake = UpstreamHandshake(protocolVersion: version, asksForID: true)
        #expect(opened(handshake) == text(requests(version == 3 ? "HELLO 3" : "CLIENT ID", "ROLE")))
        var session = UpstreamSession()
        _ = session.opened(handshake)
        let outcome = bytes(reply + Self.master).withUnsafeBytes { session.received($0) }
        let found = session.clientID
        #expect(outcome == .ready)
        #expect(found == expected)
    }

    @Test("a server without AUTH quotes the password, and the reason does not")
    func quotedPassword() {
        let reply = "-ERR unknown command 'AUTH', with args beginning with: 'secret' \r\n"
        #expect(outcome(UpstreamHandshake(password: bytes("secret")), reply) == .failed(.authentication("ERR unknown command 'AUTH'")))
    }

    @Test("a server that is no master is not used")
    func noMaster() {
        #expect(outcome(UpstreamHandshake(), Self.replica) == .failed(.notMaster("ROLE answers slave")))
        #expect(outcome(UpstreamHandshake(), "*2\r\n$8\r\nsentinel\r\n*0\r\n") == .failed(.notMaster("ROLE answers sentinel")))
        #expect(outcome(UpstreamHandshake(), "*0\r\n") == .failed(.notMaster("ROLE answers nothing known")))
        #expect(outcome(UpstreamHandshake(), "-LOADING Redis is loading\r\n") == .failed(.notMaster("LOADING Redis is loading")))
    }

    @Test("where ROLE is not permitted, or a script runs too long, HELLO tells")
    func greetedRole() {
        for refusal in ["-NOPERM no\r\n", "-BUSY Redis is busy running a script.\r\n"] {
            #expect(outcome(UpstreamHandshake(protocolVersion: 3), "%0\r\n" + refusal) == .ask(request("HELLO 3")))
            for (role, expected) in [("master", UpstreamSession.Outcome.ready), ("replica", .failed(.notMaster("HELLO names no master")))] {
                var session = UpstreamSession()
                _ = session.opened(UpstreamHandshake())
                _ = bytes(refusal).withUnsafeBytes { session.received($0) }
                let greeting = "*4\r\n$6\r\nserver\r\n$5\r\nredis\r\n$4\r\nrole\r\n$\(role.count)\r\n\(role)\r\n"
                #expect(bytes(greeting).withUnsafeBytes { session.received($0) } == expected)
            }
        }
    }

    @Test("where neither is known or permitted, INFO tells")
    func information() {
        let refusal = "-NOPERM this user has no permissions to run the 'role' command\r\n"
        func answered(_ reply: String) -> UpstreamSession.Outcome {
            var session = UpstreamSession()
            _ = session.opened(UpstreamHandshake())
            _ = bytes(refusal).withUnsafeBytes { session.received($0) }
            #expect(bytes("-ERR unknown command\r\n").withUnsafeBytes { session.received($0) } == .ask(request("INFO replication")))
            return bytes(reply).withUnsafeBytes { session.received($0) }
        }
        func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }
        #expect(answered(bulk("# Replication\r\nrole:master\r\nconnected_slaves:0\r\n")) == .ready)
        #expect(answered(bulk("# Replication\r\nrole:slave\r\n")) == .failed(.notMaster("INFO replication names no master")))
        #expect(answered(bulk("x_role:master\r\n")) == .failed(.notMaster("INFO replication names no master")))
        #expect(answered("-NOPERM no\r\n") == .failed(.notMaster("NOPERM no")))
    }

    @Test("refused credentials are told in Redis's words")
    func credentials() {
        let handshake = UpstreamHandshake(password: bytes("p"))
        let words = "WRONGPASS invalid username-password pair or user is disabled."
        #expect(outcome(handshake, "-\(words)\r\n-NOAUTH Authentication required.\r\n") == .failed(.authentication(words)))
        #expect(outcome(UpstreamHandshake(), "-NOAUTH Authentication required.\r\n") == .failed(.authentication("NOAUTH Authentication required.")))
        let three = UpstreamHandshake(protocolVersion: 3)
        #expect(outcome(three, "-NOPROTO unsupported protocol version\r\n") == .failed(.refused("NOPROTO unsupported protocol version")))
        #expect("\(HandshakeFailure.authentication("x"))" == "authentication: x")
    }

    @Test("a database that cannot be chosen fails the link")
    func database() {
        #expect(outcome(UpstreamHandshake(database: 99), "-ERR DB index is out of range\r\n") == .failed(.refused("ERR DB index is out of range")))
        #expect(outcome(UpstreamHandshake(database: 9), "+OK\r\n" + Self.master) == .ready)
    }

    @Test("any answer of a server that is taken as it is will do", arguments: ["+PONG\r\n", "-NOAUTH Authentication required.\r\n", "-LOADING\r\n"])
    func sign(reply: String) { #expect(outcome(UpstreamHandshake(verifiesRole: false), reply) == .ready) }

    @Test("what is no RESP, or answers no question, fails the link")
    func malformed() {
        #expect(outcome(UpstreamHandshake(), "HTTP/1.1 400 Bad Request\r\n") == .failed(.malformed("unknownMarker(72)")))
        var session = UpstreamSession()
        #expect(bytes("+OK\r\n").withUnsafeBytes { session.received($0) } == .failed(.malformed("a reply that nobody asked for")))
    }
}
