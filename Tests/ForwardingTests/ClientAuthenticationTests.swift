import Forwarding
import Testing

@Suite("A client's password") struct ClientAuthenticationTests {
    private static let required = "-NOAUTH Authentication required.\r\n"
    private static let wrong = "-WRONGPASS invalid username-password pair or user is disabled.\r\n"

    private func outputs(_ lines: String..., password: String = "secret", user: String? = nil) -> ClientRun {
        run(session(password: password, user: user), lines.flatMap { request($0) })
    }

    @Test("before the password nothing is forwarded, after it everything is")
    func flow() {
        let result = outputs("GET k", "AUTH secret", "GET k")
        #expect(result.output == [Self.required, "+OK\r\n", "reply"])
        #expect(result.upstream == request("GET k"))
    }

    @Test("a wrong password opens nothing, and takes nothing away from who is in")
    func wrongPassword() {
        #expect(outputs("AUTH nearly", "GET k").output == [Self.wrong, Self.required])
        #expect(outputs("AUTH secret", "AUTH nearly", "GET k").output == ["+OK\r\n", Self.wrong, "reply"])
    }

    @Test("users are told apart; without one in the settings `default` stands for it")
    func users() {
        #expect(outputs("AUTH default secret").output == ["+OK\r\n"])
        #expect(outputs("AUTH somebody secret").output == [Self.wrong])
        #expect(outputs("AUTH app secret", user: "app").output == ["+OK\r\n"])
        #expect(outputs("AUTH default secret", user: "app").output == [Self.wrong])
        #expect(outputs("AUTH secret", user: "app").output == [Self.wrong])
        #expect(outputs("AUTH secret", user: "default").output == ["+OK\r\n"])
    }

    @Test("AUTH with the wrong number of arguments is refused in Redis's words")
    func arity() {
        #expect(outputs("AUTH").output == ["-ERR wrong number of arguments for 'auth' command\r\n"])
        #expect(outputs("AUTH a b c").output == ["-ERR syntax error\r\n"])
    }

    @Test("HELLO may carry the password, which does not go upstream")
    func hello() {
        let result = outputs("HELLO 3 AUTH default secret SETNAME app", "GET k", "CLIENT GETNAME")
        #expect(text(result.upstream) == text(request("GET k")))
        #expect(result.output == ["greeting 3", "reply", "$3\r\napp\r\n"])
        #expect(outputs("hello 2 setname a auth default secret").output == ["greeting 2"])
        #expect(outputs("AUTH secret", "HELLO 3").output == ["+OK\r\n", "greeting 3"])
        #expect(outputs("AUTH secret", "HELLO").output == ["+OK\r\n", "greeting 2"])
    }

    @Test("HELLO without a password, with a wrong one or with what it does not know is refused")
    func helloRefused() {
        let unauthenticated =
            "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to "
            + "authenticate the client and select the RESP protocol version at the same time\r\n"
        #expect(outputs("HELLO 3").output == [unauthenticated])
        #expect(outputs("HELLO").output == [unauthenticated])
        #expect(outputs("HELLO 3 AUTH default nearly", "GET k").output == [Self.wrong, Self.required])
        #expect(outputs("HELLO 3 NOSUCH secret").output == ["-ERR Syntax error in HELLO option 'NOSUCH'\r\n"])
        #expect(outputs("HELLO 3 AUTH default").output == ["-ERR Syntax error in HELLO option 'AUTH'\r\n"])
        #expect(outputs("HELLO 3 a\rb\n").output == ["-ERR Syntax error in HELLO option 'a?b?'\r\n"])
        #expect(outputs("HELLO 3 SETNAME a AUTH default nearly").upstream.isEmpty)
    }

    @Test("HELLO in a version that Redis does not speak lets nobody in, whatever password it carries")
    func helloVersion() {
        #expect(outputs("HELLO 9 AUTH default secret", "GET k").output == ["-NOPROTO unsupported protocol version\r\n", Self.required])
        #expect(
            outputs("HELLO x AUTH default secret", "GET k").output
                == ["-ERR Protocol version is not an integer or out of range\r\n", Self.required])
    }

    @Test("inline requests follow the same rules")
    func inline() {
        let result = run(session(password: "secret"), bytes("GET k\r\nAUTH secret\r\nGET k\r\n"))
        #expect(result.output == [Self.required, "+OK\r\n", "reply"])
        #expect(result.upstream == request("GET k"))
    }

    @Test("Redis's narrow limits hold until the password is shown")
    func limits() {
        let eleven = bytes("*11\r\n")
        let refused = run(session(password: "p"), eleven)
        #expect(refused.output == ["-ERR Protocol error: unauthenticated multibulk length\r\n"])
        #expect(refused.isClosed)
        let long = run(session(password: "p"), bytes("*2\r\n$4\r\nAUTH\r\n$16385\r\n"))
        #expect(long.output == ["-ERR Protocol error: unauthenticated bulk length\r\n"])
        #expect(run(session(password: "p"), request("AUTH p") + eleven).output == ["+OK\r\n"])
        #expect(run(session(), eleven).output.isEmpty)
    }

    @Test("RESET takes the password's effect back; QUIT needs none")
    func reset() {
        #expect(outputs("AUTH secret", "RESET", "GET k").output == ["+OK\r\n", "+RESET\r\n", Self.required])
        #expect(outputs("RESET").output == ["+RESET\r\n"])
        #expect(outputs("QUIT", "GET k").output == ["+OK\r\n"])
    }

    @Test("without a password of the proxy's AUTH and HELLO are Redis's to answer")
    func none() {
        let result = run(session(), requests("AUTH a b c", "HELLO 9", "HELLO 3 AUTH u p", "GET k"))
        #expect(result.upstream == requests("AUTH a b c", "HELLO 9", "HELLO 3 AUTH u p", "GET k"))
        #expect(result.own.starts(with: requests("AUTH a b c", "HELLO 9", "HELLO 3 AUTH u p")))
        #expect(result.output == ["reply", "reply", "reply", "reply"])
    }
}
