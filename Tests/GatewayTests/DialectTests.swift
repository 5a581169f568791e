import Access
import Bytes
import HTTP1
import Testing

@testable import Gateway

@Suite("Who may run what over HTTP") struct GatewayAccessTests {
    private func rules(_ lines: String..., deny: Bool = false, isWebdis: Bool = false) throws -> GatewayRules {
        GatewayRules(isWebdis: isWebdis, access: CommandAccess(rules: try lines.map { try CommandRule(parsing: $0) }, allowsByDefault: !deny))
    }

    private static let admin = "Authorization: Basic YWRtaW46c2VjcmV0\r\n"

    @Test("later rules win, and within one a denial does; names are compared whole and in any case")
    func order() throws {
        let rules = try rules("-*", "+get +set +config|get", "+incr -incr")
        for (path, status) in [("/GET/k", nil), ("/get/k", nil), ("/SETEX/k/1/v", 403), ("/INCR/n", 403), ("/CONFIG/GET/x", nil), ("/config/Set/a/b", 403), ("/CONFIG", 403), ("/G", 403), ("/%47ET/k", 403)] as [(String, Int?)] {
            #expect(try get(path, rules).status == status, "\(path)")
        }
    }

    @Test("a rule with a login holds for who shows it; who shows none is asked in our dialect and refused in Webdis's")
    func logins() throws {
        let own = try rules("-*", "auth=admin:secret +*")
        #expect(try get("/INCR/n", own, fields: Self.admin).status == nil)
        #expect(try get("/INCR/n", own).status == 401)
        #expect(try get("/INCR/n", own, fields: "Authorization: Basic YWRtaW46d3Jvbmc=\r\n").status == 401)
        let webdis = try rules("-*", "auth=admin:secret +*", isWebdis: true)
        var output: [UInt8] = []
        let refused = try #require(try get("/INCR/n", webdis).answer)
        refused.answer.append(refused.framing, webdis, to: &output)
        #expect(String(decoding: output, as: UTF8.self).hasPrefix("HTTP/1.1 403 Forbidden\r\nServer: Webdis\r\n"))
        #expect(!String(decoding: output, as: UTF8.self).contains("WWW-Authenticate"))
        #expect(try get("/FLUSHALL", self.rules("-flushall", "auth=admin:secret -debug"), fields: Self.admin).status == 403)
    }

    @Test("a rule with a range holds for peers in it, and behind trusted proxies for whom they name")
    func addresses() throws {
        let rules = GatewayRules(
            access: CommandAccess(rules: [try CommandRule(parsing: "-*"), try CommandRule(parsing: "ip=10.0.0.0/8 +get")]),
            trustedProxies: [try CIDRRange(parsing: "127.0.0.0/8"), try CIDRRange(parsing: "192.168.0.0/16")])
        func status(_ fields: String, from peer: String) throws -> Int? { try plan("GET /GET/k HTTP/1.1\r\nHost: gw\r\n\(fields)\r\n", rules, from: peer).status }
        #expect(try status("", from: "10.1.2.3") == nil)
        #expect(try status("", from: "11.1.2.3") == 403)
        #expect(try status("X-Forwarded-For: 10.1.2.3\r\n", from: "127.0.0.1") == nil)
        #expect(try status("X-Forwarded-For: 10.1.2.3\r\n", from: "11.0.0.1") == 403)
        #expect(try status("X-Forwarded-For: 10.1.2.3, 8.8.8.8\r\n", from: "127.0.0.1") == 403)
        #expect(try status("X-Forwarded-For: 8.8.8.8, 10.1.2.3, 192.168.1.1\r\n", from: "127.0.0.1") == nil)
        #expect(try status("X-Forwarded-For: 10.1.2.3\r\nX-Forwarded-For: 8.8.8.8\r\n", from: "127.0.0.1") == 403)
        #expect(try status("Forwarded: for=8.8.8.8, for=\"10.1.2.3:1234\";proto=http\r\n", from: "127.0.0.1") == nil)
        #expect(try status("Forwarded: for=\"[::1]\";by=x\r\n", from: "127.0.0.1") == 403)
        #expect(try status("X-Forwarded-For: 10.1.2.3, unknown\r\n", from: "127.0.0.1") == 403)
    }

