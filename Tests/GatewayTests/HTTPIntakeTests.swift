import Access
import Bytes
import HTTP1
import Testing

@testable import Gateway

@Suite("Intake of a connection") struct HTTPIntakeTests {
    /// `admin:secret`
    private static let authorization = "Authorization: Basic YWRtaW46c2VjcmV0\r\n"

    private func intake(isLocked: Bool = false, bodyBytesMax: Int = 1000, headBytesMax: Int = 80 * 1024) -> GatewayRules {
        var limits = HTTPLimits()
        limits.bodyBytesMax = bodyBytesMax
        limits.headBytesMax = headBytesMax
        return GatewayRules(limits: limits, credentials: isLocked ? Credentials(user: "admin", password: Secret(utf8: "secret")) : nil)
    }

    /// What comes of `input`, of which `arrivals` tells how much is there each time: commands, statuses (with `close`
    /// where the connection ends) and `continue`.
    private func steps(_ rules: GatewayRules, _ input: [UInt8], arrivals: some Sequence<Int>) throws -> [String] {
        var intake = HTTPIntake()
        var command = GatewayCommand()
        var memo = FieldMemo()
        var steps: [String] = []
        var offset = 0
        for end in arrivals {
            arrived: while true {
                var (step, used) = intake.next(input.span.extracting(offset..<end), rules, peer: nil, &memo, into: &command)
                #expect(used >= 0 && used <= end - offset)
                offset += used
                if case .large(let request) = step {
                    steps.append("large")
                    let plan = request.plan(rules, into: &command)
                    intake.took(plan, command)
                    step = .plan(plan)
                }
                switch step {
                case .needInput: break arrived
                case .bodyBegins(let expectsContinue): if expectsContinue { steps.append("continue") }
                case .large: break
                case .plan(.health): steps.append("health")
                case .plan(.respond(let answer, let framing)): steps.append("\(answer.status)\(framing.keepAlive ? "" : " close")")
                case .plan(.reply(let reply)): steps.append(String(decoding: reply, as: UTF8.self))
                case .plan(.upgrade): steps.append("upgrade")
                case .plan(.batch(let batch)): steps.append("batch of \(batch.takeParts().count)")
                case .plan(.run): steps.append(command.words.joined(separator: " ") + (command.framing.keepAlive ? "" : " close"))
                }
            }
        }
        return steps
    }

