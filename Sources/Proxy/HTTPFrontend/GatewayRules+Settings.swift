import Compression
import EventLoop
import Gateway
import HTTP1
import Settings

extension GatewayRules {
    /// The rules that the settings make.
    convenience init(_ settings: Settings.HTTP) {
        var limits = HTTPLimits()
        limits.headBytesMax = settings.maxHeadBytes
        limits.requestLineBytesMax = settings.maxRequestLineBytes
        limits.headerCountMax = settings.maxHeaders
        limits.bodyBytesMax = settings.maxBodyBytes
        let gateway = settings.gateway
        self.init(
            isWebdis: gateway.isWebdis, limits: limits, credentials: settings.credentials, token: gateway.token, readOnlyToken: gateway.readOnlyToken, tokens: gateway.tokens, database: gateway.database,
            defaultRoot: Array(gateway.defaultRoot.utf8), hasWebSockets: gateway.hasWebSockets, origins: OriginRules(gateway.corsOrigins),
            hosts: gateway.hosts.map { Array($0.utf8) },
            localNames: Self.localNames(settings.loopbackListeners), allowsJSONP: gateway.allowsJSONP, isReadOnlyGet: gateway.isReadOnlyGet, etagBytesMax: gateway.etagBytesMax,
            access: gateway.access, trustedProxies: gateway.trustedProxies,
            forwardedHeader: ForwardedHeader(rawValue: gateway.forwardedHeader) ?? .both, compressionBytesMin: gateway.compressionBytesMin,
            basePath: Array(gateway.basePath.utf8), hasHealth: gateway.hasHealth, mapsErrors: gateway.mapsErrors, hasCacheTTL: gateway.hasCacheTTL,
            batchCommandsMax: gateway.batchCommandsMax, replyBytesMax: settings.maxReplyBytes, webSocketMessageBytesMax: gateway.webSocketMessageBytesMax, digest: { Digests.md5($0) }, sha1: { Digests.sha1($0) }, compress: { Gzip.compress($0) })
    }

    /// - Parameter isLoopback: of each listener, whether it is on loopback.
    private static func localNames(_ isLoopback: [Bool]) -> LocalNames {
        guard isLoopback.contains(true) else { return .unchecked }
        return isLoopback.contains(false) ? .checkedOnLoopback : .checked
    }
}
