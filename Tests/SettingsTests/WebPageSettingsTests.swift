import Settings
import Testing

@Suite("Settings about web pages and who forwards for whom") struct WebPageSettingsTests {
    private func load(_ yaml: String) throws -> Settings { try SettingsFixture("upstream: 127.0.0.1:6379\n" + yaml).load().settings }

    @Test("what Webdis's dialect opens to web pages is said, where anybody can come by it")
    func openness() throws {
        #expect(try load("http: {dialect: webdis}").http.openness?.contains("web page") == true)
        #expect(try load("http: {dialect: webdis, address: off}").http.openness == nil)
        #expect(try load("").http.openness == nil)
    }

    @Test("of each listener it is known whether it is on loopback alone", arguments: [
        ("http: {address: 127.0.0.1:7379}", [true]), ("http: {address: ':7379'}", [true, true]), ("http: {address: ':7379', allow: [10.0.0.0/8]}", [false]),
        ("http: {address: '10.0.0.1:7379,[::1]:7379', allow: [10.0.0.0/8]}", [false, true]), ("http: {address: 'unix:/run/x'}", []), ("http: {address: off}", []),
    ] as [(String, [Bool])])
    func loopback(yaml: String, expected: [Bool]) throws {
        #expect(try load(yaml).http.loopbackListeners == expected)
    }

    @Test("by default no page gets answers as scripts, and neither field of forwarders counts more than the other")
    func defaults() throws {
        let gateway = try load("").http.gateway
        #expect(!gateway.allowsJSONP)
        #expect(gateway.forwardedHeader == "both")
        #expect(try load("http: {forwarded_header: x-forwarded-for, jsonp: true}").http.gateway.forwardedHeader == "x-forwarded-for")
        #expect(!SettingsFixture("upstream: 127.0.0.1:6379\nhttp: {forwarded_header: guess}").errors().isEmpty)
    }
}
