import Access
import Bytes
import HTTP1
import Testing

@testable import Gateway

/// What becomes of a request as it comes in, its head's checks included: the status of a refusal, 101 for a WebSocket, nil where it runs.
func taken(_ request: String, _ rules: GatewayRules, from peer: String? = nil) -> Int? {
    var memo = FieldMemo()
    return taken(request, rules, from: peer, &memo)
}

/// The same behind the requests that `memo` has seen.
private func taken(_ request: String, _ rules: GatewayRules, from peer: String?, _ memo: inout FieldMemo) -> Int? {
    var intake = HTTPIntake()
    var command = GatewayCommand()
    let input = Array(request.utf8)
    switch intake.next(input.span, rules, peer: peer.flatMap { IPAddress($0) }, &memo, into: &command).0 {
    case .plan(.respond(let answer, _)): return answer.status
    case .plan(.upgrade): return 101
    default: return nil
    }
}

@Suite("Who is refused") struct RefusedClientTests {
    private static let basic = "Authorization: Basic bWU6d3Jvbmc=\r\n"  // me:wrong

    private func user(_ request: String, _ rules: GatewayRules) -> [UInt8]? {
        var (intake, command, memo) = (HTTPIntake(), GatewayCommand(), FieldMemo())
        guard case .plan(.respond(let answer, _)) = intake.next(Array(request.utf8).span, rules, peer: nil, &memo, into: &command).0 else { return nil }
        return answer.user
    }

    @Test("is named by the name that was shown, whatever was refused", arguments: [
        "GET /PING HTTP/1.1\r\nHost: gw\r\n", "GET /PING HTTP/1.1\r\nHost: evil.example\r\n", "GET /MULTI HTTP/1.1\r\nHost: gw\r\n",
        "GET /PING HTTP/1.1\r\nHost: gw\r\nOrigin: http://evil.example\r\n", "POST /multi-exec HTTP/1.1\r\nHost: gw\r\nContent-Length: 12\r\n",
    ])
    func named(head: String) throws {
        let rules = GatewayRules(hosts: [Array("gw".utf8)], access: CommandAccess(rules: [try CommandRule(parsing: "-ping")], allowsByDefault: true))
        let body = "[[\"PING\"  ]]"
        #expect(user(head + Self.basic + "\r\n" + body, rules) == Array("me".utf8))
        #expect(user(head + "\r\n" + body, rules) == nil)
        #expect(user(head + "Authorization: Bearer bWU6d3Jvbmc=\r\n\r\n" + body, rules) == nil)
        let locked = GatewayRules(credentials: Credentials(user: "me", password: Secret(utf8: "right")))
        #expect(user(head + Self.basic + "\r\n" + body, locked) == Array("me".utf8))
    }

    @Test("so it is over a WebSocket")
    func webSocket() throws {
        #expect(command(["MULTI"]).refusal(of: client(Self.basic), GatewayRules())?.user == Array("me".utf8))
    }
}

@Suite("Web pages of other origins") struct WebPageTests {
    private static let webSocket = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

    /// Every method and dialect in which a page can send something.
    private static let requests = [
        "GET /GET/k HTTP/1.1\r\nHOST\r\n", "HEAD /GET/k HTTP/1.1\r\nHOST\r\n", "PUT /SET/k HTTP/1.1\r\nContent-Length: 1\r\nHOST\r\nv",
        "POST / HTTP/1.1\r\nContent-Length: 7\r\nContent-Type: text/plain\r\nHOST\r\nSET/k/v", "POST /pipeline HTTP/1.1\r\nContent-Length: 10\r\nHOST\r\n[[\"PING\"]]",
        "GET /get/k?_token=tok HTTP/1.1\r\nHOST\r\n", "GET /SUBSCRIBE/c HTTP/1.1\r\nHOST\r\n", "GET /.json HTTP/1.1\r\n\(webSocket)HOST\r\n", "OPTIONS /GET/k HTTP/1.1\r\nHOST\r\n",
    ]

    private static func statuses(_ fields: String, _ rules: GatewayRules) -> [Int?] {
        requests.map { taken($0.replacing("HOST", with: "Host: gw:7379\r\n\(fields)"), rules) }
    }

    private static func rules(_ origins: [String] = []) -> GatewayRules { GatewayRules(token: Secret(utf8: "tok"), hasWebSockets: true, origins: OriginRules(origins)) }

