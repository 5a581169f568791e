import Access
import Bytes
import Testing

@testable import Settings

@Suite struct SettingsTests {
    @Test func aSentinelIsEnough() throws {
        let settings = try SettingsFixture(flags: [("sentinel", "h:26379")]).load().settings
        #expect(settings.source == .sentinels)
        #expect(settings.sentinel.addresses == [Endpoint(host: "h", port: 26379)])
        #expect(settings.sentinel.masterNames == ["mymaster"])
        #expect(settings.sentinel.pollIntervalMilliseconds == 500)
        #expect(settings.redis.linkBufferBytes == 1 << 20)
        #expect(settings.redis.tcpUserTimeoutMilliseconds == 1500)
        #expect(settings.listen.maxBulkBytes == 512 << 20)
        #expect(settings.http.maxHeadBytes == 80 << 10)
        #expect(settings.admin.address?.endpoint == Endpoint(host: "127.0.0.1", port: 9379))
        #expect(settings.failover.holdMilliseconds == 15_000)
        #expect(settings.threads == 0)
    }

    @Test func strongerSourcesWin() throws {
        var fixture = SettingsFixture("upstream: r\nthreads: 1")
        #expect(try fixture.load().settings.threads == 1)
        fixture.environment["MASTERGATE_THREADS"] = "2"
        #expect(try fixture.load().settings.threads == 2)
        fixture.flags = [("threads", "3"), ("threads", "4")]
        #expect(try fixture.load().settings.threads == 4)
    }

    @Test func listsTakeManyForms() throws {
        let expected = [Endpoint(host: "a", port: 26379), Endpoint(host: "::1", port: 5)]
        for yaml in ["sentinel: {addresses: 'a, [::1]:5'}", "sentinel:\n  addresses:\n    - a\n    - '[::1]:5'", "{\"sentinel\": {\"addresses\": [\"a\", \"[::1]:5\"]}}"] {
            #expect(try SettingsFixture(yaml).load().settings.sentinel.addresses == expected)
        }
        let flags = [("sentinel", "a"), ("sentinel", "[::1]:5")]
        #expect(try SettingsFixture(flags: flags).load().settings.sentinel.addresses == expected)
    }

    @Test func secretsComeFromThreePlaces() throws {
        for (text, expected) in [("p w ", "p w "), ("env:X", "ex"), ("file:nl", "pw"), ("file:crlf", "pw"), ("file:two", "pw\n")] {
            var fixture = SettingsFixture(environment: ["X": "ex"], flags: [("upstream", "r"), ("redis-password", text)])
            fixture.files = ["nl": Array("pw\n".utf8), "crlf": Array("pw\r\n".utf8), "two": Array("pw\n\n".utf8)]
            #expect(try fixture.load().settings.redis.credentials?.password.revealedBytes == Array(expected.utf8))
        }
        var empty = SettingsFixture(flags: [("upstream", "r"), ("client-password", "file:e")])
        empty.files["e"] = [0x0A]
        #expect(empty.errors() == ["--client-password: client.password: \"e\" is empty"])
    }

    @Test func clientsMayHaveSeveralPasswordsAndThoseOfHTTPOthers() throws {
        var fixture = SettingsFixture("client: {passwords: [old, \"file:next\"]}\nhttp: {passwords: [env:WEB]}", environment: ["WEB": "web"], flags: [("upstream", "r")])
        fixture.files["next"] = Array("new\n".utf8)
        let settings = try fixture.load().settings
        func accepted(_ credentials: Credentials?) -> [String] { ["old", "new", "web"].filter { credentials?.verify(password: Array($0.utf8).span) == true } }
        #expect(accepted(settings.listen.credentials) == ["old", "new"])
        #expect(accepted(settings.http.credentials) == ["web"])
        #expect(accepted(try SettingsFixture("client: {password: old, passwords: [new]}", flags: [("upstream", "r")]).load().settings.http.credentials) == ["old", "new"])
        #expect(SettingsFixture("client.passwords: [\"\"]", flags: [("upstream", "r")]).errors() == ["m.yaml:1:20: client.passwords: holds an empty secret"])
        #expect(SettingsFixture("client.passwords: [a, \"file:none\"]", flags: [("upstream", "r")]).errors().count == 1)
    }

