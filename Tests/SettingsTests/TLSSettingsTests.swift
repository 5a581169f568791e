import Testing

@testable import Settings

@Suite struct TLSSettingsTests {
    private func settings(_ yaml: String) throws -> Settings { try SettingsFixture("upstream: r:1\n" + yaml).load().settings }
    private func errors(_ yaml: String) -> [String] { SettingsFixture("upstream: r:1\n" + yaml).errors() }

    @Test func withoutAnythingGivenConnectionsArePlain() throws {
        let settings = try settings("")
        #expect(settings.redis.tls == nil)
        #expect(settings.sentinel.tls == nil)
    }

    @Test(arguments: ["redis", "sentinel"])
    func anAuthorityOrACertificateTurnsTLSOn(section: String) throws {
        func tls(_ yaml: String) throws -> Settings.UpstreamTLS? {
            let settings = try settings("\(section): {\(yaml)}")
            return section == "redis" ? settings.redis.tls : settings.sentinel.tls
        }
        let identity = Settings.TLSIdentity(certificatePath: "c", keyPath: "k")
        #expect(try tls("tls_ca: a") == Settings.UpstreamTLS(authorityPath: "a", verifiesPeer: true))
        #expect(try tls("tls_cert: c, tls_key: k") == Settings.UpstreamTLS(identity: identity, verifiesPeer: true))
        #expect(try tls("tls: true") == Settings.UpstreamTLS(verifiesPeer: true))
        #expect(try tls("tls: false, tls_ca: a") == nil)
        #expect(try tls("tls_server_name: n") == nil)
        #expect(
            try tls("tls_ca: a, tls_server_name: n, tls_verify: false")
                == Settings.UpstreamTLS(authorityPath: "a", serverName: "n", verifiesPeer: false))
    }

    @Test(arguments: ["redis", "sentinel"])
    func aCertificateAndItsKeyGoTogether(section: String) {
        let column = section.utf8.count + 14
        #expect(errors("\(section): {tls_cert: c}") == ["m.yaml:2:\(column): \(section).tls_cert: a certificate needs its private key; set \(section).tls_key too"])
        #expect(errors("\(section): {tls_key: k}") == ["m.yaml:2:\(column - 1): \(section).tls_key: a private key needs its certificate; set \(section).tls_cert too"])
    }

    @Test func whatIsNeitherOnNorOffIsRefused() {
        #expect(errors("redis.tls: maybe") == ["m.yaml:2:12: redis.tls: expected one of auto, true, false, found \"maybe\""])
    }
}

@Suite struct FrontTLSSettingsTests {
    private static let base = "upstream: r:1\nlisten: {tls_address: ':6380', tls_cert: c, tls_key: k"

    @Test func plainAndSecurePortsStandSideBySide() throws {
        let yaml = Self.base + "}\nhttp: {address: off, tls_address: '127.0.0.1:7443', tls_cert: d, tls_key: l, tls_client_ca: a, tls_client_auth: optional}\nclient.password: p"
        let settings = try SettingsFixture(yaml).load().settings
        #expect(settings.listen.effectiveAddresses.map(\.description) == [":6379"])
        #expect(settings.listen.effectiveTLSAddresses.map(\.description) == [":6380"])
        #expect(settings.listen.tls?.identity == Settings.TLSIdentity(certificatePath: "c", keyPath: "k"))
        #expect(settings.listen.tls?.requiresClientCertificate == false)
        #expect(settings.http.effectiveTLSAddresses.map(\.description) == ["127.0.0.1:7443"])
        #expect(settings.http.tls?.clientAuthorityPath == "a")
        #expect(settings.http.tls?.requiresClientCertificate == false)
        #expect(settings.handshakeTimeoutMilliseconds == 10_000)
    }

    @Test func anOpenSecurePortIsLoopbackOnlyUnlessACertificateIsDemanded() throws {
        let open = try SettingsFixture(Self.base + "}").load().settings
        #expect(open.listen.effectiveTLSAddresses.map(\.description) == ["127.0.0.1:6380", "[::1]:6380"])
        guard case .loopbackOnly(let reason) = open.listen.tlsExposure else { Issue.record("exposed"); return }
        #expect(reason.hasPrefix("the Redis front end with TLS listens on loopback only"))
        let optional = try SettingsFixture(Self.base + ", tls_client_ca: a, tls_client_auth: optional}").load().settings
        #expect(optional.listen.tlsExposure != .asConfigured)
        let required = try SettingsFixture(Self.base + ", tls_client_ca: a}").load().settings
        #expect(required.listen.tlsExposure == .asConfigured)
        #expect(required.listen.effectiveTLSAddresses.map(\.description) == [":6380"])
        // The certificate speaks for the port that demands it alone.
        #expect(required.listen.exposure != .asConfigured)
    }

    @Test(arguments: [
        ("listen.tls_address: ':1'", "m.yaml:2:21: listen.tls_address: TLS needs a certificate; set listen.tls_cert too"),
        ("http.tls_address: ':1'", "m.yaml:2:19: http.tls_address: TLS needs a certificate; set http.tls_cert too"),
        ("http.tls_cert: c", "m.yaml:2:16: http.tls_cert: a certificate needs its private key; set http.tls_key too"),
        ("listen.tls_key: k", "m.yaml:2:17: listen.tls_key: a private key needs its certificate; set listen.tls_cert too"),
        ("listen.tls_client_auth: never", "m.yaml:2:25: listen.tls_client_auth: expected one of required, optional, found \"never\""),
        ("listen: {tls_address: ':6379', tls_cert: c, tls_key: k}", "m.yaml:2:23: listen.tls_address: port 6379 is used twice; also by listen.address"),
        ("http: {tls_address: 'a=:1', tls_cert: c, tls_key: k}", "m.yaml:2:21: http.tls_address: a=:1 names a master, but the upstream is fixed"),
        ("client.handshake_timeout: 0", "m.yaml:2:27: client.handshake_timeout: must be from 1ms to 1h, is 0"),
    ])
    func errorsSayWhereAndWhatIsMissing(yaml: String, expected: String) {
        #expect(SettingsFixture("upstream: r:1\n" + yaml).errors() == [expected])
    }

    @Test func aSecurePortAloneIsSomethingToServe() throws {
        let settings = try SettingsFixture(Self.base + ", address: off}\nhttp.address: off").load().settings
        #expect(settings.listen.addresses.isEmpty)
        let printed = try SettingsFixture(Self.base + "}").load()
        #expect(try SettingsFixture(printed.yaml).load().settings == printed.settings)
    }
}