    @Test("keys and databases can be restricted; where the keys cannot be told, nothing runs")
    func restrictions() throws {
        let rules = try rules("~cache:* ~tmp:? db=0 db=7")
        for (path, status) in [
            ("/GET/cache:1", nil), ("/GET/other", 403), ("/7/GET/tmp:1", nil), ("/3/GET/cache:1", 403), ("/MGET/cache:1/other", 403), ("/MGET/cache:1/tmp:x", nil), ("/PING", nil),
            ("/EVAL/x/1/cache:a", 403), ("/ZUNIONSTORE/other/1/cache:a", 403), ("/XREAD/STREAMS/cache:s/0", nil), ("/XREAD/STREAMS/s/0", 403), ("/NOSUCH/cache:1", 403),
            ("/SORT/cache:1", 403), ("/MSET/cache:1/v/other/v", 403), ("/MSET/cache:1/other/cache:2/v", nil),
        ] as [(String, Int?)] { #expect(try get(path, rules).status == status, "\(path)") }
    }

    @Test("where nothing is allowed by default, only what a rule names runs")
    func defaultDeny() throws {
        let rules = try rules("+ping", deny: true)
        #expect(try get("/PING", rules).status == nil)
        #expect(try get("/GET/k", rules).status == 403)
        #expect(try get("/GET/k", GatewayRules(access: CommandAccess(allowsByDefault: false))).status == 403)
    }

    @Test("GET changes nothing where it may only read; POST and PUT do")
    func readOnlyGet() throws {
        let rules = GatewayRules(isReadOnlyGet: true)
        #expect(try get("/GET/k", rules).status == nil)
        #expect(try get("/PING", rules).status == nil)
        #expect(try get("/SET/k/v", rules).status == 405)
        #expect(try get("/NOSUCH/k", rules).status == 405)
        #expect(try send("PUT", "/SET/k", body: "v", rules).status == nil)
        #expect(try send("POST", "/", body: "SET/k/v", rules).status == nil)
    }

    @Test("a rule that cannot be read says why", arguments: ["", "get", "+", "+a|b|c", "ip=10.0.0.1/8 +get", "auth=nobody +get", "db=x +get", "ip=1.1.1.1 ip=2.2.2.2 +a", "ip=10.0.0.0/8"])
    func badRules(text: String) {
        #expect(throws: CommandRule.Problem.self) { try CommandRule(parsing: text) }
    }

    @Test("a rule is written as it is read, its password masked unless it is asked for", arguments: ["ip=10.0.0.0/8 auth=a:b%20c +* -flushall -config|set ~cache:* db=3"])
    func written(text: String) throws {
        let rule = try CommandRule(parsing: text)
        #expect(rule.text(showsLogin: true) == text)
        #expect(rule.text(showsLogin: false) == text.replacing("b%20c", with: "********"))
        #expect(try CommandRule(parsing: rule.text(showsLogin: true)) == rule)
    }
}

@Suite("Doors that stay shut") struct GatewaySafetyTests {
    @Test("only names in the list may stand in Host, with any port or the one given")
    func hosts() throws {
        let rules = GatewayRules(hosts: ["redis.example".utf8.map { $0 }, "localhost:7379".utf8.map { $0 }])
        func status(_ host: String) throws -> Int? {
            var intake = HTTPIntake()
            var command = GatewayCommand()
            var memo = FieldMemo()
            let (step, _) = intake.next(Array("GET /PING HTTP/1.1\r\nHost: \(host)\r\n\r\n".utf8).span, rules, peer: nil, &memo, into: &command)
            guard case .plan(.respond(let answer, _)) = step else { return nil }
            return answer.status
        }
        for host in ["redis.example", "REDIS.example:80", "localhost:7379"] { #expect(try status(host) == nil, "\(host)") }
        for host in ["evil.example", "localhost", "localhost:80", "redis.example.evil", "127.0.0.1"] { #expect(try status(host) == 421, "\(host)") }
    }

    @Test("pages of other origins read nothing unless they are named, and each is told by its own name")
    func origins() throws {
        func fields(_ origins: [String], _ origin: String) throws -> String {
            let rules = GatewayRules(origins: OriginRules(origins))
            return try get("/PING", rules, fields: "Origin: \(origin)\r\n").command.response(to: "+PONG\r\n", rules)
        }
        #expect(try !fields([], "http://a.example").contains("Access-Control"))
        #expect(try fields(["http://A.example"], "http://a.example").contains("\r\nAccess-Control-Allow-Origin: http://a.example\r\n"))
        #expect(try !fields(["http://a.example"], "http://b.example").contains("Access-Control"))
        #expect(try fields(["*"], "http://b.example").contains("\r\nAccess-Control-Allow-Origin: *\r\n"))
    }

    @Test("JSONP is JavaScript, and nothing is to be guessed from a body")
    func types() throws {
        let response = try get("/GET/k?jsonp=cb").command.response(to: "$1\r\nv\r\n")
        #expect(response.contains("\r\nContent-Type: application/javascript; charset=utf-8\r\n"))
        #expect(response.contains("\r\nX-Content-Type-Options: nosniff\r\n"))
    }

    @Test("a WebSocket needs its handshake, and a page of another origin gets none", arguments: [
        ("", 101), ("Origin: http://gw\r\n", 101), ("Origin: https://evil.example\r\n", 403), ("Origin: https://ok.example\r\n", 101),
    ])
    func webSockets(fields: String, status: Int) throws {
        let rules = GatewayRules(hasWebSockets: true, origins: OriginRules(["https://ok.example"]))
        let handshake = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        let planned = try get("/.json", rules, fields: handshake + fields)
        if status == 101 {
            guard case .upgrade(let start) = planned.plan else { return #expect(Bool(false), "\(planned)") }
            #expect(start.dialect == .json)
        } else {
            #expect(planned.status == status)
        }
        #expect(try get("/.json", rules, fields: handshake.replacing("13", with: "8")).status == 426)
        #expect(try get("/elsewhere", rules, fields: handshake).status == 404)
        #expect(try get("/.json", GatewayRules(), fields: handshake).command.words == [".json"])
    }
}

@Suite("ETags and compression") struct RepresentationTests {
    private let rules = GatewayRules(
        etagBytesMax: 1000, compressionBytesMin: 10, digest: { _ in (UInt64(0x0807_0605_0403_0201).littleEndian, UInt64(0x100F_0E0D_0C0B_0A09).littleEndian) },
        compress: { bytes in bytes.count > 20 ? Array("GZ".utf8) : nil })
    private static let tag = "\"0102030405060708090a0b0c0d0e0f10\""

    @Test("a body has the tag of its digest, and a client that knows it is told so", arguments: [tag, "W/\(tag)", "\"x\", \(tag)", "*"])
    func notModified(condition: String) throws {
        #expect(try get("/GET/k", rules).command.response(to: "$1\r\nv\r\n", rules).contains("\r\nETag: \(Self.tag)\r\n"))
        let response = try get("/GET/k", rules, fields: "If-None-Match: \(condition)\r\n").command.response(to: "$1\r\nv\r\n", rules)
        #expect(response.hasPrefix("HTTP/1.1 304 Not Modified\r\n"))
        #expect(response.contains("\r\nETag: \(Self.tag)\r\n"))
        #expect(response.body == "")
    }

    @Test("another tag, or a request that is no GET, gets the body")
    func modified() throws {
        #expect(try get("/GET/k", rules, fields: "If-None-Match: \"x\"\r\n").command.response(to: "$1\r\nv\r\n", rules).hasPrefix("HTTP/1.1 200"))
        #expect(try send("PUT", "/SET/k", body: "v", rules, fields: "If-None-Match: *\r\n").command.response(to: "+OK\r\n", rules).hasPrefix("HTTP/1.1 200"))
        let long = try get("/GET/k.raw", rules).command.response(to: "$1000\r\n\(String(repeating: "x", count: 1000))\r\n", rules)
        #expect(!long.contains("ETag"))
        #expect(long.contains("\r\nContent-Length: 1009\r\n"))
    }

    @Test("a long body is compressed for who takes it, under a weak tag", arguments: [("gzip", true), ("br, gzip;q=0.5", true), ("*", true), ("gzip;q=0", false), ("br", false), ("*;q=0, gzip", true), ("x-gzip", true), ("gzip;q=0.0", false)])
    func compression(accepted: String, isCompressed: Bool) throws {
        let response = try get("/GET/k.txt", rules, fields: "Accept-Encoding: \(accepted)\r\n").command.response(to: "$30\r\n\(String(repeating: "x", count: 30))\r\n", rules)
        #expect(response.contains("\r\nVary: Accept-Encoding\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nGZ") == isCompressed)
        #expect(response.contains("ETag: W/\(Self.tag)\r\n") == isCompressed)
    }

    @Test("what is short, no shorter, or an image stays as it is")
    func notCompressed() throws {
        for (path, count) in [("/GET/k.txt", 5), ("/GET/k.txt", 15), ("/GET/k.png", 30)] {
            let response = try get(path, rules, fields: "Accept-Encoding: gzip\r\n").command.response(to: "$\(count)\r\n\(String(repeating: "x", count: count))\r\n", rules)
            #expect(!response.contains("Content-Encoding"))
            #expect(response.body.utf8.count == count)
        }
    }
}

@Suite("Upstash's dialect") struct UpstashDialectTests {
    private let rules = GatewayRules(token: Secret(utf8: "tok"), readOnlyToken: Secret(utf8: "ro"))
    private static let bearer = "Authorization: Bearer tok\r\n"

    private func add(_ reply: String, to answer: BatchAnswer) -> Bool {
        let bytes = Array(reply.utf8)
        return answer.add(bytes.span)
    }

    @Test("one command is a JSON array, or a path with body and query behind it")
    func single() throws {
        #expect(try send("POST", "/", body: "[\"SET\",\"k\",1]", rules, fields: Self.bearer).command.words == ["SET", "k", "1"])
        #expect(try get("/set/a%2Fb/c+d?EX=100", rules, fields: Self.bearer).command.words == ["set", "a/b", "c+d", "EX", "100"])
        #expect(try send("POST", "/set/k?EX=9", body: "v", rules, fields: Self.bearer).command.words == ["set", "k", "v", "EX", "9"])
        #expect(try get("/get/k?_token=tok", rules).command.words == ["get", "k"])
        #expect(try send("POST", "/", body: "[\"PING\"]", fields: "Content-Type: application/json\r\n").command.words == ["PING"])
        #expect(try get("/get/k", rules, fields: Self.bearer).command.response(to: "$1\r\nv\r\n", rules).body == "{\"result\":\"v\"}")
        let error = try get("/get/k", rules, fields: Self.bearer).command.response(to: "-ERR no\r\n", rules)
        #expect(error.hasPrefix("HTTP/1.1 400") && error.body == "{\"error\":\"ERR no\"}")
    }

    @Test("a token that may only read runs nothing else, and a wrong one nothing")
    func tokens() throws {
        #expect(try get("/get/k", rules, fields: "Authorization: Bearer ro\r\n").status == nil)
        #expect(try get("/set/k/v", rules, fields: "Authorization: Bearer ro\r\n").status == 400)
        var intake = HTTPIntake()
        var command = GatewayCommand()
        for fields in ["Authorization: Bearer wrong\r\n", "Authorization: Bearer toktok\r\n", "", "Authorization: Basic dG9rOnRvaw==\r\n"] {
            intake = HTTPIntake()
            var memo = FieldMemo()
            let (step, _) = intake.next(Array("GET /get/k HTTP/1.1\r\nHost: gw\r\n\(fields)\r\n".utf8).span, rules, peer: nil, &memo, into: &command)
            guard case .plan(.respond(let answer, _)) = step else { return #expect(Bool(false), "\(fields)") }
            #expect(answer.status == 401)
        }
    }

    @Test("ACL RESTTOKEN gives a token for the gateway's user and password, and that opens what these open")
    func restToken() throws {
        let locked = GatewayRules(credentials: Credentials(user: "admin", password: Secret(utf8: "secret")))
        let known = "Authorization: Bearer YWRtaW46c2VjcmV0\r\n"
        func reply(_ password: String) throws -> String {
            guard case .reply(let reply) = try get("/acl/resttoken/admin/\(password)", locked, fields: known).plan else { return "none" }
            return String(decoding: reply, as: UTF8.self)
        }
        #expect(try reply("secret") == "$16\r\nYWRtaW46c2VjcmV0\r\n")
        // Logged and counted as every login that is refused.
        guard case .respond(let refused, _) = try get("/acl/resttoken/admin/wrong", locked, fields: known).plan else { return #expect(Bool(false)) }
        #expect(refused.status == 401)
        #expect(refused.user == Array("admin".utf8))
        #expect(try get("/acl/whoami", locked, fields: known).command.words == ["acl", "whoami"])
        var intake = HTTPIntake()
        var memo = FieldMemo()
        var command = GatewayCommand()
        for token in ["YWRtaW46d3Jvbmc=", "YWRtaW46", "!!", ""] {
            intake = HTTPIntake()
            let request = "GET /get/k HTTP/1.1\r\nHost: gw\r\nAuthorization: Bearer \(token)\r\n\r\n"
            guard case (.plan(.respond(let answer, _)), _) = intake.next(Array(request.utf8).span, locked, peer: nil, &memo, into: &command) else {
                return #expect(Bool(false), "\(token)")
            }
            #expect(answer.status == 401, "\(token)")
        }
    }

    @Test("a batch has an answer for each command, in their order; those that are not run say why")
    func batch() throws {
        guard case .batch(let batch) = try send("POST", "/pipeline", body: "[[\"SET\",\"k\",\"v\"],[\"MULTI\"],[\"GET\",\"k\"]]", rules, fields: Self.bearer).plan else { return #expect(Bool(false)) }
        let parts = batch.takeParts()
        #expect(parts.count == 3)
        #expect(!add("+OK\r\n", to: batch.answer))
        guard case .refused(let answer, _) = parts[1] else { return #expect(Bool(false)) }
        #expect(!batch.answer.add(answer))
        #expect(add("$1\r\nv\r\n", to: batch.answer))
        var output: [UInt8] = []
        #expect(batch.answer.append(rules, to: &output) == 200)
        #expect(String(decoding: output, as: UTF8.self).body == "[{\"result\":\"OK\"},{\"error\":\"\(answer.message)\"},{\"result\":\"v\"}]")
    }

    @Test("a transaction is one answer, and an error where a command was not even queued")
    func transaction() throws {
        func body(_ replies: [String]) throws -> String {
            guard case .batch(let batch) = try send("POST", "/multi-exec", body: "[[\"SET\",\"k\",\"v\"],[\"INCR\",\"n\"]]", rules, fields: Self.bearer).plan else { return "no batch" }
            #expect(batch.transaction.count == 4)
            #expect(String(decoding: batch.transaction.requests, as: UTF8.self).hasPrefix("*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET"))
            for (index, reply) in replies.enumerated() { #expect(add(reply, to: batch.answer) == (index == 3)) }
            var output: [UInt8] = []
            _ = batch.answer.append(rules, to: &output)
            return String(decoding: output, as: UTF8.self).body
        }
        #expect(try body(["+OK\r\n", "+QUEUED\r\n", "+QUEUED\r\n", "*2\r\n+OK\r\n:1\r\n"]) == "[{\"result\":\"OK\"},{\"result\":1}]")
        #expect(try body(["+OK\r\n", "-ERR bad\r\n", "+QUEUED\r\n", "-EXECABORT no\r\n"]) == "{\"error\":\"ERR bad\"}")
        #expect(try send("POST", "/multi-exec", body: "[[\"SET\",\"k\",\"v\"],[\"WATCH\",\"n\"]]", rules, fields: Self.bearer).status == 403)
        // Redis runs these at once, within a transaction too, and what stands behind them outside of it.
        for word in ["RESET", "reset", "QUIT", "HELLO", "SUBSCRIBE", "PSUBSCRIBE", "MULTI", "EXEC", "DISCARD", "SELECT", "MONITOR"] {
            let status = try send("POST", "/multi-exec", body: "[[\"SET\",\"k\",\"v\"],[\"\(word)\",\"3\"]]", rules, fields: Self.bearer).status
            #expect(status == 403 || status == 501, "\(word)")
        }
    }

    @Test("a command of a batch that is refused names the client, for the log")
    func refusedPart() throws {
        let basic = "Authorization: Basic bWU6d3Jvbmc=\r\n"  // me:wrong
        let rules = GatewayRules(access: CommandAccess(rules: [try CommandRule(parsing: "-set")], allowsByDefault: true))
        guard case .batch(let batch) = try send("POST", "/pipeline", body: "[[\"SET\",\"k\",\"v\"],[\"GET\",\"k\"]]", rules, fields: basic).plan else { return #expect(Bool(false)) }
        guard case .refused(let answer, _)? = batch.next else { return #expect(Bool(false)) }
        #expect(answer.user == Array("me".utf8))
    }

    @Test("what is no JSON, or no command, is 400", arguments: ["[", "[]", "[[]]", "[[\"GET\",\"k\"]", "[1]", "[[\"GET\"],2]"])
    func malformed(body: String) throws {
        #expect(try send("POST", "/pipeline", body: body, rules, fields: Self.bearer).status == 400)
    }
}
