import Rendering
import Testing

@testable import Gateway

@Suite("URLs") struct GatewayRouterTests {
    @Test(
        "a path is a command and its arguments",
        arguments: [
            ("/SET/k/v", ["SET", "k", "v"]), ("/get/x", ["get", "x"]), ("/PING", ["PING"]), ("/PING/", ["PING", ""]), ("/PING//", ["PING", "", ""]), ("/SET//v", ["SET", "", "v"]),
            ("/SET/k/", ["SET", "k", ""]), ("/ECHO/a%2fb", ["ECHO", "a/b"]), ("/ECHO/a%2Fb", ["ECHO", "a/b"]), ("/ECHO/a+b%20c%2bd", ["ECHO", "a+b c+d"]), ("/ECHO/%2525", ["ECHO", "%25"]),
            ("/ECHO/%zz", ["ECHO", "%zz"]), ("/ECHO/%", ["ECHO", "%"]), ("/STRLEN/k%00x", ["STRLEN", "k\u{0}x"]), ("/GET/%c3%a9", ["GET", "é"]), ("/%47ET/x", ["%47ET", "x"]), ("/GET%2fx", ["GET%2fx"]),
            ("/P+NG", ["P+NG"]), ("/ECHO/!$&'()*,;=:@-_~", ["ECHO", "!$&'()*,;=:@-_~"]), ("/ECHO/[a]{b}|^`\\", ["ECHO", "[a]{b}|^`\\"]), ("/ECHO/a#frag", ["ECHO", "a#frag"]),
            ("/ECHO/a?x=/GET/b", ["ECHO", "a"]), ("/ECHO/a?x=b.txt", ["ECHO", "a"]), ("http://gw:1/PING", ["PING"]), ("HTTPS://gw/GET/x?a=b", ["GET", "x"]),
        ])
    func paths(target: String, words: [String]) throws {
        #expect(try get(target).command.words == words)
    }

    @Test(
        "a digit prefix is the database",
        arguments: [
            ("/7/GET/x", 7, ["GET", "x"]), ("/07/GET/x", 7, ["GET", "x"]), ("/0/PING", 0, ["PING"]), ("/15/GET/x.txt", 15, ["GET", "x"]), ("/0/0/GET/x", 0, ["0", "GET", "x"]),
            ("/99/SET/k/v", 99, ["SET", "k", "v"]), ("/99999999999999999999/GET/x", Int(Int32.max), ["GET", "x"]), ("/4294967296/GET/x", Int(Int32.max), ["GET", "x"]), ("/7", 0, ["7"]),
            ("/7.txt", 0, ["7"]), ("/-1/GET/x", 0, ["-1", "GET", "x"]), ("/7a/GET/x", 0, ["7a", "GET", "x"]), ("/GET/7", 0, ["GET", "7"]),
        ])
    func databases(target: String, database: Int, words: [String]) throws {
        let command = try get(target).command
        #expect(command.database == database)
        #expect(command.words == words)
    }

    @Test(
        "the last segment's extension is the format, if it is one",
        arguments: [
            ("/GET/foo.txt", RenderFormat.plainText, "foo"), ("/GET/x.js", .javaScript, "x"), ("/GET/x.jpeg", .jpeg, "x"), ("/GET/foo%2Etxt.txt", .plainText, "foo.txt"), ("/GET/foo%2etxt", .json, "foo.txt"),
            ("/GET/x.txt.json", .json, "x.txt"), ("/GET/x..txt", .plainText, "x."), ("/GET/x.pdf", .json, "x.pdf"), ("/GET/x.TXT", .json, "x.TXT"), ("/GET/x.msg", .messagePack, "x"), ("/GET/x.", .json, "x."),
            ("/GET/.txt", .plainText, ""), ("/SET/3.14", .json, "3.14"), ("/MGET/a.txt/b", .json, "b"), ("/MGET/a/b.raw?x=y.txt", .raw, "b"),
        ])
    func extensions(target: String, format: RenderFormat, last: String) throws {
        let command = try get(target).command
        #expect(command.format == format)
        #expect(command.words.last == last)
    }

    @Test("a command without arguments can have an extension, but not be one")
    func extensionOfCommand() throws {
        #expect(try get("/PING.txt").command.words == ["PING"])
        #expect(try get("/PING.raw").command.format == .raw)
        #expect(try get("/7/PING.xml").command.words == ["PING"])
        #expect(try get("/.json").command.words == [".json"])
        #expect(try get("/.json").command.format == .json)
    }

    @Test("a path without a command is forbidden", arguments: ["/", "//", "/?a=b", "*", "/0/", "/7//x", "//GET/x", "http://gw", "http://gw/", "http://gw?x"])
    func noCommand(target: String) throws {
        #expect(try get(target).status == 403)
    }

