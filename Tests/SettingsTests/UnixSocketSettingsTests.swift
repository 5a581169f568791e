import Bytes
import Testing

@testable import Settings

@Suite struct UnixSocketSettingsTests {
    @Test func listenersAndTheUpstreamMayBeUnixSockets() throws {
        let yaml = """
            upstream: unix:/run/redis.sock
            listen: {address: [":6379", "unix:/run/a=b.sock"], unix_mode: 0660}
            http.address: unix:/run/http.sock
            """
        let loaded = try SettingsFixture(yaml).load()
        let settings = loaded.settings
        #expect(settings.source == .fixed([try #require(Endpoint(unixPath: "/run/redis.sock"))]))
        #expect(settings.listen.addresses.map(\.description) == [":6379", "unix:/run/a=b.sock"])
        #expect(settings.listen.unixMode == 0o660)
        #expect(settings.http.unixMode == 0o770)
        #expect(try SettingsFixture(loaded.yaml).load().settings == settings)
    }

    @Test func aListenerMayNameItsMaster() throws {
        let flags = [("sentinel", "s"), ("master-name", "a,b"), ("listen", "b=unix:/run/b.sock")]
        let address = try #require(try SettingsFixture(flags: flags).load().settings.listen.addresses.first)
        #expect(address.masterName == "b")
        #expect(address.endpoint.unixPath == "/run/b.sock")
    }

    @Test func aUnixSocketIsLocalWhateverTheRuleOfExposureSays() throws {
        let settings = try SettingsFixture("upstream: r\nlisten.address: 'unix:/run/s,:1'\nhttp.address: unix:/run/h").load().settings
        #expect(settings.listen.effectiveAddresses.map(\.description) == ["unix:/run/s", "127.0.0.1:1", "[::1]:1"])
        #expect(settings.http.exposure == .asConfigured)
    }

    private static let long = "/" + String(repeating: "x", count: 107)

    @Test(arguments: [
        ("listen.address: unix:\(long)", "m.yaml:2:17: listen.address: a Unix socket's path has at most 107 bytes, this one 108"),
        ("listen.address: unix:run", "m.yaml:2:17: listen.address: expected a list of [MASTERNAME=]address:port or unix:/path, or off, found \"unix:run\""),
        ("admin.address: unix:/run/a", "m.yaml:2:16: admin.address: expected address:port, or off, found \"unix:/run/a\""),
        ("listen.unix_mode: 0999", "m.yaml:2:19: listen.unix_mode: expected an octal file mode such as 0770, found \"0999\""),
        ("listen.unix_mode: 7", "m.yaml:2:19: listen.unix_mode: expected an octal file mode such as 0770, found \"7\""),
        ("listen.unix_mode: 4770", "m.yaml:2:19: listen.unix_mode: expected an octal file mode such as 0770, found \"4770\""),
        ("http.address: unix:/s\nlisten.address: unix:/s", "m.yaml:2:15: http.address: unix:/s is used twice; also by listen.address"),
        ("listen: {tls_address: unix:/s, tls_cert: c, tls_key: k}", "m.yaml:2:23: listen.tls_address: TLS is for networks, not for Unix sockets"),
    ])
    func errorsSayWhatIsWrong(yaml: String, expected: String) {
        #expect(SettingsFixture("upstream: r:1\n" + yaml).errors() == [expected])
    }

    @Test func anUpstreamOverAUnixSocketIsPlain() {
        #expect(SettingsFixture("upstream: unix:/s\nredis.tls: true").errors() == [
            "m.yaml:1:11: upstream: TLS is for networks, not for Unix sockets; leave redis.tls out or set it to false"
        ])
        #expect(SettingsFixture("upstream: unix:\(Self.long)").errors().first?.contains("at most 107 bytes") == true)
    }

    @Test func sentinelsAreNotReachedOverUnixSockets() {
        #expect(SettingsFixture(flags: [("sentinel", "unix:/s")]).errors().first?.contains("expected a list of host:port") == true)
    }
}
