extension SettingKey {
    package static let sentinelTLS = upstreamTLS("sentinel.tls", "the sentinels")
    package static let sentinelTLSCA = upstreamTLSCA("sentinel.tls_ca", "the sentinels'")
    package static let sentinelTLSCert = upstreamTLSCert("sentinel.tls_cert", "the sentinels")
    package static let sentinelTLSKey = tlsKey("sentinel.tls_key")
    package static let sentinelTLSServerName = upstreamTLSServerName("sentinel.tls_server_name", "the sentinels'")
    package static let sentinelTLSVerify = upstreamTLSVerify("sentinel.tls_verify", "the sentinels'")

    static let sentinelTLSKeys: [SettingKey] = [
        sentinelTLS, sentinelTLSCA, sentinelTLSCert, sentinelTLSKey, sentinelTLSServerName, sentinelTLSVerify,
        sentinelTLSMinVersion, sentinelTLSCiphers, sentinelTLSCiphersuites,
    ]

    package static let redisTLS = upstreamTLS("redis.tls", "Redis")
    package static let redisTLSCA = upstreamTLSCA("redis.tls_ca", "Redis's")
    package static let redisTLSCert = upstreamTLSCert("redis.tls_cert", "Redis")
    package static let redisTLSKey = tlsKey("redis.tls_key")
    package static let redisTLSServerName = upstreamTLSServerName("redis.tls_server_name", "Redis's")
    package static let redisTLSVerify = upstreamTLSVerify("redis.tls_verify", "Redis's")

    static let redisTLSKeys: [SettingKey] = [
        redisTLS, redisTLSCA, redisTLSCert, redisTLSKey, redisTLSServerName, redisTLSVerify,
        redisTLSMinVersion, redisTLSCiphers, redisTLSCiphersuites,
    ]

    package static let listenTLSAddress = SettingKey(
        "listen.tls_address", flag: "listen-tls", .listeners, default: "off",
        "Where Redis clients connect with TLS: [MASTERNAME=]address:port,... or off")
    package static let listenTLSCert = frontTLSCert("listen.tls_cert", "Redis clients")
    package static let listenTLSKey = tlsKey("listen.tls_key")
    package static let listenTLSClientCA = frontTLSClientCA("listen.tls_client_ca", "Redis clients")
    package static let listenTLSClientAuth = frontTLSClientAuth("listen.tls_client_auth")

    static let listenTLSKeys: [SettingKey] = [
        listenTLSAddress, listenTLSCert, listenTLSKey, listenTLSClientCA, listenTLSClientAuth,
        listenTLSMinVersion, listenTLSCiphers, listenTLSCiphersuites,
    ]

    package static let httpTLSAddress = SettingKey(
        "http.tls_address", flag: "http-tls", .listeners, default: "off",
        "Where HTTPS clients connect: [MASTERNAME=]address:port,... or off")
    package static let httpTLSCert = frontTLSCert("http.tls_cert", "HTTPS clients")
    package static let httpTLSKey = tlsKey("http.tls_key")
    package static let httpTLSClientCA = frontTLSClientCA("http.tls_client_ca", "HTTPS clients")
    package static let httpTLSClientAuth = frontTLSClientAuth("http.tls_client_auth")

    static let httpTLSKeys: [SettingKey] = [
        httpTLSAddress, httpTLSCert, httpTLSKey, httpTLSClientCA, httpTLSClientAuth,
        httpTLSMinVersion, httpTLSCiphers, httpTLSCiphersuites,
    ]

    private static func frontTLSCert(_ path: String, _ peers: String) -> SettingKey {
        SettingKey(path, .path, default: "", "PEM file of the certificate shown to \(peers), with those it is signed by")
    }

    private static func frontTLSClientCA(_ path: String, _ peers: String) -> SettingKey {
        SettingKey(path, .path, default: "", "PEM file of who signs the certificates of \(peers); empty to ask for none")
    }

    private static func frontTLSClientAuth(_ path: String) -> SettingKey {
        SettingKey(path, .choice(["required", "optional"]), default: "required", "With a CA for clients: whether each must show a certificate")
    }

    private static func upstreamTLS(_ path: String, _ peer: String) -> SettingKey {
        SettingKey(
            path, .choice(["auto", "true", "false"]), default: "auto",
            "Speak TLS to \(peer); auto does where a CA or a certificate is given")
    }

    private static func upstreamTLSCA(_ path: String, _ peers: String) -> SettingKey {
        SettingKey(
            path, .path, default: "", "PEM file, or folder of such, of who signs \(peers) certificates; empty for whom the system trusts")
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
