import ArgumentParser
import Settings

/// Flags about where Redis is found and how it is reached.
struct UpstreamOptions: ParsableArguments {
    @Option(.upstream) var upstream: String?
    @Option(.sentinelAddresses) var sentinelAddresses: [String]
    @Option(.sentinelMasterNames) var sentinelMasterNames: [String]
    @Option(.sentinelUser) var sentinelUser: String?
    @Option(.sentinelPassword) var sentinelPassword: String?
    @Option(.sentinelTLSCA) var sentinelTLSCA: String?
    @Option(.sentinelOnQuorumLoss) var sentinelOnQuorumLoss: String?
    @Option(.sentinelPollInterval) var sentinelPollInterval: String?
    @Option(.sentinelConnectTimeout) var sentinelConnectTimeout: String?
    @Option(.sentinelSilenceTimeout) var sentinelSilenceTimeout: String?
    @Option(.sentinelStartWait) var sentinelStartWait: String?
    @Option(.sentinelReconnectMin) var sentinelReconnectMin: String?
    @Option(.sentinelReconnectMax) var sentinelReconnectMax: String?
    @Option(.redisUser) var redisUser: String?
    @Option(.redisPassword) var redisPassword: String?
    @Option(.redisTLSCA) var redisTLSCA: String?
    @Option(.redisConnectTimeout) var redisConnectTimeout: String?
    @Option(.redisProbeInterval) var redisProbeInterval: String?
    @Option(.redisProbeTimeout) var redisProbeTimeout: String?
    @Option(.redisSharedLinks) var redisSharedLinks: String?
    @Option(.redisWarmLinks) var redisWarmLinks: String?
    @Option(.redisIdleLinkTimeout) var redisIdleLinkTimeout: String?
    @Option(.redisLinkBuffer) var redisLinkBuffer: String?
    @Option(.redisCommandTimeout) var redisCommandTimeout: String?
    @Option(.redisTCPUserTimeout) var redisTCPUserTimeout: String?
    @Option(.redisDedicatedLinksMax) var redisDedicatedLinksMax: String?
    @Option(.redisClientName) var redisClientName: String?

    /// The flags given, with their values.
    var given: [(flag: String, value: String)] {
        var flags = GivenFlags()
        flags.add(.upstream, upstream)
        flags.add(.sentinelAddresses, sentinelAddresses)
        flags.add(.sentinelMasterNames, sentinelMasterNames)
        flags.add(.sentinelUser, sentinelUser)
        flags.add(.sentinelPassword, sentinelPassword)
        flags.add(.sentinelTLSCA, sentinelTLSCA)
        flags.add(.sentinelOnQuorumLoss, sentinelOnQuorumLoss)
        flags.add(.sentinelPollInterval, sentinelPollInterval)
        flags.add(.sentinelConnectTimeout, sentinelConnectTimeout)
        flags.add(.sentinelSilenceTimeout, sentinelSilenceTimeout)
        flags.add(.sentinelStartWait, sentinelStartWait)
        flags.add(.sentinelReconnectMin, sentinelReconnectMin)
        flags.add(.sentinelReconnectMax, sentinelReconnectMax)
        flags.add(.redisUser, redisUser)
        flags.add(.redisPassword, redisPassword)
        flags.add(.redisTLSCA, redisTLSCA)
        flags.add(.redisConnectTimeout, redisConnectTimeout)
        flags.add(.redisProbeInterval, redisProbeInterval)
        flags.add(.redisProbeTimeout, redisProbeTimeout)
        flags.add(.redisSharedLinks, redisSharedLinks)
        flags.add(.redisWarmLinks, redisWarmLinks)
        flags.add(.redisIdleLinkTimeout, redisIdleLinkTimeout)
        flags.add(.redisLinkBuffer, redisLinkBuffer)
        flags.add(.redisCommandTimeout, redisCommandTimeout)
        flags.add(.redisTCPUserTimeout, redisTCPUserTimeout)
        flags.add(.redisDedicatedLinksMax, redisDedicatedLinksMax)
        flags.add(.redisClientName, redisClientName)
        return flags.all
    }
}
