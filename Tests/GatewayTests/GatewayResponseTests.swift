import HTTP1
import Testing

@testable import Gateway

@Suite("Responses to replies") struct GatewayResponseTests {
    @Test("whether the connection goes on is said where the version does not say it, and always as Webdis does", arguments: [("1.1", "", nil), ("1.0", "Connection: keep-alive\r\n", "Keep-Alive"), ("1.1", "Connection: close\r\n", "Close"), ("1.0", "", "Close")] as [(String, String, String?)])
    func connection(version: String, field: String, said: String?) throws {
        let request = "GET /PING HTTP/\(version)\r\nHost: gw\r\n\(field)\r\n"
        let response = try plan(request).command.response(to: "+PONG\r\n")
        #expect(response.contains("\r\nConnection: \(said ?? "")") == (said != nil))
        #expect(try plan(request, GatewayRules(isWebdis: true)).command.response(to: "+PONG\r\n", GatewayRules(isWebdis: true)).contains("\r\nConnection: \(said ?? "Keep-Alive")\r\n"))
    }

    @Test("a reply goes out with its fields in Webdis's order")
    func wholeResponse() throws {
        #expect(
            try get("/PING").command.response(to: "+PONG\r\n")
                == "HTTP/1.1 200 OK\r\n\(commonFields)Content-Type: application/json\r\nContent-Length: 22\r\n\r\n{\"PING\":[true,\"PONG\"]}")
        #expect(
            try get("/GET/k.bin?filename=dump.bin").command.response(to: "$1\r\nv\r\n")
                == "HTTP/1.1 200 OK\r\n\(commonFields)Content-Disposition: attachment; filename=\"dump.bin\"\r\nContent-Type: binary/octet-stream\r\nContent-Length: 1\r\n\r\nv")
        #expect(
            try plan("GET /PING.raw HTTP/1.0\r\n\r\n").command.response(to: "+PONG\r\n")
                == "HTTP/1.0 200 OK\r\n\(commonFields)Content-Type: binary/octet-stream\r\nConnection: Close\r\nContent-Length: 7\r\n\r\n+PONG\r\n")
    }

    @Test(
        "every format has its bytes",
        arguments: [
            ("/GET/k", "$-1\r\n", "{\"GET\":null}"), ("/GET/k.js", "$1\r\nv\r\n", "{\"GET\":\"v\"}"), ("/GET/k.raw", "$-1\r\n", "$-1\r\n"), ("/GET/l.txt", "-WRONGTYPE no\r\n", "-WRONGTYPE no"),
            ("/LRANGE/l/0/-1.txt?sep=--", "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", "a--b--c"), ("/LRANGE/l/0/-1.html?sep=<br>", "*2\r\n$1\r\na\r\n$1\r\nb\r\n", "a<br>b"),
            ("/LRANGE/l/0/-1?type=text/x", "*1\r\n$1\r\na\r\n", "a"), ("/GET/k.xml", "$4\r\n<a/>\r\n", "<a/>"),
            ("/INCR/n.xml", ":1\r\n", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><reply command=\"INCR\"><integer>1</integer></reply>"), ("/LRANGE/l/0/-1?jsonp=cb", "*1\r\n$1\r\na\r\n", "cb({\"LRANGE\":[\"a\"]});\n"),
            ("/GET/k?jsonp=", "$1\r\nv\r\n", "({\"GET\":\"v\"});\n"), ("/GET/k.raw?jsonp=cb", "$1\r\nv\r\n", "$1\r\nv\r\n"),
        ])
    func formats(target: String, reply: String, body: String) throws {
        let response = try get(target).command.response(to: reply)
        #expect(response.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(response.body == body)
        #expect(response.contains("\r\nContent-Length: \(body.utf8.count)\r\n\r\n"))
    }

    @Test("nil is 404 where the format cannot say it", arguments: ["/GET/k.txt", "/GET/k.png", "/GET/k?type=text/plain", "/GET/k.xml"], ["$-1\r\n", "*-1\r\n", "_\r\n"])
    func missing(target: String, reply: String) throws {
        #expect(try get(target).command.response(to: reply) == "HTTP/1.1 404 Not Found\r\n\(commonFields)Content-Length: 0\r\n\r\n")
    }

    @Test("HEAD has the length of the body that GET would have, and no body")
    func head() throws {
        let long = "$200\r\n" + String(repeating: "x", count: 200) + "\r\n"
        let response = try get("/GET/k", method: "HEAD").command.response(to: long)
        #expect(response.contains("\r\nContent-Length: 210\r\n"))
        #expect(response.body == "")
    }

    @Test("a value that is no UTF-8 is said to have been changed, in JSON only")
    func replaced() throws {
        let reply = Array("$3\r\na".utf8) + [0xFF] + Array("b\r\n".utf8)
        let json = try get("/GET/k").command.response(to: reply)
        #expect(json.contains("\r\nX-Mastergate-Encoding: utf-8-replaced\r\nContent-Length: 15\r\n\r\n{\"GET\":\"a\u{FFFD}b\"}"))
        #expect(try !get("/GET/k.txt").command.response(to: reply).contains("X-Mastergate"))
    }

    @Test("a file's name cannot end its field or its quotes")
    func filename() throws {
        var command = try get("/GET/k?filename=a\"b\\c").command
        #expect(command.response(to: ":1\r\n").contains("\r\nContent-Disposition: attachment; filename=\"a_b_c\"\r\n"))
        command.filename = Array("a\r\nX: y\u{0}".utf8)
        #expect(command.response(to: ":1\r\n").contains("\r\nContent-Disposition: attachment; filename=\"a__X: y_\"\r\n"))
    }

    @Test("what is no reply is 502", arguments: ["", "*2\r\n:1\r\n", "?\r\n", "$5\r\nab\r\n"])
    func unrenderable(reply: String) throws {
        let response = try get("/GET/k?jsonp=cb").command.response(to: reply)
        #expect(response.hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
        #expect(response.body == "{\"error\":{\"status\":502,\"message\":\"the reply cannot be shown in this format\"}}")
    }

    @Test("large replies have the right length in every format", arguments: [0, 3, 9, 10, 70, 85, 99, 100, 990, 1000, 99_990, 100_000], ["/GET/k", "/GET/k.raw", "/GET/k.txt", "/GET/k?jsonp=a", "/GET/k.xml"])
    func lengths(count: Int, target: String) throws {
        // Quotes double in JSON, so the guess is wrong by more than a digit.
        let response = try get(target).command.response(to: "$\(count)\r\n" + String(repeating: "\"", count: count) + "\r\n")
        #expect(response.contains("\r\nContent-Length: \(response.body.utf8.count)\r\n\r\n"))
    }
}

