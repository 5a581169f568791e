import Access
import Bytes
import Testing

@testable import Gateway

@Suite("Clients behind proxies") struct ForwardedTests {
    /// Only 10.0.0.0/8 may do anything, and 6.6.6.6 may not, whatever else holds.
    private func rules(_ header: ForwardedHeader = .both) throws -> GatewayRules {
        GatewayRules(
            access: CommandAccess(rules: [try CommandRule(parsing: "ip=10.0.0.0/8 +*"), try CommandRule(parsing: "ip=10.6.6.6 -*")], allowsByDefault: false),
            trustedProxies: [try CIDRRange(parsing: "127.0.0.1")], forwardedHeader: header)
    }

    private func isServed(_ fields: String, _ header: ForwardedHeader = .both) throws -> Bool {
        try plan("GET /PING HTTP/1.1\r\nHost: gw\r\n\(fields)\r\n", try rules(header)).status == nil
    }

    @Test("of two fields that say different things neither lets a client do more than the other", arguments: [
        ("X-Forwarded-For: 10.1.1.1\r\n", true), ("Forwarded: for=10.1.1.1\r\n", true), ("X-Forwarded-For: 10.1.1.1\r\nForwarded: for=10.1.1.1\r\n", true),
        ("X-Forwarded-For: 10.1.1.1\r\nForwarded: for=10.2.2.2\r\n", true), ("X-Forwarded-For: 6.6.6.6\r\nForwarded: for=10.1.1.1\r\n", false),
        ("Forwarded: for=6.6.6.6\r\nX-Forwarded-For: 10.1.1.1\r\n", false), ("X-Forwarded-For: 10.6.6.6\r\nForwarded: for=10.1.1.1\r\n", false),
        ("X-Forwarded-For: 10.1.1.1\r\nForwarded: for=10.6.6.6\r\n", false), ("X-Forwarded-For: 10.1.1.1\r\nForwarded: for=unknown\r\n", false),
        ("X-Forwarded-For: unknown\r\nForwarded: for=10.1.1.1\r\n", false), ("X-Forwarded-For: 10.1.1.1\r\nForwarded: proto=http\r\n", false),
    ])
    func both(fields: String, isServed: Bool) throws { #expect(try self.isServed(fields) == isServed) }

    @Test("the one that is configured counts alone")
    func configured() throws {
        let fields = "X-Forwarded-For: 10.1.1.1\r\nForwarded: for=6.6.6.6\r\n"
        #expect(try isServed(fields, .xForwardedFor))
        #expect(try !isServed(fields, .forwarded))
        #expect(try !isServed("X-Forwarded-For: 10.1.1.1\r\n", .forwarded))
        #expect(try !isServed("Forwarded: for=10.1.1.1\r\n", .xForwardedFor))
    }

    @Test("Redis users that two fields give differently are given to nobody")
    func users() throws {
        let rules = GatewayRules(
            access: CommandAccess(rules: [try CommandRule(parsing: "ip=10.1.1.1 user=a:x"), try CommandRule(parsing: "ip=10.2.2.2 user=b:y")]),
            trustedProxies: [try CIDRRange(parsing: "127.0.0.1")])
        #expect(try plan("GET /PING HTTP/1.1\r\nHost: gw\r\nX-Forwarded-For: 10.1.1.1\r\nForwarded: for=10.2.2.2\r\n\r\n", rules).status == 403)
        #expect(try plan("GET /PING HTTP/1.1\r\nHost: gw\r\nX-Forwarded-For: 10.1.1.1\r\n\r\n", rules).status == nil)
    }

    @Test("a Forwarded field is read as RFC 7239 has it, and what cannot be read names nobody", arguments: [
        ("for=10.1.1.1", ["10.1.1.1"]), ("For=\"10.1.1.1:4711\"", ["10.1.1.1"]), ("for=\"[2001:db8::1]:80\"", ["2001:db8::1"]), ("for=\"[::1]\";proto=http;by=x", ["::1"]),
        ("for=1.1.1.1, for=2.2.2.2", ["1.1.1.1", "2.2.2.2"]), ("proto=http ; for=1.1.1.1 ;host=\"a;b,c\" , for=2.2.2.2", ["1.1.1.1", "2.2.2.2"]),
        ("by=\"x, for=10.1.1.1\";for=2.2.2.2", ["2.2.2.2"]), ("by=\"a\\\",for=10.1.1.1;b\";for=2.2.2.2", ["2.2.2.2"]), ("for=\"1.1\\.1.1\"", ["1.1.1.1"]),
        ("for=unknown", [nil]), ("for=_hidden", [nil]), ("for=\"_hidden:_port\"", [nil]), ("for=\"1.1.1.1:_port\"", ["1.1.1.1"]), ("proto=http", [nil]), ("for=\"\"", [nil]),
        ("for=\"1.1.1.1", [nil]), ("for=1.1.1.1;for=2.2.2.2", [nil]), ("for=1.1.1.1 x, for=2.2.2.2", [nil]), ("for=2.2.2.2, by=\"open, for=10.1.1.1", ["2.2.2.2", nil]), (",, for=1.1.1.1,", ["1.1.1.1"]),
        ("for=\"1.1.1.1\\", [nil]), ("=1.1.1.1", [nil]), ("for 1.1.1.1", [nil]), ("for=\"1.1.1.1 \"", [nil]), ("for=1.1.1.1:80:80", [nil]), ("", []), (" ", []),
    ] as [(String, [String?])])
    func elements(value: String, addresses: [String?]) {
        var chain: [IPAddress?] = []
        ForwardedElements.append(Array(value.utf8).span, to: &chain)
        #expect(chain == addresses.map { $0.flatMap { IPAddress($0) } })
    }

    @Test("X-Forwarded-For is a plain list", arguments: [
        ("1.1.1.1, 2.2.2.2", ["1.1.1.1", "2.2.2.2"]), ("1.1.1.1:80,[::1]:80", ["1.1.1.1", "::1"]), ("unknown", [nil]), ("\"1.1.1.1\"", ["1.1.1.1"]), ("::1", ["::1"]), ("a, ,1.1.1.1", [nil, "1.1.1.1"]),
    ] as [(String, [String?])])
    func list(value: String, addresses: [String?]) {
        var chain: [IPAddress?] = []
        ForwardedElements.append(list: Array(value.utf8).span, to: &chain)
        #expect(chain == addresses.map { $0.flatMap { IPAddress($0) } })
    }
}
