import Access
import Testing

@testable import Settings

@Suite("The file of tokens") struct TokenFileTests {
    private func load(_ text: String) throws(SettingsErrors) -> Settings {
        try Settings.load(SettingsInput(flags: [("upstream", "r"), ("http-tokens", "tokens.json")]) { _ in Array(text.utf8) }).settings
    }

    private func problems(_ text: String) -> [String] {
        do throws(SettingsErrors) {
            _ = try load(text)
            return []
        } catch { return error.errors.map(\.description) }
    }

    @Test("JSON and YAML, rights by words, or as serverless-redis-http has them")
    func forms() throws {
        let json = #"{"one": "+get ~app:*", "two": "readonly", "three": {"srh_id": "x", "connection_string": "redis://alice:p%40w@host:6379/3?a=b", "max_connections": 3}, "four": {"connection_string": "redis://default:pw@host"}}"#
        let gateway = try load(json).http.gateway
        #expect(gateway.tokens.map(\.isReadOnly) == [false, true, false, false])
        #expect(gateway.tokens.map(\.database) == [nil, nil, 3, nil])
        #expect(gateway.tokens[2].rules.contains { $0.redisUser?.name == Array("alice".utf8) && $0.redisUser?.password == Secret(utf8: "p@w") && $0.databases == [3] })
        #expect(gateway.tokens[3].rules.allSatisfy { $0.redisUser == nil })
        #expect(gateway.access.rules.count == gateway.tokens.flatMap(\.rules).count && gateway.access.asksForLogins)
        #expect(try load("one: '+get'\ntwo:\n").http.gateway.tokens.count == 2)
    }

    @Test("with a token no password is needed to listen to the network")
    func exposure() throws { #expect(try load(#"{"one": ""}"#).http.exposure == .asConfigured) }

    @Test("what is wrong is told by its place, and never shows a token", arguments: [
        ("{", "tokens.json: http.tokens: is neither YAML nor JSON"), ("[]", "tokens.json:1:1: http.tokens: expected a mapping of tokens to their rights"), ("", "tokens.json: http.tokens: expected a mapping of tokens to their rights"),
        (#"{"hush": "get"}"#, "tokens.json:1:10: http.tokens: the rights of a token: a rule holds a word that begins with none of + - ~ ip= auth= user= db="),
        (#"{"hush": "", "hush": ""}"#, "tokens.json:1:14: http.tokens: a token is given twice"), (#"{"hush": ["+get"]}"#, "tokens.json:1:10: http.tokens: expected the rights of a token, found a list"),
        (#"{"hush": {"connection_string": "http://x"}}"#, "tokens.json:1:32: http.tokens: expected redis://[user:password@]host[:port][/database]"), (#"{"": ""}"#, "tokens.json:1:2: http.tokens: a token is empty"),
        (#"{"hush": {"right": ""}}"#, "tokens.json:1:11: http.tokens: unknown key of a token; known are rights, connection_string, srh_id and max_connections"),
    ])
    func wrong(text: String, problem: String) {
        let problems = problems(text)
        #expect(problems.first == problem)
        #expect(problems.allSatisfy { !$0.contains("hush") })
    }
}