@Suite("Answers without a reply") struct GatewayAnswerTests {
    private func response(
        _ answer: GatewayAnswer, _ framing: ResponseFraming = ResponseFraming(), _ rules: GatewayRules = GatewayRules()
    ) -> String {
        var output: [UInt8] = []
        answer.append(framing, rules, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test("a refusal says its status and its reason in JSON")
    func refusal() throws {
        let (answer, framing) = try #require(try get("/SELECT/1").answer)
        let body = "{\"error\":{\"status\":403,\"message\":\"this command needs a connection of its own and is not allowed over HTTP\"}}"
        #expect(
            response(answer, framing)
                == "HTTP/1.1 403 Forbidden\r\n\(commonFields)Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    @Test("OPTIONS is answered as Webdis does in its mode, and with what browsers ask for in ours")
    func options() {
        let webdis = GatewayRules(isWebdis: true)
        #expect(
            response(.options, ResponseFraming(), webdis)
                == "HTTP/1.1 200 OK\r\n\(webdisFields)Connection: Close\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n")
        #expect(response(.options).contains("\r\nAccess-Control-Allow-Methods: GET, HEAD, POST, PUT, OPTIONS\r\n"))
        #expect(!response(.options).contains("Access-Control-Allow-Origin"))
    }

    @Test(
        "failures have their status, their fields and a JSON body of the stated length",
        arguments: [
            (GatewayAnswer.masterUnavailable, 503, "Retry-After: 1"), (.outcomeUnknown, 504, ""), (.bodyTooLarge, 413, ""), (.requestTimeout, 408, ""), (.headTooLarge, 431, ""), (.forbidden, 403, ""),
            (.unauthorized, 401, "WWW-Authenticate: Basic realm=\"mastergate\", charset=\"UTF-8\""), (GatewayAnswer(status: 400, message: "no"), 400, ""),
        ])
    func failures(answer: GatewayAnswer, status: Int, field: String) {
        let text = response(answer)
        #expect(text.hasPrefix("HTTP/1.1 \(status) \(HTTPStatus.reason(status))\r\n\(commonFields)"))
        #expect(field.isEmpty || text.contains("\r\n\(field)\r\n"))
        #expect(text.body == "{\"error\":{\"status\":\(status),\"message\":\"\(answer.message)\"}}")
        #expect(text.contains("\r\nContent-Type: application/json\r\nConnection: Close\r\nContent-Length: \(text.body.utf8.count)\r\n\r\n"))
        #expect(!answer.message.description.contains { $0 == "\"" || $0 == "\\" || $0.isNewline })
    }

    @Test("a HEAD that is refused has no body")
    func head() throws {
        let (answer, framing) = try #require(try get("/SELECT/1", method: "HEAD").answer)
        #expect(response(answer, framing).body == "")
    }

    @Test("a malformed request's problem becomes its answer, and the connection ends")
    func problem() {
        let text = response(GatewayAnswer(HTTPProblem(status: 431, message: "too many")))
        #expect(text.hasPrefix("HTTP/1.1 431 Request Header Fields Too Large\r\n"))
        #expect(text.contains("\r\nConnection: Close\r\n"))
    }
}

@Suite("Basic credentials") struct BasicCredentialsTests {
    private func credentials(_ value: String) -> BasicCredentials? { BasicCredentials(authorization: Array(value.utf8).span) }

    @Test("user and password are split at the first colon", arguments: [("Basic dXNlcjpwYXNz", "user", "pass"), ("bAsIc   dTpwOnE=", "u", "p:q"), ("Basic Og==", "", ""), ("Basic w6k6w6g=", "é", "è")])
    func valid(value: String, user: String, password: String) {
        #expect(credentials(value)?.user.elementsEqual(user.utf8) == true)
        #expect(credentials(value)?.password.elementsEqual(password.utf8) == true)
    }

    @Test("anything else is no credentials", arguments: ["", "Basic", "Basic ", "Bearer dXNlcjpwYXNz", "Basic dXNlcg==", "Basic dXNlcjpwYXN", "BasicdXNlcjpwYXNz", "Basic dXNl cjpw", "Basic !!!!", "Basic dXNlcjpwYXNz x"])
    func invalid(value: String) {
        #expect(credentials(value) == nil)
    }
}