    @Test("a target that is neither path nor URL is refused", arguments: ["PING", "123", "ftp://gw/PING", "http:///PING", "http://", "gw:80", "?x=1", "**"])
    func badTargets(target: String) throws {
        #expect(try get(target).status == 400)
    }

    @Test("POST to / takes its body for the path and the URL's query for the query")
    func post() throws {
        #expect(try send("POST", "/", body: "GET/x").command.words == ["GET", "x"])
        #expect(try send("POST", "/", body: "/GET/x").command.words == ["GET", "x"])
        #expect(try send("POST", "/", body: "GET/x.txt").command.format == .plainText)
        #expect(try send("POST", "/", body: "7/GET/x").command.database == 7)
        #expect(try send("POST", "/", body: "ECHO/a%2fb+c%20d").command.words == ["ECHO", "a/b+c d"])
        #expect(try send("POST", "/", body: "ECHO/line1\r\nline2.txt").command.words == ["ECHO", "line1\r\nline2"])
        #expect(try send("POST", "/", body: "SET/k/v\n").command.words == ["SET", "k", "v\n"])
        #expect(try send("POST", "/", body: "[\"GET\",\"x\"]").command.words == ["[\"GET\",\"x\"]"])
        let inBody = try send("POST", "/", body: "PING?jsonp=cb").command
        #expect(inBody.words == ["PING"] && inBody.callback == nil)
        #expect(try send("POST", "/?jsonp=cb", body: "PING").command.callback == Array("cb".utf8))
    }

    @Test("POST without a command in its body is forbidden", arguments: ["", "?", "/", "//GET", "0/"])
    func emptyPost(body: String) throws {
        #expect(try send("POST", "/", body: body).status == 403)
        #expect(try send("POST", "/GET/x", body: body, GatewayRules(isWebdis: true)).status == 403)
    }

    @Test("POST to a path runs it, with its body as the last argument if it has one; Webdis looks at the body alone", arguments: [
        ("/PING", "", ["PING"]), ("/SET/k/v", "", ["SET", "k", "v"]), ("/SET/k", "{\"a\":1}", ["SET", "k", "{\"a\":1}"]), ("/SET/k.txt", "a/b+c", ["SET", "k.txt", "a/b+c"].dropLast(2) + ["k", "a/b+c"]),
        ("/SUBSCRIBE/ch", "[]", ["SUBSCRIBE", "ch"]), ("/psubscribe/c*", "[]", ["psubscribe", "c*"]),
    ])
    func postToPath(target: String, body: String, words: [String]) throws {
        #expect(try send("POST", target, body: body).command.words == words)
        #expect(try send("POST", target, body: "GET/x", GatewayRules(isWebdis: true)).command.words == ["GET", "x"])
    }

    @Test("a plus sign is a space to Webdis alone")
    func plus() throws {
        #expect(try get("/ECHO/a+b%20c%2bd", GatewayRules(isWebdis: true)).command.words == ["ECHO", "a b c+d"])
        #expect(try send("POST", "/", body: "ECHO/a+b", GatewayRules(isWebdis: true)).command.words == ["ECHO", "a b"])
    }

    @Test("PUT adds its body as the last argument, an empty one too")
    func put() throws {
        #expect(try send("PUT", "/SET/k", body: "value").command.words == ["SET", "k", "value"])
        #expect(try send("PUT", "/SET/k", body: "").command.words == ["SET", "k", ""])
        #expect(try send("PUT", "/ECHO", body: "hello").command.words == ["ECHO", "hello"])
        #expect(try send("PUT", "/7/SET/a%2fb%2etxt", body: "a%2f+b.txt").command.words == ["SET", "a/b.txt", "a%2f+b.txt"])
        #expect(try send("PUT", "/SETRANGE/k/0.txt", body: "abc").command.words == ["SETRANGE", "k", "0", "abc"])
        #expect(try send("PUT", "/", body: "v").status == 403)
        #expect(try get("/SET/k/v", method: "PUT").command.words == ["SET", "k", "v"])
        let chunked = "PUT /SET/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
        #expect(try plan(chunked).command.words == ["SET", "k", "abc"])
        let emptyChunked = "PUT /SET/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        #expect(try plan(emptyChunked).command.words == ["SET", "k", ""])
    }

    @Test("GET ignores a body, and HEAD is GET without the body of its response")
    func getAndHead() throws {
        #expect(try send("GET", "/PING", body: "ignored").command.words == ["PING"])
        let head = try get("/GET/x.txt", method: "HEAD").command
        #expect(head.words == ["GET", "x"] && head.framing.omitsBody)
    }

    @Test("OPTIONS is answered for every target", arguments: ["*", "/", "/DEBUG/x", "/SUBSCRIBE/x"])
    func options(target: String) throws {
        #expect(try get(target, method: "OPTIONS").status == 200)
    }

