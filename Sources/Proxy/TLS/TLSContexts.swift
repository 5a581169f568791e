import EventLoop
import Logging
import Settings

/// The TLS contexts of every leg, made from the files that the settings name.
struct TLSContexts: Sendable {
    /// Towards Redis; nil for plain connections.
    private(set) var redis: TLSClientContext?
    /// Towards the sentinels; nil for plain connections.
    private(set) var sentinel: TLSClientContext?

    /// - Throws: ``IOError`` that names the file which cannot be used.
    init(_ settings: Settings) throws(IOError) {
        redis = try Self.upstream(settings.redis.tls)
        sentinel = try Self.upstream(settings.sentinel.tls)
    }

    private static func upstream(_ settings: Settings.UpstreamTLS?) throws(IOError) -> TLSClientContext? {
        guard let settings else { return nil }
        return try TLSClientContext(
            authorityFile: settings.authorityPath, identity: settings.identity.map(TLSIdentity.init),
            serverName: settings.serverName, verifiesPeer: settings.verifiesPeer)
    }

    /// Says what is risky about the settings and the files.
    static func warn(_ settings: Settings, _ log: Logger) {
        for (leg, tls) in [("redis", settings.redis.tls), ("sentinel", settings.sentinel.tls)] where tls?.verifiesPeer == false {
            log.warning("certificates are not checked; whoever stands in between can read and change all", metadata: ["leg": "\(leg)"])
        }
        for identity in [settings.redis.tls?.identity, settings.sentinel.tls?.identity].compactMap({ $0 }) {
            if TLSIdentity(identity).isKeyReadableByAll {
                log.warning("a private key can be read by every user of this machine", metadata: ["file": "\(identity.keyPath)"])
            }
        }
    }
}

extension TLSIdentity {
    init(_ settings: Settings.TLSIdentity) {
        self.init(certificateFile: settings.certificatePath, keyFile: settings.keyPath)
    }
}
