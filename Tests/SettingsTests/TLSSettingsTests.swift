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