    @Test(
        "other methods are refused as known or unknown",
        arguments: [
            ("DELETE", 405), ("PATCH", 405), ("TRACE", 405), ("CONNECT", 405), ("PROPFIND", 405), ("M-SEARCH", 405), ("SUBSCRIBE", 405), ("FOO", 501), ("get", 501), ("GETX", 501), ("PUTX", 501),
        ])
    func methods(method: String, status: Int) throws {
        #expect(try get("/GET/x", method: method).status == status)
    }

    @Test(
        "commands that need a connection of their own are forbidden, in any case and behind any prefix",
        arguments: ["/MULTI", "/exec", "/Watch/k", "/DISCARD", "/SELECT/1", "/7/SELECT/1", "/SELECT/1.txt", "/MULTI.raw"])
    func forbidden(target: String) throws {
        #expect(try get(target).status == 403)
        #expect(try send("POST", "/", body: target).status == 403)
    }

    @Test(
        "a login at Redis is forbidden, as it would only serve to try passwords, but in webdis mode",
        arguments: [
            "/AUTH/p", "/auth/u/p", "/7/AUTH/p", "/AUTH.raw", "/HELLO/3/AUTH/u/p", "/hello/2/SETNAME/n/auth/u/p", "/HELLO/3/AUTH%00x/u/p",
        ])
    func logins(target: String) throws {
        #expect(try get(target).status == 403)
        #expect(try send("PUT", target, body: "x").status == 403)
        #expect(try send("POST", "/", body: target).status == 403)
        #expect(try get(target, GatewayRules(isWebdis: true)).status == nil)
    }

    @Test("so it is as JSON, in a batch, in a transaction and over a WebSocket", arguments: [["AUTH", "p"], ["HELLO", "3", "AUTH", "u", "p"]])
    func loginsElsewhere(words: [String]) throws {
        let json = "[" + words.map { "\"\($0)\"" }.joined(separator: ",") + "]"
        #expect(try send("POST", "/", body: json, fields: "Content-Type: application/json\r\n").status == 403)
        #expect(try send("POST", "/multi-exec", body: "[\(json)]").status == 403)
        guard case .batch(let batch) = try send("POST", "/pipeline", body: "[\(json)]").plan, case .refused(let answer, _)? = batch.next else {
            return #expect(Bool(false))
        }
        #expect(answer.status == 403)
        #expect(command(words).refusal(of: client(), GatewayRules())?.status == 403)
    }

    @Test(
        "commands with no reply or many are not offered",
        arguments: [
            "/SSUBSCRIBE/c", "/UNSUBSCRIBE/c", "/PUNSUBSCRIBE", "/SUNSUBSCRIBE", "/MONITOR", "/SYNC", "/PSYNC/a/b", "/CLIENT/REPLY/OFF", "/client/re%70ly/off",
            "/REPLCONF/ACK/0", "/7/MONITOR",
        ])
    func notOffered(target: String) throws {
        #expect(try get(target).status == 501)
        #expect(try send("PUT", target, body: "x").status == 501)
    }

    @Test("their neighbours are", arguments: ["/CLIENT/GETNAME", "/CLIENT", "/SUBSCRIBX/c", "/S", "/MULTIX", "/SELEC", "/GET/SUBSCRIBE", "/PUBLISH/c/m", "/UNWATCH", "/HELLO", "/HELLO/3", "/HELLO/3/SETNAME/n", "/GET/AUTH", "/AUTHX/p"])
    func offered(target: String) throws {
        #expect(try get(target).status == nil)
    }

    @Test("CLIENT REPLY is found when the subcommand is the body")
    func clientReplyInBody() throws {
        #expect(try send("PUT", "/CLIENT", body: "reply").status == 501)
    }

    @Test("the number of arguments is bounded")
    func argumentCount() throws {
        let most = "X" + String(repeating: "/", count: CommandPath.argumentCountMax - 1)
        #expect(try send("POST", "/", body: most).command.argumentCount == CommandPath.argumentCountMax)
        #expect(try send("POST", "/", body: most + "/").status == 413)
    }

    @Test("the response's framing and conditions come from the head")
    func framing() throws {
        let old = try plan("GET /PING HTTP/1.0\r\nIf-None-Match: \"a\"\r\n\r\n").command
        #expect(old.framing.minorVersion == 0 && !old.framing.keepAlive)
        #expect(old.ifNoneMatch == Array("\"a\"".utf8))
        #expect(try get("/PING").command.framing.keepAlive)
    }

    @Test("no body makes the router trap")
    func noise() throws {
        let alphabet = Array("/GET.txt%+?0\r\n\u{0}é7".utf8)
        var state: UInt64 = 99
        for _ in 0..<3000 {
            var body: [UInt8] = []
            for _ in 0..<(state >> 40 & 31) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                body.append(alphabet[Int((state >> 33) % UInt64(alphabet.count))])
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1
            let plan = try plan(Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body)
            if plan.answer == nil { #expect(try !plan.command.words.isEmpty && plan.command.words[0] != "malformed") }
        }
    }
}
