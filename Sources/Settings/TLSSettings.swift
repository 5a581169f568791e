extension Settings {
    /// A certificate and its private key.
    package struct TLSIdentity: Sendable, Equatable {
        /// PEM files.
        package var certificatePath: String
        package var keyPath: String
    }

    /// What is spoken of TLS, on one leg.
    package struct TLSStrength: Sendable, Equatable {
        /// Whether TLS 1.2 is refused.
        package var isModernOnly = false
        /// OpenSSL's lists, for TLS 1.2 and TLS 1.3; empty for OpenSSL's own.
        package var ciphers = SettingKey.listenTLSCiphers.defaultText
        package var ciphersuites = ""
    }

    /// TLS towards Redis or the sentinels.
    package struct UpstreamTLS: Sendable, Equatable {
        /// A PEM file; nil for the authorities that the system trusts.
        package var authorityPath: String?
        package var identity: TLSIdentity?
        /// The name that certificates must carry; nil for the host connected to.
        package var serverName: String?
        package var verifiesPeer: Bool
        package var strength = TLSStrength()
    }

    /// TLS towards clients.
    package struct FrontTLS: Sendable, Equatable {
        package enum ClientAuthentication: String, Sendable {
            case required
            case optional
        }

        package var identity: TLSIdentity
        /// PEM file of who signs the clients' certificates; nil where none is asked for.
        package var clientAuthorityPath: String?
        package var clientAuthentication: ClientAuthentication
        package var strength = TLSStrength()

        /// Whether nobody gets in without a certificate.
        package var requiresClientCertificate: Bool { clientAuthorityPath != nil && clientAuthentication == .required }
    }
}

extension Settings.FrontTLS {
    static func listen(_ values: ResolvedSettings) -> Self? {
        Self(
            values, certificate: .listenTLSCert, key: .listenTLSKey, authority: .listenTLSClientCA,
            authentication: .listenTLSClientAuth,
            strength: Settings.TLSStrength(values, minVersion: .listenTLSMinVersion, ciphers: .listenTLSCiphers, ciphersuites: .listenTLSCiphersuites))
    }

    static func http(_ values: ResolvedSettings) -> Self? {
        Self(
            values, certificate: .httpTLSCert, key: .httpTLSKey, authority: .httpTLSClientCA, authentication: .httpTLSClientAuth,
            strength: Settings.TLSStrength(values, minVersion: .httpTLSMinVersion, ciphers: .httpTLSCiphers, ciphersuites: .httpTLSCiphersuites))
    }

    /// Nil without a certificate.
    private init?(
        _ values: ResolvedSettings, certificate: SettingKey, key: SettingKey, authority: SettingKey, authentication: SettingKey,
        strength: Settings.TLSStrength
    ) {
        guard let identity = Settings.TLSIdentity(values, certificate: certificate, key: key) else { return nil }
        self.init(
            identity: identity, clientAuthorityPath: values.text(authority),
            clientAuthentication: ClientAuthentication(rawValue: values[authentication].text) ?? .required, strength: strength)
    }
}

extension Settings.TLSStrength {
    fileprivate init(_ values: ResolvedSettings, minVersion: SettingKey, ciphers: SettingKey, ciphersuites: SettingKey) {
        self.init(
            isModernOnly: values[minVersion].text == "1.3", ciphers: values.text(ciphers) ?? "", ciphersuites: values.text(ciphersuites) ?? "")
    }
}

extension Settings.TLSIdentity {
    /// What two keys name; nil if either is empty, which the validation says.
    init?(_ values: ResolvedSettings, certificate: SettingKey, key: SettingKey) {
        guard let certificatePath = values.text(certificate), let keyPath = values.text(key) else { return nil }
        self.init(certificatePath: certificatePath, keyPath: keyPath)
    }
}

extension Settings.UpstreamTLS {
    static func redis(_ values: ResolvedSettings) -> Self? {
        Self(
            values, isOn: .redisTLS, authority: .redisTLSCA, certificate: .redisTLSCert, key: .redisTLSKey,
            serverName: .redisTLSServerName, verify: .redisTLSVerify,
            strength: Settings.TLSStrength(values, minVersion: .redisTLSMinVersion, ciphers: .redisTLSCiphers, ciphersuites: .redisTLSCiphersuites))
    }

    static func sentinel(_ values: ResolvedSettings) -> Self? {
        Self(
            values, isOn: .sentinelTLS, authority: .sentinelTLSCA, certificate: .sentinelTLSCert, key: .sentinelTLSKey,
            serverName: .sentinelTLSServerName, verify: .sentinelTLSVerify,
            strength: Settings.TLSStrength(values, minVersion: .sentinelTLSMinVersion, ciphers: .sentinelTLSCiphers, ciphersuites: .sentinelTLSCiphersuites))
    }

    /// Nil for plain connections.
    private init?(
        _ values: ResolvedSettings, isOn: SettingKey, authority: SettingKey, certificate: SettingKey, key: SettingKey,
        serverName: SettingKey, verify: SettingKey, strength: Settings.TLSStrength
    ) {
        switch values[isOn].text {
        case "true": break
        case "false": return nil
        default: guard values.text(authority) != nil || values.text(certificate) != nil else { return nil }
        }
        self.init(
            authorityPath: values.text(authority),
            identity: Settings.TLSIdentity(values, certificate: certificate, key: key),
            serverName: values.text(serverName), verifiesPeer: values[verify].boolean, strength: strength)
    }
}
