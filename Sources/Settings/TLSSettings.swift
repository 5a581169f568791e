extension Settings {
    /// A certificate and its private key.
    package struct TLSIdentity: Sendable, Equatable {
        /// PEM files.
        package var certificatePath: String
        package var keyPath: String
    }

    /// TLS towards Redis or the sentinels.
    package struct UpstreamTLS: Sendable, Equatable {
        /// A PEM file; nil for the authorities that the system trusts.
        package var authorityPath: String?
        package var identity: TLSIdentity?
        /// The name that certificates must carry; nil for the host connected to.
        package var serverName: String?
        package var verifiesPeer: Bool
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

        /// Whether nobody gets in without a certificate.
        package var requiresClientCertificate: Bool { clientAuthorityPath != nil && clientAuthentication == .required }
    }
}

extension Settings.FrontTLS {
    static func listen(_ values: ResolvedSettings) -> Self? {
        Self(
            values, certificate: .listenTLSCert, key: .listenTLSKey, authority: .listenTLSClientCA,
            authentication: .listenTLSClientAuth)
    }

    static func http(_ values: ResolvedSettings) -> Self? {
        Self(
            values, certificate: .httpTLSCert, key: .httpTLSKey, authority: .httpTLSClientCA, authentication: .httpTLSClientAuth)
    }

    /// Nil without a certificate.
    private init?(
        _ values: ResolvedSettings, certificate: SettingKey, key: SettingKey, authority: SettingKey, authentication: SettingKey
    ) {
        guard let identity = Settings.TLSIdentity(values, certificate: certificate, key: key) else { return nil }
        self.init(
            identity: identity, clientAuthorityPath: values.text(authority),
            clientAuthentication: ClientAuthentication(rawValue: values[authentication].text) ?? .required)
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
            serverName: .redisTLSServerName, verify: .redisTLSVerify)
    }

    static func sentinel(_ values: ResolvedSettings) -> Self? {
        Self(
            values, isOn: .sentinelTLS, authority: .sentinelTLSCA, certificate: .sentinelTLSCert, key: .sentinelTLSKey,
            serverName: .sentinelTLSServerName, verify: .sentinelTLSVerify)
    }

    /// Nil for plain connections.
    private init?(
        _ values: ResolvedSettings, isOn: SettingKey, authority: SettingKey, certificate: SettingKey, key: SettingKey,
        serverName: SettingKey, verify: SettingKey
    ) {
        switch values[isOn].text {
        case "true": break
        case "false": return nil
        default: guard values.text(authority) != nil || values.text(certificate) != nil else { return nil }
        }
        self.init(
            authorityPath: values.text(authority),
            identity: Settings.TLSIdentity(values, certificate: certificate, key: key),
            serverName: values.text(serverName), verifiesPeer: values[verify].boolean)
    }
}
