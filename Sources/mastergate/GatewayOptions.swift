import ArgumentParser
import Settings

/// Flags about how the HTTP gateway answers, and whom.
struct GatewayOptions: ParsableArguments {
    @Option(.httpDialect) var httpDialect: String?
    @Option(.httpDatabase) var httpDatabase: String?
    @Option(.httpDefaultRoot) var httpDefaultRoot: String?
    @Option(.httpWebSockets) var httpWebSockets: String?
    @Option(.httpWebSocketMaxMessage) var httpWebSocketMaxMessage: String?
    @Option(.httpMaxBatch) var httpMaxBatch: String?
    @Option(.httpCORSOrigins) var httpCORSOrigins: [String]
    @Option(.httpJSONP) var httpJSONP: String?
    @Option(.httpHosts) var httpHosts: [String]
    @Option(.httpReadOnlyGet) var httpReadOnlyGet: String?
    @Option(.httpETagMax) var httpETagMax: String?
    @Option(.httpCompressionMin) var httpCompressionMin: String?
    @Option(.httpErrorStatus) var httpErrorStatus: String?
    @Option(.httpCacheTTL) var httpCacheTTL: String?
    @Option(.httpTokens) var httpTokens: String?
    @Option(.httpBasePath) var httpBasePath: String?
    @Option(.httpHealth) var httpHealth: String?
    @Option(.httpChannelHistory) var httpChannelHistory: String?
    @Option(.httpChannelHistoryTime) var httpChannelHistoryTime: String?
    @Option(.httpChannelHistoryMemory) var httpChannelHistoryMemory: String?
    @Option(.httpACL) var httpACL: [String]
    @Option(.httpACLDefault) var httpACLDefault: String?
    @Option(.httpToken) var httpToken: String?
    @Option(.httpReadOnlyToken) var httpReadOnlyToken: String?
    @Option(.httpHeartbeat) var httpHeartbeat: String?
    @Option(.httpSubscriptionLinks) var httpSubscriptionLinks: String?
    @Option(.httpTrustedProxies) var httpTrustedProxies: [String]
    @Option(.httpForwardedHeader) var httpForwardedHeader: String?
    @Option(.httpProxyProtocol) var httpProxyProtocol: String?
    @Option(.httpProxyProtocolFrom) var httpProxyProtocolFrom: [String]

    /// The flags given, with their values.
    var given: [(flag: String, value: String)] {
        var flags = GivenFlags()
        flags.add(.httpDialect, httpDialect)
        flags.add(.httpDatabase, httpDatabase)
        flags.add(.httpDefaultRoot, httpDefaultRoot)
        flags.add(.httpWebSockets, httpWebSockets)
        flags.add(.httpWebSocketMaxMessage, httpWebSocketMaxMessage)
        flags.add(.httpMaxBatch, httpMaxBatch)
        flags.add(.httpCORSOrigins, httpCORSOrigins)
        flags.add(.httpJSONP, httpJSONP)
        flags.add(.httpHosts, httpHosts)
        flags.add(.httpReadOnlyGet, httpReadOnlyGet)
        flags.add(.httpETagMax, httpETagMax)
        flags.add(.httpCompressionMin, httpCompressionMin)
        flags.add(.httpErrorStatus, httpErrorStatus)
        flags.add(.httpCacheTTL, httpCacheTTL)
        flags.add(.httpTokens, httpTokens)
        flags.add(.httpBasePath, httpBasePath)
        flags.add(.httpHealth, httpHealth)
        flags.add(.httpChannelHistory, httpChannelHistory)
        flags.add(.httpChannelHistoryTime, httpChannelHistoryTime)
        flags.add(.httpChannelHistoryMemory, httpChannelHistoryMemory)
        flags.add(.httpACL, httpACL)
        flags.add(.httpACLDefault, httpACLDefault)
        flags.add(.httpToken, httpToken)
        flags.add(.httpReadOnlyToken, httpReadOnlyToken)
        flags.add(.httpHeartbeat, httpHeartbeat)
        flags.add(.httpSubscriptionLinks, httpSubscriptionLinks)
        flags.add(.httpTrustedProxies, httpTrustedProxies)
        flags.add(.httpForwardedHeader, httpForwardedHeader)
        flags.add(.httpProxyProtocol, httpProxyProtocol)
        flags.add(.httpProxyProtocolFrom, httpProxyProtocolFrom)
        return flags.all
    }
}