    @Test func secretsAreNeverPrinted() throws {
        let keys = SettingKey.all.filter { $0.type == .secret || $0.type == .secrets }
        #expect(keys.count == 10)
        var flags = keys.map { ($0.flag, "hunter2") } + [("upstream", "r")]
        let loaded = try SettingsFixture(flags: flags).load()
        var dumped = ""
        dump(loaded, to: &dumped)
        for text in [loaded.yaml, dumped, "\(loaded)", String(reflecting: loaded)] { #expect(!text.contains("hunter2")) }
        #expect(loaded.yaml.contains("password: \"********\""))
        flags.append(("threads", "x"))
        #expect(!SettingsFixture(flags: flags).errors().joined().contains("hunter2"))
    }

    @Test func aPrintedConfigurationReadsBack() throws {
        let yaml = """
            sentinel: {addresses: [a, "[::1]:5"], master_names: [one, two], on_quorum_loss: refuse, poll_interval: 70ms, user: "a\\"\\\\\\x01é"}
            listen: {address: ["one=10.0.0.1:1", "two=:2"], allow: [0.0.0.0/0, "::/0"], max_bulk: 3gb}
            http: {address: off, idle_timeout: 0}
            admin.address: localhost:9
            drain_timeout: 90m
            sentinel.password: env:S
            """
        let first = try SettingsFixture(yaml, environment: ["S": "x"]).load()
        let second = try SettingsFixture(first.yaml, environment: ["S": "x"]).load()
        #expect(first.settings == second.settings)
        #expect(second.settings.sentinel.credentials?.user == "a\"\\\u{01}é")
        let plain = try SettingsFixture(flags: [("upstream", "r")]).load()
        #expect(try SettingsFixture(plain.yaml).load().settings == plain.settings)
    }

    @Test func overridesPerFront() throws {
        let yaml = "upstream: r\nclient: {user: u, password: p, allow: 10.0.0.0/8}\nhttp: {password: q, allow: '::1'}"
        let settings = try SettingsFixture(yaml).load().settings
        #expect(settings.listen.credentials == Credentials(user: "u", password: Secret(utf8: "p")))
        #expect(settings.http.credentials == Credentials(password: Secret(utf8: "q")))
        #expect(settings.listen.allowlist.ranges.map(\.description) == ["10.0.0.0/8"])
        #expect(settings.http.allowlist.ranges.map(\.description) == ["::1"])
        #expect(settings.listen.exposure == .asConfigured)
        #expect(settings.listen.effectiveAddresses == settings.listen.addresses)
    }

    @Test func anOpenDoorLeadsToLoopbackOnly() throws {
        let settings = try SettingsFixture("upstream: r\nlisten.address: ':1,10.0.0.1:2,127.0.0.9:3'\nhttp.address: localhost:4").load().settings
        guard case .loopbackOnly(let reason) = settings.listen.exposure else { Issue.record("exposed"); return }
        #expect(reason.contains("client.password"))
        #expect(settings.listen.effectiveAddresses.map(\.description) == ["127.0.0.1:1", "[::1]:1", "127.0.0.1:2", "[::1]:2", "127.0.0.9:3"])
        #expect(settings.http.exposure == .asConfigured)
        #expect(settings.http.effectiveAddresses.map(\.description) == ["127.0.0.1:4", "[::1]:4"])
        let opened = try SettingsFixture("upstream: r\nclient.allow: 0.0.0.0/0,::/0").load().settings
        #expect(opened.listen.exposure == .asConfigured)
        #expect(opened.http.effectiveAddresses.map(\.description) == [":7379"])
    }

    @Test func theRegistryIsSound() {
        #expect(Set(SettingKey.all.map(\.path)).count == SettingKey.all.count)
        #expect(Set(SettingKey.all.map(\.flag)).count == SettingKey.all.count)
        #expect(Set(SettingKey.all.flatMap(\.environmentNames)).count == SettingKey.all.count + 8)
        #expect(SettingKey.httpMaxBody.environmentNames == ["MASTERGATE_HTTP_MAX_BODY"])
        #expect(SettingKey.sentinelAddresses.environmentNames == ["MASTERGATE_SENTINEL", "MASTERGATE_SENTINEL_ADDRESSES"])
        #expect(SettingKey.all.allSatisfy { key in !key.summary.isEmpty && key.environmentNames.allSatisfy { key.help.contains($0) } })
    }

    @Test(arguments: [("0", 0), ("250ms", 250), ("5s", 5000), ("2M", 120_000), ("1h", 3_600_000)])
    func durations(text: String, expected: Int) {
        #expect(Quantity.duration.parse(text) == expected)
        #expect(Quantity.duration.parse(Quantity.duration.text(expected)) == expected)
    }

    @Test(arguments: ["", "s", "5", "-1s", "1.5s", "5 s", "5d", "9223372036854775807s", "99999999999999999999s"])
    func noDurations(text: String) { #expect(Quantity.duration.parse(text) == nil) }

    @Test(arguments: [("0", 0), ("5", 5), ("64kb", 65_536), ("512MB", 512 << 20), ("1gb", 1 << 30), ("7b", 7)])
    func sizes(text: String, expected: Int) {
        #expect(Quantity.size.parse(text) == expected)
        #expect(Quantity.size.parse(Quantity.size.text(expected)) == expected)
    }

    @Test func booleans() throws {
        #expect(try SettingType.boolean.parse("on") == .boolean(true))
        #expect(try SettingType.boolean.parse("false") == .boolean(false))
        #expect(throws: SettingFault("expected true or false, found \"1\"")) { try SettingType.boolean.parse("1") }
    }

    @Test("of two variables for one setting either does, and both where they say the same")
    func bothVariables() throws {
        func load(_ environment: [String: String]) throws(SettingsErrors) -> Settings {
            try Settings.load(SettingsInput(environment: environment, flags: [("upstream", "r")]) { _ in [] }).settings
        }
        for environment in [["MASTERGATE_LISTEN": "127.0.0.1:1"], ["MASTERGATE_LISTEN_ADDRESS": "127.0.0.1:1"], ["MASTERGATE_LISTEN": "127.0.0.1:1", "MASTERGATE_LISTEN_ADDRESS": "127.0.0.1:1"]] {
            #expect(try load(environment).listen.addresses.map(\.description) == ["127.0.0.1:1"])
        }
        #expect(throws: SettingsErrors.self) { try load(["MASTERGATE_LISTEN": "127.0.0.1:1", "MASTERGATE_LISTEN_ADDRESS": "off"]) }
    }
}
