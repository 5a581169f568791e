import EventLoop
import Logging
import Settings

/// The TLS contexts of every leg, made from the files that the settings name. Who connects or is accepted takes the one of
/// that moment, so a new one touches no connection that stands.
struct TLSContexts: Sendable {
    /// Towards Redis; nil for plain connections.
    private(set) var redis: TLSClientContext?
    /// Towards the sentinels; nil for plain connections.
    private(set) var sentinel: TLSClientContext?
    private var listen: TLSServerContext?
    private var http: TLSServerContext?

    /// - Throws: ``IOError`` that names the file which cannot be used.
    init(_ settings: Settings) throws(IOError) {
        redis = try Self.upstream(settings.redis.tls)
        sentinel = try Self.upstream(settings.sentinel.tls)
        listen = try Self.front(settings.listen.tls, settings)
        http = try Self.front(settings.http.tls, settings, offersHTTP2: settings.http.speaksHTTP2)
    }

    /// Towards the clients of `front`; nil without a certificate for it.
    subscript(front: Front) -> TLSServerContext? {
        switch front {
        case .resp: listen
        case .http: http
        }
    }

    /// Reads every file again. A leg with a file that cannot be used stays as it was, and the log says why; so does what is handed
    /// back, a line for each such leg.
    mutating func reread(_ settings: Settings, _ log: Logger) -> [String] {
        guard redis != nil || sentinel != nil || listen != nil || http != nil else {
            log.notice("no TLS files to read again")
            return []
        }
        let problems = [
            Self.take("redis", &redis, log) { () throws(IOError) in try Self.upstream(settings.redis.tls) },
            Self.take("sentinel", &sentinel, log) { () throws(IOError) in try Self.upstream(settings.sentinel.tls) },
            Self.take("listen", &listen, log) { () throws(IOError) in try Self.front(settings.listen.tls, settings) },
            Self.take("http", &http, log) { () throws(IOError) in try Self.front(settings.http.tls, settings, offersHTTP2: settings.http.speaksHTTP2) },
        ]
        Self.warnOfReadableKeys(settings, log)
        return problems.compactMap(\.self)
    }

    /// Why the files of `leg` cannot be used; nil where they can, or where there are none.
    private static func take<Context>(
        _ leg: String, _ context: inout Context?, _ log: Logger, _ read: () throws(IOError) -> Context?
    ) -> String? {
        guard context != nil else { return nil }
        do throws(IOError) {
            context = try read()
            log.notice("TLS files read again", metadata: ["leg": "\(leg)"])
            return nil
        } catch {
            log.error("TLS files not usable; those read before stay in force", metadata: ["leg": "\(leg)", "error": "\(error)"])
            return "\(leg): TLS files not usable; those read before stay in force: \(error)"
        }
    }

    private static func upstream(_ settings: Settings.UpstreamTLS?) throws(IOError) -> TLSClientContext? {
        guard let settings else { return nil }
        return try TLSClientContext(
            authorityFile: settings.authorityPath, identity: settings.identity.map(TLSIdentity.init),
            serverName: settings.serverName, verifiesPeer: settings.verifiesPeer, strength: TLSStrength(settings.strength))
    }

    private static func front(_ tls: Settings.FrontTLS?, _ settings: Settings, offersHTTP2: Bool = false) throws(IOError) -> TLSServerContext? {
        guard let tls else { return nil }
        var certificate = TLSServerContext.ClientCertificate.ignored
        if let file = tls.clientAuthorityPath {
            certificate = tls.requiresClientCertificate ? .required(authorityFile: file) : .optional(authorityFile: file)
        }
        return try TLSServerContext(
            TLSIdentity(tls.identity), clientCertificate: certificate,
            handshakeTimeoutMilliseconds: settings.handshakeTimeoutMilliseconds, strength: TLSStrength(tls.strength), offersHTTP2: offersHTTP2)
    }

    // MARK: What is risky

    /// Says what is risky about the settings and the files.
    static func warn(_ settings: Settings, _ log: Logger) {
        for (leg, tls) in [("redis", settings.redis.tls), ("sentinel", settings.sentinel.tls)] where tls?.verifiesPeer == false {
            log.warning("certificates are not checked; whoever stands in between can read and change all", metadata: ["leg": "\(leg)"])
        }
        for (front, tls, addresses) in [
            ("listen", settings.listen.tls, settings.listen.tlsAddresses), ("http", settings.http.tls, settings.http.tlsAddresses),
        ] where tls != nil && addresses.isEmpty {
            log.warning("a certificate is set, but no address to speak TLS at", metadata: ["missing": "\(front).tls_address"])
        }
        warnOfReadableKeys(settings, log)
    }

    private static func warnOfReadableKeys(_ settings: Settings, _ log: Logger) {
        let identities = [
            settings.redis.tls?.identity, settings.sentinel.tls?.identity, settings.listen.tls?.identity, settings.http.tls?.identity,
        ]
        let readable = identities.compactMap(\.self).filter { TLSIdentity($0).isKeyReadableByAll }
        for file in Set(readable.map(\.keyPath)).sorted() {
            log.warning("a private key can be read by every user of this machine", metadata: ["file": "\(file)"])
        }
    }
}

extension TLSStrength {
    init(_ settings: Settings.TLSStrength) {
        self.init(isModernOnly: settings.isModernOnly, ciphers: settings.ciphers, ciphersuites: settings.ciphersuites)
    }
}

extension TLSIdentity {
    init(_ settings: Settings.TLSIdentity) {
        self.init(certificateFile: settings.certificatePath, keyFile: settings.keyPath)
    }
}
