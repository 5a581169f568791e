import Access
import Bytes
import HTTP1
import Testing

@testable import Gateway

@Suite("A base path, and questions about the server") struct BasePathTests {
    private let rules = GatewayRules(
        credentials: Credentials(user: "u", password: Secret(utf8: "p")), token: Secret(utf8: "tok"), hasWebSockets: true, hosts: [Array("gw".utf8)], basePath: Array("/redis".utf8), hasHealth: true)
    private static let right = "Host: gw\r\nAuthorization: Basic dTpw\r\n"
    private static let bearer = "Host: gw\r\nAuthorization: Bearer tok\r\n"

    private func words(_ request: String, _ rules: GatewayRules) -> [String]? {
        var (intake, command, memo) = (HTTPIntake(), GatewayCommand(), FieldMemo())
        guard case .plan(.run) = intake.next(Array(request.utf8).span, rules, peer: nil, &memo, into: &command).0 else { return nil }
        return command.words
    }

    @Test("everything is below it, in either dialect and with any method", arguments: [
        ("GET /redis/GET/k HTTP/1.1\r\n\(right)\r\n", ["GET", "k"]), ("GET /redis/get/k HTTP/1.1\r\n\(bearer)\r\n", ["get", "k"]), ("PUT /redis/SET/k HTTP/1.1\r\n\(right)Content-Length: 1\r\n\r\nv", ["SET", "k", "v"]),
        ("POST /redis HTTP/1.1\r\n\(bearer)Content-Length: 11\r\n\r\n[\"GET\",\"k\"]", ["GET", "k"]), ("POST /redis/ HTTP/1.1\r\n\(bearer)Content-Length: 11\r\n\r\n[\"GET\",\"k\"]", ["GET", "k"]),
        ("POST /redis HTTP/1.1\r\n\(right)Content-Length: 5\r\n\r\nGET/k", ["GET", "k"]), ("GET /redis/get/k?_token=tok HTTP/1.1\r\nHost: gw\r\n\r\n", ["get", "k"]), ("GET /redis/GET/redis%2Fk HTTP/1.1\r\n\(right)\r\n", ["GET", "redis/k"]),
    ])
    func below(request: String, words: [String]) { #expect(self.words(request, rules) == words) }

    @Test("nothing is beside it", arguments: ["/", "/GET/k", "/redi/GET/k", "/redisGET/k", "/Redis/GET/k", "/%72edis/GET/k", "//redis/GET/k", "http://gw/redis/GET/k", "*"])
    func beside(target: String) {
        #expect(taken("GET \(target) HTTP/1.1\r\n\(Self.right)\r\n", rules) == 404)
        #expect(taken("PUT \(target) HTTP/1.1\r\n\(Self.right)Content-Length: 5\r\n\r\n", rules) == 404)
        // Who is not known learns nothing of it.
        #expect(taken("GET \(target) HTTP/1.1\r\nHost: gw\r\n\r\n", rules) == 401)
    }

    @Test("WebSockets, batches and what browsers ask for are there too")
    func others() {
        let webSocket = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        for path in ["/redis", "/redis/", "/redis/.json", "/redis/.raw"] { #expect(taken("GET \(path) HTTP/1.1\r\n\(Self.right)\(webSocket)\r\n", rules) == 101) }
        #expect(taken("GET /.json HTTP/1.1\r\n\(Self.right)\(webSocket)\r\n", rules) == 404)
        var (intake, command, memo) = (HTTPIntake(), GatewayCommand(), FieldMemo())
        let batch = Array("POST /redis/pipeline HTTP/1.1\r\n\(Self.bearer)Content-Length: 10\r\n\r\n[[\"PING\"]]".utf8)
        guard case .plan(.batch) = intake.next(batch.span, rules, peer: nil, &memo, into: &command).0 else { return #expect(Bool(false)) }
        #expect(taken("GET /redis/favicon.ico HTTP/1.1\r\n\(Self.right)\r\n", rules) == 404)
    }

    @Test("a body that comes in parts does not change what is below it")
    func inParts() {
        let request = Array("POST /redis/SET/k HTTP/1.1\r\n\(Self.right)Content-Length: 3\r\n\r\nabc".utf8)
        for cut in 1..<request.count {
            var (intake, command, memo) = (HTTPIntake(), GatewayCommand(), FieldMemo())
            var rest = request[..<cut]
            var isDone = false
            for last in [false, true] {
                if last { rest += request[cut...] }
                while !rest.isEmpty {
                    let (step, used) = intake.next(Array(rest).span, rules, peer: nil, &memo, into: &command)
                    rest = rest.dropFirst(used)
                    if case .plan(.run) = step { isDone = true }
                    if case .needInput = step { break }
                }
            }
            #expect(isDone && command.words == ["SET", "k", "abc"], "\(cut)")
        }
    }

    @Test("whoever may connect may ask whether there is a master, by whatever name, without a password", arguments: ["/livez", "/readyz", "/redis/livez", "/redis/readyz?x"])
    func health(target: String) {
        for method in ["GET", "HEAD"] {
            var (intake, command, memo) = (HTTPIntake(), GatewayCommand(), FieldMemo())
            guard case .plan(.health(let asksForMaster, let framing)) = intake.next(Array("\(method) \(target) HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n".utf8).span, rules, peer: nil, &memo, into: &command).0 else {
                return #expect(Bool(false), "\(target)")
            }
            #expect(asksForMaster == target.contains("readyz") && framing.keepAlive && framing.omitsBody == (method == "HEAD"))
        }
        #expect(taken("POST \(target) HTTP/1.1\r\nHost: gw\r\nContent-Length: 1\r\n\r\nx", rules) == 401)
        #expect(words("GET /livez HTTP/1.1\r\nHost: gw\r\n\r\n", GatewayRules()) == ["livez"])
    }
}
