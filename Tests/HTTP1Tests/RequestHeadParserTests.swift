import Testing

@testable import HTTP1

@Suite("Request head") struct RequestHeadParserTests {
    @Test("a plain request is read in place")
    func plain() throws {
        let text = "GET /SET/k/v?x=1 HTTP/1.1\r\nHost: gw:7379\r\nUser-Agent: curl/8\r\n\r\n"
        let head = try head(text)
        #expect(head.method == .get)
        #expect(text[bytes: head.methodName] == "GET")
        #expect(text[bytes: head.target] == "/SET/k/v?x=1")
        #expect(text[bytes: head.host] == "gw:7379")
        #expect(head.minorVersion == 1)
        #expect(head.keepAlive)
        #expect(!head.declaresBody && head.contentLength == nil && !head.isChunked && !head.expectsContinue)
        #expect(head.authorization == nil && head.ifNoneMatch == nil && head.upgrade == nil)
    }

    @Test("what follows the head is left alone")
    func pipelined() {
        let first = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        guard case .complete(_, let count) = parse(first + "GET /next HTTP/1.1\r\n") else { return #expect(Bool(false)) }
        #expect(count == first.utf8.count)
    }

    @Test("fields that the gateway reads are found in any case, without the blanks around them")
    func fields() throws {
        let text =
            "PUT /x HTTP/1.1\r\nhOST:\t gw \t\r\nAUTHORIZATION: Basic eDp5\r\nif-none-match: \"a\"\r\nContent-LENGTH: 007\r\n"
            + "Expect: 100-Continue\r\nX-Empty:\r\nX-Latin: caf\u{e9}\r\n\r\n"
        let head = try head(text)
        #expect(head.method == .put)
        #expect(text[bytes: head.host] == "gw")
        #expect(text[bytes: head.authorization] == "Basic eDp5")
        #expect(text[bytes: head.ifNoneMatch] == "\"a\"")
        #expect(head.contentLength == 7 && head.declaresBody)
        #expect(head.expectsContinue)
    }

    @Test(
        "methods are told apart by their exact letters",
        arguments: [
            ("GET", HTTPMethod.get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete), ("PATCH", .patch),
            ("OPTIONS", .options), ("get", .other), ("GETX", .other), ("M-SEARCH", .other), ("TRACE", .other),
        ])
    func methods(name: String, method: HTTPMethod) throws {
        #expect(try head("\(name) / HTTP/1.1\r\nHost: a\r\n\r\n").method == method)
    }

    @Test(
        "the connection is kept or closed as version and Connection say",
        arguments: [
            ("1.1", "", true), ("1.1", "Connection: close\r\n", false), ("1.1", "Connection: CLOSE\r\n", false),
            ("1.1", "Connection: upgrade, close\r\n", false), ("1.1", "Connection: x\r\nConnection: ,close ,\r\n", false),
            ("1.1", "Connection: closed\r\n", true), ("1.0", "", false), ("1.0", "Connection: Keep-Alive\r\n", true),
            ("1.0", "Connection: te, keep-alive\r\n", true), ("1.0", "Connection: keep-alive, close\r\n", false), ("1.2", "", true),
        ])
    func keepAlive(version: String, line: String, kept: Bool) throws {
        #expect(try head("GET / HTTP/\(version)\r\nHost: a\r\n\(line)\r\n").keepAlive == kept)
    }

    @Test("Upgrade counts only when Connection names it")
    func upgrade() throws {
        let named = "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n"
        #expect(named[bytes: try head(named).upgrade] == "websocket")
        #expect(try head("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n").upgrade == nil)
    }

    @Test("HTTP/1.0 needs no Host and expects no 100")
    func version10() throws {
        let head = try head("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")
        #expect(head.minorVersion == 0 && !head.expectsContinue && head.host == nil)
    }

    @Test("a few empty lines before the request line are skipped, not more")
    func leadingEmptyLines() throws {
        #expect(try head("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").method == .get)
        #expect(try head("\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").method == .get)
        #expect(refusal("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == 400)
    }

    @Test("chunked is understood")
    func chunked() throws {
        let head = try head("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n")
        #expect(head.isChunked && head.declaresBody && head.contentLength == nil)
    }

    @Test(
        "a request line that is not exactly one is refused",
        arguments: [
            ("garbage", 400), ("GET", 400), ("GET ", 400), ("GET /", 400), ("GET / ", 400), (" GET / HTTP/1.1", 400),
            ("GET  / HTTP/1.1", 400), ("GET /  HTTP/1.1", 400), ("GET / HTTP/1.1 ", 400), ("GET /a b HTTP/1.1", 400),
            ("GET /a\tb HTTP/1.1", 400), ("GET /\u{1} HTTP/1.1", 400), ("GET /\u{7f} HTTP/1.1", 400), ("GET /é HTTP/1.1", 400),
            ("GET /\u{0} HTTP/1.1", 400), ("G(T / HTTP/1.1", 400), ("G\u{0}T / HTTP/1.1", 400), ("GET / http/1.1", 400),
            ("GET / HTTP/x.y", 400), ("GET / HTTP/1.10", 400), ("GET / HTTP/11", 400), ("GET / HTTP/2.0", 505), ("PRI * HTTP/2.0", 505),
            ("GET / HTTP/0.9", 505), ("GET /\rx HTTP/1.1", 400),
        ])
    func requestLine(line: String, status: Int) {
        #expect(refusal("\(line)\r\nHost: a\r\n\r\n") == status)
    }

    @Test(
        "a header that two parsers could read in two ways is refused",
        arguments: [
            (": x", 400), ("NoColon", 400), ("A : x", 400), ("A\t: x", 400), ("A b: x", 400), ("A\u{1}b: x", 400), ("é: x", 400),
            (" folded", 400), ("\tfolded", 400), ("A: b\r\n folded", 400), ("A: b\rc: d", 400), ("A: b\nC: d", 400), ("A: \u{0}", 400),
            ("A: b\u{7f}", 400), ("A: aaaaaaaaaaaaaaaaaaaaaaaa\u{1b}bbbbbbb", 400), ("Host: b", 400), ("Authorization: x\r\nAuthorization: x", 400),
            ("Content-Length: 1\r\nContent-Length: 1", 400), ("Content-Length: 1, 1", 400), ("Content-Length: +1", 400),
            ("Content-Length: -1", 400), ("Content-Length: 0x1", 400), ("Content-Length: 1 1", 400), ("Content-Length:", 400),
            ("Content-Length: 9223372036854775808", 413), ("Content-Length: 99999999999999999999999", 413),
            ("Transfer-Encoding: chunked\r\nContent-Length: 1", 400), ("Content-Length: 1\r\nTransfer-Encoding: chunked", 400),
            ("Transfer-Encoding: gzip", 501), ("Transfer-Encoding: gzip, chunked", 501), ("Transfer-Encoding: xchunked", 501),
            ("Transfer-Encoding: identity", 501), ("Transfer-Encoding: chunked;q=1", 501), ("Transfer-Encoding: chunked, gzip", 400),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400), ("Transfer-Encoding:", 400), ("Transfer-Encoding: ,", 400),
        ])
    func headers(lines: String, status: Int) {
        #expect(refusal("POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n") == status)
    }