    @Test("they are refused whatever the method and the dialect, by either of the fields that browsers send", arguments: [
        "Origin: http://evil.example\r\n", "Origin: null\r\n", "Origin: http://gw\r\n", "Origin: http://gw:80\r\n", "Origin: http://gw:7379.evil.example\r\n", "Origin: ftp://gw:7379\r\n",
        "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n", "sec-fetch-site: Cross-Site\r\n", "Origin: http://gw:7379\r\nSec-Fetch-Site: same-site\r\n",
    ])
    func refused(fields: String) {
        for (index, status) in Self.statuses(fields, GatewayRules(hasWebSockets: true)).enumerated() { #expect(status == 403, "\(Self.requests[index])") }
    }

    @Test("pages of this server, of origins that are named, and clients that are no browsers are served", arguments: [
        ("", []), ("Origin: http://gw:7379\r\n", []), ("Origin: HTTPS://GW:7379\r\nSec-Fetch-Site: same-origin\r\n", []), ("Sec-Fetch-Site: none\r\n", []), ("Sec-Fetch-Site: same-origin\r\n", []),
        ("Origin: https://app.example\r\nSec-Fetch-Site: cross-site\r\n", ["https://app.example"]), ("Origin: http://any.example\r\n", ["*"]), ("Sec-Fetch-Site: cross-site\r\n", ["*"]),
    ] as [(String, [String])])
    func served(fields: String, origins: [String]) {
        let rules = GatewayRules(hasWebSockets: true, origins: OriginRules(origins))
        for (index, status) in Self.statuses(fields, rules).enumerated() { #expect(status != 403, "\(Self.requests[index])") }
    }

    @Test("Webdis's dialect serves all pages, as Webdis does")
    func webdis() {
        #expect(taken("GET /GET/k HTTP/1.1\r\nHost: gw\r\nOrigin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\n\r\n", GatewayRules(isWebdis: true)) == nil)
    }

    @Test("fields that are remembered from the request before say the same")
    func remembered() {
        var memo = FieldMemo()
        var command = GatewayCommand()
        let rules = GatewayRules()
        for _ in 0..<3 {
            var intake = HTTPIntake()
            let input = Array("GET /GET/k HTTP/1.1\r\nHost: gw\r\nSec-Fetch-Site: cross-site\r\n\r\n".utf8)
            guard case .plan(.respond(let answer, _)) = intake.next(input.span, rules, peer: nil, &memo, into: &command).0 else { return #expect(Bool(false)) }
            #expect(answer.status == 403)
        }
    }

    @Test("whoever came before, and whatever was found about the same fields, a request is judged by itself")
    func judgedByItself() {
        let rules = GatewayRules(localNames: .checkedOnLoopback)
        let fields = ["Host: localhost", "Host: evil.example", "Host: localhost\r\nOrigin: http://evil.example", "Host: evil.example\r\nSec-Fetch-Site: none",
            "Host: localhost\r\nSec-Fetch-Site: cross-site", "Host: 127.0.0.1\r\nAuthorization: Basic bWU6d3Jvbmc="]
        let targets = ["/GET/k", "http://evil.example/GET/k", "http://localhost/GET/k", "http://user@localhost/GET/k"]
        var memo = FieldMemo()
        var statuses: Set<Int?> = []
        for _ in 0..<3000 {
            let request = "GET \(targets.randomElement() ?? "") HTTP/1.1\r\n\(fields.randomElement() ?? "")\r\n\r\n"
            let peer = ["127.0.0.1", "::1", "10.1.2.3", nil].randomElement() ?? nil
            let alone = taken(request, rules, from: peer)
            #expect(taken(request, rules, from: peer, &memo) == alone, "\(request) from \(peer ?? "a Unix socket")")
            statuses.insert(alone)
        }
        #expect(statuses == [nil, 403, 421])
    }

    @Test("on loopback only names that no stranger can have are taken for this server", arguments: [
        ("localhost", nil), ("localhost:7379", nil), ("LOCALHOST.:1", nil), ("app.localhost:7379", nil), ("127.0.0.1", nil), ("127.0.0.1:7379", nil), ("10.1.2.3:80", nil), ("[::1]:7379", nil),
        ("[2001:db8::1]", nil), ("redis", nil), ("evil.example", 421), ("evil.example:7379", 421), ("localhost.evil.example", 421), ("127.0.0.1.evil.example:80", 421), (".localhost", 421),
        ("evillocalhost.example", 421), ("1.2.3", 421), ("256.1.1.1", 421), ("1.2.3.4.5", 421), ("evil.example.", 421), ("[evil.example]", 421), ("[::1", 421), ("", 421),
    ] as [(String, Int?)])
    func names(host: String, status: Int?) {
        let request = "GET /GET/k HTTP/1.1\r\nHost: \(host)\r\n\r\n"
        #expect(taken(request, GatewayRules(localNames: .checked)) == status)
        #expect(taken(request, GatewayRules()) == nil)
        #expect(taken(request, GatewayRules(isWebdis: true, localNames: .checked)) == nil)
        #expect(taken(request, GatewayRules(localNames: .checkedOnLoopback), from: "127.0.0.1") == status)
        #expect(taken(request, GatewayRules(localNames: .checkedOnLoopback), from: "10.1.1.1") == nil)
    }

    @Test("in the absolute form of a target it is the name there that counts, whatever Host says", arguments: [
        ("http://localhost/GET/k", nil), ("http://127.0.0.1:7379/GET/k", nil), ("HTTPS://[::1]/GET/k", nil), ("http://evil.example/GET/k", 421), ("http://evil.example", 421),
        ("http://evil.example:7379?x", 421), ("http://localhost@evil.example/GET/k", 421), ("http://me@localhost/GET/k", 421), ("http://localhost.evil.example/GET/k", 421),
    ] as [(String, Int?)])
    func absoluteForm(target: String, status: Int?) {
        for host in ["Host: localhost\r\n", "Host: evil.example\r\n"] {
            #expect(taken("GET \(target) HTTP/1.1\r\n\(host)\r\n", GatewayRules(localNames: .checked)) == status)
            let named = GatewayRules(hosts: ["localhost", "127.0.0.1", "[::1]"].map { Array($0.utf8) })
            #expect(taken("GET \(target) HTTP/1.1\r\n\(host)\r\n", named) == status)
        }
        #expect(taken("GET \(target) HTTP/1.0\r\n\r\n", GatewayRules(localNames: .checked)) == status)
    }

    @Test("so it is when a page of this server asks")
    func absoluteFormOfOwnPage() {
        func status(_ origin: String) -> Int? { taken("GET http://gw/GET/k HTTP/1.1\r\nHost: evil.example\r\nOrigin: \(origin)\r\n\r\n", GatewayRules()) }
        #expect(status("http://gw") == nil)
        #expect(status("http://evil.example") == 403)
    }

    @Test("HTTP/1.0 needs no name")
    func withoutHost() { #expect(taken("GET /GET/k HTTP/1.0\r\n\r\n", GatewayRules(localNames: .checked)) == nil) }

    @Test("scripts get no answers but where JSONP is on, or always in Webdis's dialect", arguments: ["callback=f", "jsonp=f", "jsonp=", "callback=a.b&type=text/plain"])
    func jsonp(query: String) throws {
        let isJSON = !query.contains("type=")
        #expect(try get("/GET/k?\(query)", GatewayRules(allowsJSONP: false)).status == (isJSON ? 400 : nil))
        #expect(try get("/GET/k?\(query)", GatewayRules(allowsJSONP: true)).status == nil)
        #expect(try get("/GET/k?\(query)", GatewayRules(isWebdis: true, allowsJSONP: false)).status == nil)
    }

    @Test("a body does nothing where a browser shows it, and other pages cannot load it unless they may read it", arguments: [
        "/GET/k", "/GET/k.html", "/GET/k.raw", "/GET/k?type=text/html", "/NOSUCH/k", "/get/k?_token=tok",
    ])
    func policies(target: String) throws {
        func response(_ origins: [String], _ fields: String = "") throws -> String {
            let rules = Self.rules(origins)
            return try get(target, rules, fields: fields).command.response(to: "$1\r\nv\r\n", rules)
        }
        for text in [try response([]), try response(["*"]), try response(["http://a"], "Origin: http://a\r\n")] {
            #expect(text.contains("\r\nContent-Security-Policy: sandbox; default-src 'none'\r\n"))
        }
        #expect(try response([]).contains("\r\nCross-Origin-Resource-Policy: same-origin\r\n"))
        #expect(try response(["http://a"]).contains("\r\nCross-Origin-Resource-Policy: same-origin\r\n"))
        #expect(try !response(["*"]).contains("Cross-Origin-Resource-Policy"))
        #expect(try !response(["http://a"], "Origin: http://a\r\n").contains("Cross-Origin-Resource-Policy"))
    }

    @Test("so do refusals, and streams of events")
    func policiesOfOthers() throws {
        let rules = GatewayRules()
        var refusal: [UInt8] = []
        GatewayAnswer.forbidden.append(ResponseFraming(), rules, to: &refusal)
        var stream: [UInt8] = []
        EventStream(ReplyPresentation(), isServerSent: true).appendHead(rules, to: &stream)
        for text in [refusal, stream] { #expect(String(decoding: text, as: UTF8.self).contains("\r\nContent-Security-Policy: sandbox; default-src 'none'\r\nCross-Origin-Resource-Policy: same-origin\r\n")) }
    }
}