    /// The same, after checking that every way of cutting comes to the same.
    private func steps(_ rules: GatewayRules, _ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> [String] {
        let input = Array(text.utf8)
        let expected = try steps(rules, input, arrivals: [input.count])
        for cut in 0...input.count {
            #expect(try steps(rules, input, arrivals: [cut, input.count]) == expected, "cut at \(cut)", sourceLocation: sourceLocation)
        }
        #expect(try steps(rules, input, arrivals: 0...input.count) == expected, "byte by byte", sourceLocation: sourceLocation)
        return expected
    }

    private func get(_ path: String, _ fields: String = "") -> String { "GET \(path) HTTP/1.1\r\nHost: gw\r\n\(fields)\r\n" }

    private func post(_ body: String, _ fields: String = "") -> String {
        "POST / HTTP/1.1\r\nHost: gw\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }

    @Test("requests in a row are planned one by one")
    func pipeline() throws {
        let input = get("/GET/a") + post("SET/a/1") + get("/PING") + "OPTIONS / HTTP/1.1\r\nHost: gw\r\n\r\n" + get("/GET/b", "Connection: close\r\n")
        #expect(try steps(intake(), input) == ["GET a", "SET a 1", "PING", "200", "GET b close"])
    }

    @Test("nothing is run behind a request that is the connection's last", arguments: [
        ("GET /GET/a HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n", "GET a close"),
        ("GET /GET/a HTTP/1.1\r\nHost: gw\r\nConnection: x, CLOSE ,y\r\n\r\n", "GET a close"),
        ("GET /GET/a HTTP/1.1\r\nHost: gw\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", "GET a close"),
        ("GET /GET/a HTTP/1.0\r\n\r\n", "GET a close"),
        ("POST / HTTP/1.1\r\nHost: gw\r\nConnection: close\r\nContent-Length: 5\r\n\r\nGET/a", "GET a close"),
        ("POST / HTTP/1.1\r\nHost: gw\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET/a\r\n0\r\n\r\n", "GET a close"),
        ("POST /pipeline HTTP/1.1\r\nHost: gw\r\nConnection: close\r\nContent-Length: 10\r\n\r\n[[\"PING\"]]", "batch of 1"),
        ("OPTIONS / HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n", "200 close"),
        ("GET /MULTI HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n", "403 close"),
    ])
    func last(request: String, expected: String) throws {
        #expect(try steps(intake(), request + get("/FLUSHALL") + post("INCR/n") + "\u{0}") == [expected])
    }

    @Test("nor behind one that wanted to be a WebSocket and may not")
    func refusedUpgrade() throws {
        let request = get("/.json", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
        #expect(try steps(GatewayRules(hasWebSockets: true), request + get("/FLUSHALL")) == ["426 close"])
    }

    @Test("HTTP/1.0 with keep-alive goes on")
    func kept() throws {
        let request = "GET /GET/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        #expect(try steps(intake(), request + get("/PING")) == ["GET a", "PING"])
    }

    @Test("a body is taken whole, chunked or not, and ends where it ends")
    func bodies() throws {
        #expect(try steps(intake(), "PUT /SET/k HTTP/1.1\r\nHost: gw\r\nContent-Length: 5\r\n\r\nhello" + get("/PING")) == ["SET k hello", "PING"])
        let chunked = "POST / HTTP/1.1\r\nHost: gw\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nGET/\r\n3;x=y\r\nkey\r\n0\r\nT: u\r\n\r\n"
        #expect(try steps(intake(), chunked + get("/PING")) == ["GET key", "PING"])
        #expect(try steps(intake(), "PUT /SET/k HTTP/1.1\r\nHost: gw\r\nContent-Length: 0\r\n\r\n" + get("/PING")) == ["SET k ", "PING"])
        #expect(try steps(intake(), "PUT /SET/k HTTP/1.1\r\nHost: gw\r\nContent-Length: 9\r\n\r\nhello").isEmpty)
    }

    @Test("a client that waits for it is told to go on before its body")
    func expectation() throws {
        #expect(try steps(intake(), post("PING", "Expect: 100-continue\r\n")) == ["continue", "PING"])
        #expect(try steps(intake(), post("PING", "Expect: 100-continue\r\n") + get("/PING")) == ["continue", "PING", "PING"])
    }

    @Test("a body that is declared too large is refused before the client is told to send it")
    func tooLarge() throws {
        let declared = "POST / HTTP/1.1\r\nHost: gw\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n"
        #expect(try steps(intake(bodyBytesMax: 10), declared + get("/PING")) == ["413 close"])
        #expect(try steps(intake(bodyBytesMax: 4), post("PING")) == ["PING"])
        let chunked = "POST / HTTP/1.1\r\nHost: gw\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nGET\r\n3\r\n/kk\r\n0\r\n\r\n"
        #expect(try steps(intake(bodyBytesMax: 5), chunked) == ["413 close"])
    }

    @Test("what is malformed is answered once, and nothing behind it is read", arguments: [
        ("GET /PING HTTP/1.1\r\n\r\n", "400 close"), ("GET /a b HTTP/1.1\r\nHost: gw\r\n\r\n", "400 close"), ("\u{0}\u{1}\u{2}\r\n\r\n", "400 close"),
        ("GET / HTTP/2.0\r\nHost: gw\r\n\r\n", "505 close"), ("POST / HTTP/1.1\r\nHost: gw\r\nContent-Length: x\r\n\r\n", "400 close"),
        ("POST / HTTP/1.1\r\nHost: gw\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "400 close"),
        ("POST / HTTP/1.1\r\nHost: gw\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", "400 close"),
    ])
    func malformed(request: String, expected: String) throws {
        #expect(try steps(intake(), get("/GET/a") + request + get("/FLUSHALL")) == ["GET a", expected])
    }

    @Test("a head above the limit is refused")
    func headLimit() throws {
        let long = get("/PING", "X: " + String(repeating: "x", count: 300) + "\r\n")
        #expect(try steps(intake(headBytesMax: 200), long) == ["431 close"])
        #expect(try steps(intake(headBytesMax: 400), long) == ["PING"])
    }

    @Test("every request must show the password; one that does not is answered and the connection goes on")
    func password() throws {
        let input = get("/GET/a") + get("/GET/b", Self.authorization) + get("/GET/c")
        #expect(try steps(intake(isLocked: true), input) == ["401", "GET b", "401"])
        #expect(try steps(intake(), input) == ["GET a", "GET b", "GET c"])
    }

    @Test("wrong and malformed credentials are refused", arguments: [
        "YWRtaW46d3Jvbmc=", "c29tZWJvZHk6c2VjcmV0", "OnNlY3JldA==", "YWRtaW4=", "YWRtaW46c2VjcmV0=", "!!!", "",
    ])
    func wrongPassword(value: String) throws {
        #expect(try steps(intake(isLocked: true), get("/GET/a", "Authorization: Basic \(value)\r\n")) == ["401"])
    }

    @Test("another scheme is refused; the name of the right one has no case")
    func schemes() throws {
        #expect(try steps(intake(isLocked: true), get("/GET/a", "Authorization: Digest YWRtaW46c2VjcmV0\r\n")) == ["401"])
        #expect(try steps(intake(isLocked: true), get("/GET/a", "Authorization: bAsIc YWRtaW46c2VjcmV0\r\n")) == ["GET a"])
    }

    @Test("the body of whoever is not known is not read: the connection ends")
    func unknownBody() throws {
        #expect(try steps(intake(isLocked: true), post("FLUSHALL", "Expect: 100-continue\r\n") + get("/PING", Self.authorization)) == ["401 close"])
        #expect(try steps(intake(isLocked: true), post("GET/a", Self.authorization)) == ["GET a"])
    }

    @Test("OPTIONS needs no password, and tells nothing")
    func options() throws {
        #expect(try steps(intake(isLocked: true), "OPTIONS /GET/a HTTP/1.1\r\nHost: gw\r\n\r\n" + get("/GET/a")) == ["200", "401"])
    }

    @Test("the intake knows whether it stands inside a request")
    func midRequest() {
        let rules = GatewayRules()
        var command = GatewayCommand()
        var memo = FieldMemo()
        var intake = HTTPIntake()
        #expect(!intake.isMidRequest)
        _ = intake.next(Array("GET /PI".utf8).span, rules, peer: nil, &memo, into: &command)
        #expect(intake.isMidRequest)
        #expect(!intake.isInBody)
        let head = Array("POST / HTTP/1.1\r\nHost: gw\r\nContent-Length: 4\r\n\r\n".utf8)
        intake = HTTPIntake()
        _ = intake.next(head.span, rules, peer: nil, &memo, into: &command)
        #expect(intake.isMidRequest)
        #expect(intake.isInBody)
        _ = intake.next(Array("PING".utf8).span, rules, peer: nil, &memo, into: &command)
        #expect(!intake.isMidRequest)
        #expect(!intake.isInBody)
    }

    @Test("a request with a large body is planned elsewhere, however it comes, and what stands behind it is read after it")
    func large() throws {
        var limits = HTTPLimits()
        limits.bodyBytesMax = 2 << 20
        let rules = GatewayRules(limits: limits)
        for fields in ["", "Connection: close\r\n"] {
            let body = String(repeating: "v", count: LargeRequest.bytesMin)
            let input = Array((post("SET/k/" + body, fields) + get("/PING")).utf8)
            let head = input.count - get("/PING").utf8.count - body.utf8.count
            for arrivals in [[input.count], [head, head + 5, input.count - 3, input.count]] {
                let all = try steps(rules, input, arrivals: arrivals)
                let last = fields.isEmpty ? "" : " close"
                #expect(all == ["large", "SET k \(body)\(last)"] + (fields.isEmpty ? ["PING"] : []))
            }
        }
        let small = Array(post("SET/k/" + String(repeating: "v", count: LargeRequest.bytesMin - 6)).utf8)
        #expect(try steps(rules, small, arrivals: [10, 200, small.count]).first != "large")
    }
}
