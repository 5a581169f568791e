import Access
import HTTP1
import Rendering
import Testing

@testable import Gateway

@Suite("What Upstash's clients send") struct UpstashCommandTests {
    private static let bearer = "Authorization: Bearer tok\r\n"
    private let rules = GatewayRules(token: Secret(utf8: "tok"))

    private func single(_ json: String) throws -> [String] { try send("POST", "/", body: json, rules, fields: Self.bearer).command.words }

    private func parts(_ planned: Planned) throws -> [[String]] {
        guard case .batch(let batch) = planned.plan else { throw Unexpected(description: "\(planned)") }
        return batch.takeParts().map { if case .command(let command) = $0 { command.words } else { ["refused"] } }
    }

    @Test("the flag of Upstash's own server is taken out of scripts, whatever stands beside it", arguments: [
        ("#!lua flags=allow-key-locking\nreturn 1", "\nreturn 1"), ("#!lua flags=no-writes,allow-key-locking\nreturn 1", "#!lua flags=no-writes\nreturn 1"),
        ("#!lua name=x flags=allow-key-locking\nreturn 1", "#!lua name=x\nreturn 1"), ("#!lua flags=allow-key-locking,no-writes", "#!lua flags=no-writes"), ("#!lua flags=allow-key-locking", ""),
        ("#!lua flags=nonsense\nreturn 1", "#!lua flags=nonsense\nreturn 1"), ("return 'flags=allow-key-locking'", "return 'flags=allow-key-locking'"),
        ("#!lua\nreturn 'flags=allow-key-locking'", "#!lua\nreturn 'flags=allow-key-locking'"), ("#!lua flags=allow-key-locking2\n", "#!lua flags=allow-key-locking2\n"),
    ])
    func keyLocking(script: String, sent: String) throws {
        let quoted = "\"" + script.replacing("\n", with: "\\n") + "\""
        #expect(try single("[\"EVAL\",\(quoted),1,\"k\",\"v\"]") == ["EVAL", sent, "1", "k", "v"])
        #expect(try single("[\"eval_ro\",\(quoted),0]") == ["eval_ro", sent, "0"])
        #expect(try single("[\"script\",\"load\",\(quoted)]") == ["script", "load", sent])
        #expect(try single("[\"SET\",\"k\",\(quoted)]") == ["SET", "k", script])
        let batch = "[[\"PING\"],[\"EVAL\",\(quoted),0],[\"GET\",\"k\"]]"
        #expect(try parts(send("POST", "/pipeline", body: batch, rules, fields: Self.bearer)) == [["PING"], ["EVAL", sent, "0"], ["GET", "k"]])
        guard case .batch(let transaction) = try send("POST", "/multi-exec", body: batch, rules, fields: Self.bearer).plan else { return #expect(Bool(false)) }
        #expect(String(decoding: transaction.transaction.requests, as: UTF8.self).hasSuffix("$4\r\nEXEC\r\n") && transaction.transaction.count == 5)
    }

    @Test("SCAN WITHTYPE is a script that scans with the other options")
    func withType() throws {
        let words = try single(#"["SCAN","0","MATCH","withtype","COUNT","10","withtype"]"#)
        #expect(words.first == "EVAL" && Array(words.dropFirst(2)) == ["0", "0", "MATCH", "withtype", "COUNT", "10"])
        #expect(try single(#"["SCAN","0","MATCH","WITHTYPE"]"#) == ["SCAN", "0", "MATCH", "WITHTYPE"])
        let denied = GatewayRules(token: Secret(utf8: "tok"), access: CommandAccess(rules: [try CommandRule(parsing: "-scan")]))
        #expect(try send("POST", "/", body: #"["SCAN","0","WITHTYPE"]"#, denied, fields: Self.bearer).status == 403)
    }

    @Test("half a surrogate pair, which JavaScript's strings may hold, is U+FFFD", arguments: [
        (#"\ud83c"#, "\u{FFFD}"), (#"a\udf89b"#, "a\u{FFFD}b"), (#"\ud83c\u0041"#, "\u{FFFD}A"), (#"\ud83c\ud83c\udf89"#, "\u{FFFD}\u{1F389}"), (#"\udf89\ud83c"#, "\u{FFFD}\u{FFFD}"), (#"\ud83c\udf89"#, "\u{1F389}"),
    ])
    func surrogates(escapes: String, text: String) throws { #expect(try single("[\"SET\",\"k\",\"\(escapes)\"]") == ["SET", "k", text]) }

    @Test("a body means nothing with a subscription or MONITOR", arguments: ["[]", "", "x", "[[\"PING\"]]"])
    func subscriptions(body: String) throws {
        for (target, words) in [("/subscribe/ch", ["subscribe", "ch"]), ("/psubscribe/c*", ["psubscribe", "c*"]), ("/monitor", ["monitor"])] {
            #expect(try send("POST", target, body: body, rules, fields: Self.bearer).command.words == words)
        }
        #expect(try send("POST", "/set/k", body: "[]", rules, fields: Self.bearer).command.words == ["set", "k", "[]"])
    }

    @Test("each answer has a sync token of its own, in this dialect only")
    func syncTokens() throws {
        let command = try send("POST", "/", body: #"["GET","k"]"#, rules, fields: Self.bearer).command
        func token() -> String? { command.response(to: "$1\r\nv\r\n", rules).split(separator: "\r\n").first { $0.hasPrefix("Upstash-Sync-Token: ") }.map { String($0.dropFirst(20)) } }
        let (first, second) = (try #require(token()), try #require(token()))
        #expect(!first.isEmpty && first != second)
        #expect(try !get("/GET/k").command.response(to: "$1\r\nv\r\n").contains("Upstash"))
        guard case .batch(let batch) = try send("POST", "/pipeline", body: #"[["GET","k"]]"#, rules, fields: Self.bearer).plan else { return #expect(Bool(false)) }
        let isWhole = batch.answer.add(Array("$1\r\nv\r\n".utf8).span)
        #expect(isWhole)
        var output: [UInt8] = []
        #expect(batch.answer.append(rules, to: &output) == 200)
        #expect(String(decoding: output, as: UTF8.self).contains("\r\nUpstash-Sync-Token: "))
    }

    @Test("what is wrong is told in this dialect, before and behind the body", arguments: [
        ("POST /pipeline HTTP/1.1\r\nHost: gw\r\nContent-Length: 2\r\n\r\n{}", 400), ("POST /multi-exec HTTP/1.1\r\nHost: gw\r\nContent-Length: 0\r\n\r\n", 400), ("POST /pipeline HTTP/1.1\r\nHost: gw\r\nContent-Length: 2\r\n\r\n[]", 400),
        ("POST /pipeline HTTP/1.1\r\nHost: gw\r\nContent-Length: 99\r\n\r\n", 413), ("POST / HTTP/1.1\r\nHost: gw\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n", 413),
        ("GET /get/k HTTP/1.1\r\nHost: gw\r\nAuthorization: Bearer any\r\nContent-Length: 99\r\n\r\n", 413), ("DELETE /get/k HTTP/1.1\r\nHost: gw\r\nAuthorization: Bearer x\r\n\r\n", 405),
        ("POST /pipeline HTTP/1.1\r\nHost: gw\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", 415), ("POST /pipeline HTTP/1.1\r\nHost: gw\r\nOrigin: http://evil.example\r\nContent-Length: 1\r\n\r\nx", 403),
    ])
    func errors(request: String, status: Int) {
        var limits = HTTPLimits()
        limits.bodyBytesMax = 50
        let open = GatewayRules(limits: limits)
        var (intake, command, memo) = (HTTPIntake(), GatewayCommand(), FieldMemo())
        let input = Array(request.utf8)
        guard case .plan(.respond(let answer, let framing)) = intake.next(input.span, open, peer: nil, &memo, into: &command).0 else { return #expect(Bool(false), "\(request)") }
        var output: [UInt8] = []
        answer.append(framing, open, to: &output)
        let text = String(decoding: output, as: UTF8.self)
        #expect(answer.status == status && text.body.hasPrefix("{\"error\":\"") && !text.body.contains("status"), "\(text)")
    }

    @Test("where tokens alone open the gateway, who shows none is told so in this dialect")
    func withoutToken() {
        var (intake, command, memo) = (HTTPIntake(), GatewayCommand(), FieldMemo())
        guard case .plan(.respond(let answer, let framing)) = intake.next(Array("GET /get/k HTTP/1.1\r\nHost: gw\r\n\r\n".utf8).span, rules, peer: nil, &memo, into: &command).0 else { return #expect(Bool(false)) }
        var output: [UInt8] = []
        answer.append(framing, rules, to: &output)
        #expect(answer.status == 401 && String(decoding: output, as: UTF8.self).body == "{\"error\":\"Unauthorized\"}")
    }
}

@Suite("Several tokens") struct AccessTokenTests {
    private func rules(_ tokens: [(String, String)], acl: [String] = [], database: Int? = nil) throws -> GatewayRules {
        let all = try tokens.map { try AccessToken(Array($0.0.utf8), rights: $0.1, database: database) }
        return GatewayRules(tokens: all, access: CommandAccess(rules: try acl.map { try CommandRule(parsing: $0) } + all.flatMap(\.rules)))
    }

    private func status(_ target: String, _ token: String?, _ rules: GatewayRules) -> Int? {
        taken("GET \(target) HTTP/1.1\r\nHost: gw\r\n\(token.map { "Authorization: Bearer \($0)\r\n" } ?? "")\r\n", rules, from: "10.0.0.1")
    }

    @Test("each opens what its rights say and nothing else", arguments: [
        ("app", "/get/app:1", nil), ("app", "/get/other", 403), ("app", "/set/app:1/v", 403), ("app", "/eval/return/0", 403), ("ro", "/get/x", nil), ("ro", "/set/x/v", 400), ("all", "/set/x/v", nil), ("all", "/flushall", nil),
        ("most", "/set/x/v", nil), ("most", "/flushall", 403), ("near", "/get/x", nil), ("far", "/get/x", 403), ("none", "/get/x", 401), ("", "/get/x", 401), (nil, "/get/x", 401), ("ap", "/get/app:1", 401), ("app2", "/get/app:1", 401),
    ] as [(String?, String, Int?)])
    func rights(token: String?, target: String, status: Int?) throws {
        let rules = try rules([("app", "+get ~app:*"), ("ro", "readonly"), ("all", ""), ("most", "* -flushall"), ("near", "ip=10.0.0.0/8 +get"), ("far", "ip=11.0.0.0/8 +get")])
        #expect(self.status(target, token, rules) == status)
        if let token, !token.isEmpty { #expect(self.status("\(target)?_token=\(token)", nil, rules) == status) }
    }

    @Test("what rules deny to all they deny to a token too, unless its rights say otherwise")
    func besideRules() throws {
        let rules = try rules([("all", ""), ("get", "+get")], acl: ["-*"])
        #expect(status("/set/k/v", "all", rules) == nil)
        #expect(status("/get/k", "get", rules) == nil)
        #expect(status("/set/k/v", "get", rules) == 403)
    }

    @Test("its commands run in its database")
    func databases() throws {
        let rules = try rules([("tok", "")], database: 3)
        let fields = "Authorization: Bearer tok\r\n"
        #expect(try get("/get/k", rules, fields: fields).command.database == 3)
        #expect(try send("POST", "/", body: #"["GET","k"]"#, rules, fields: fields).command.database == 3)
        guard case .batch(let batch) = try send("POST", "/pipeline", body: #"[["GET","k"]]"#, rules, fields: fields).plan, case .command(let command)? = batch.next else { return #expect(Bool(false)) }
        #expect(command.database == 3)
    }

    @Test("it is no login of HTTP Basic, and no part of it is named in a log")
    func noName() throws {
        let rules = try rules([("a:b", "+get")])
        let refused = try #require(try get("/set/k/v", rules, fields: "Authorization: Bearer a:b\r\n").answer)
        #expect(refused.answer.status == 403 && refused.answer.user == nil)
        // The base64 of a zero byte and "a:b".
        #expect(taken("GET /GET/k HTTP/1.1\r\nHost: gw\r\nAuthorization: Basic AGE6Yg==\r\n\r\n", rules) == 401)
    }

    @Test("rights that are no rule, or name another login, are refused", arguments: ["get", "+get auth=a:b", "+", "db=x"])
    func wrong(rights: String) { #expect(throws: AccessToken.Problem.self) { try AccessToken(Array("tok".utf8), rights: rights) } }
}