    @Test("Host is required once in HTTP/1.1 and holds a host name", arguments: ["", "Host: a b", "Host: a/b", "Host: u@a", "Host: é"])
    func host(line: String) {
        #expect(refusal("GET / HTTP/1.1\r\n\(line)\(line.isEmpty ? "" : "\r\n")\r\n") == 400)
    }

    @Test("an IPv6 host and an empty one are valid", arguments: ["[::1]:7379", "", "a_b.example", "10.0.0.1"])
    func validHosts(host: String) throws {
        let text = "GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n"
        #expect(text[bytes: try head(text).host] == host)
    }

    @Test("HTTP/1.0 with a transfer coding is refused")
    func transferEncodingIn10() {
        #expect(refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400)
    }

    @Test("bare line feeds are refused", arguments: ["GET / HTTP/1.1\nHost: a\n\n", "\nGET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\n"])
    func bareLineFeed(text: String) {
        #expect(refusal(text) == 400)
    }

    @Test("noise is refused at once, without a line end")
    func noise() {
        guard case .malformed(let problem) = parse([0x16, 0x03, 0x01, 0x00, 0x05]) else { return #expect(Bool(false)) }
        #expect(problem.status == 400)
        #expect(parse("GE") == .incomplete)
        #expect(parse("\r") == .incomplete)
        #expect(parse("") == .incomplete)
    }
}
