/// Which versions and ciphers of TLS are spoken, for each leg.
extension SettingKey {
    package static let sentinelTLSMinVersion = tlsMinVersion("sentinel.tls_min_version")
    package static let sentinelTLSCiphers = tlsCiphers("sentinel.tls_ciphers")
    package static let sentinelTLSCiphersuites = tlsCiphersuites("sentinel.tls_ciphersuites")
    package static let redisTLSMinVersion = tlsMinVersion("redis.tls_min_version")
    package static let redisTLSCiphers = tlsCiphers("redis.tls_ciphers")
    package static let redisTLSCiphersuites = tlsCiphersuites("redis.tls_ciphersuites")
    package static let listenTLSMinVersion = tlsMinVersion("listen.tls_min_version")
    package static let listenTLSCiphers = tlsCiphers("listen.tls_ciphers")
    package static let listenTLSCiphersuites = tlsCiphersuites("listen.tls_ciphersuites")
    package static let httpTLSMinVersion = tlsMinVersion("http.tls_min_version")
    package static let httpTLSCiphers = tlsCiphers("http.tls_ciphers")
    package static let httpTLSCiphersuites = tlsCiphersuites("http.tls_ciphersuites")

    private static func tlsMinVersion(_ path: String) -> SettingKey {
        SettingKey(path, .choice(["1.2", "1.3"]), default: "1.2", "The oldest version of TLS that is spoken")
    }

    private static func tlsCiphers(_ path: String) -> SettingKey {
        SettingKey(
            path, .text, default: "ECDHE+AESGCM:ECDHE+CHACHA20",
            "Ciphers of TLS 1.2, as OpenSSL lists them; by default those with forward secrecy and authenticated encryption")
    }

    private static func tlsCiphersuites(_ path: String) -> SettingKey {
        SettingKey(path, .text, default: "", "Cipher suites of TLS 1.3, as OpenSSL lists them; empty for OpenSSL's own")
    }
}
