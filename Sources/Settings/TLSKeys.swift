extension SettingKey {
    package static let sentinelTLS = upstreamTLS("sentinel.tls", "the sentinels")
    package static let sentinelTLSCA = upstreamTLSCA("sentinel.tls_ca", "the sentinels'")
    package static let sentinelTLSCert = upstreamTLSCert("sentinel.tls_cert", "the sentinels")
    package static let sentinelTLSKey = tlsKey("sentinel.tls_key")
    package static let sentinelTLSServerName = upstreamTLSServerName("sentinel.tls_server_name", "the sentinels'")
    package static let sentinelTLSVerify = upstreamTLSVerify("sentinel.tls_verify", "the sentinels'")

    static let sentinelTLSKeys: [SettingKey] = [
        sentinelTLS, sentinelTLSCA, sentinelTLSCert, sentinelTLSKey, sentinelTLSServerName, sentinelTLSVerify,
    ]

    package static let redisTLS = upstreamTLS("redis.tls", "Redis")
    package static let redisTLSCA = upstreamTLSCA("redis.tls_ca", "Redis's")
    package static let redisTLSCert = upstreamTLSCert("redis.tls_cert", "Redis")
    package static let redisTLSKey = tlsKey("redis.tls_key")
    package static let redisTLSServerName = upstreamTLSServerName("redis.tls_server_name", "Redis's")
    package static let redisTLSVerify = upstreamTLSVerify("redis.tls_verify", "Redis's")

    static let redisTLSKeys: [SettingKey] = [
        redisTLS, redisTLSCA, redisTLSCert, redisTLSKey, redisTLSServerName, redisTLSVerify,
    ]

    private static func upstreamTLS(_ path: String, _ peer: String) -> SettingKey {
        SettingKey(
            path, .choice(["auto", "true", "false"]), default: "auto",
            "Speak TLS to \(peer); auto does where a CA or a certificate is given")
    }

    private static func upstreamTLSCA(_ path: String, _ peers: String) -> SettingKey {
        SettingKey(
            path, .path, default: "", "PEM file of who signs \(peers) certificates; empty for whom the system trusts")
    }

    private static func upstreamTLSCert(_ path: String, _ peer: String) -> SettingKey {
        SettingKey(path, .path, default: "", "PEM file of the certificate shown to \(peer), with those it is signed by")
    }

    private static func upstreamTLSServerName(_ path: String, _ peers: String) -> SettingKey {
        SettingKey(path, .text, default: "", "Name that \(peers) certificates must carry; empty for the host connected to")
    }

    private static func upstreamTLSVerify(_ path: String, _ peers: String) -> SettingKey {
        SettingKey(path, .boolean, default: "true", "Check \(peers) certificates; false lets anybody in between read along")
    }

    private static func tlsKey(_ path: String) -> SettingKey {
        SettingKey(path, .path, default: "", "PEM file of that certificate's private key")
    }
}
