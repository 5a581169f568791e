import ArgumentParser
import Settings

/// Flags about where Redis is found and how it is reached.
struct UpstreamOptions: ParsableArguments {
    @Option(.upstream) var upstream: [String]
    @Option(.sentinelAddresses) var sentinelAddresses: [String]
    @Option(.sentinelMasterNames) var sentinelMasterNames: [String]
    @Option(.sentinelUser) var sentinelUser: String?
    @Option(.sentinelPassword) var sentinelPassword: String?
    @Option(.sentinelRedisUser) var sentinelRedisUser: String?
    @Option(.sentinelRedisPassword) var sentinelRedisPassword: String?
    @Option(.sentinelResolveTimeout) var sentinelResolveTimeout: String?
    @Option(.sentinelOnQuorumLoss) var sentinelOnQuorumLoss: String?
    @Option(.sentinelLease) var sentinelLease: String?
    @Option(.sentinelPollInterval) var sentinelPollInterval: String?
    @Option(.sentinelConnectTimeout) var sentinelConnectTimeout: String?
    @Option(.sentinelSilenceTimeout) var sentinelSilenceTimeout: String?
    @Option(.sentinelStartWait) var sentinelStartWait: String?
    @Option(.sentinelReconnectMin) var sentinelReconnectMin: String?
    @Option(.sentinelReconnectMax) var sentinelReconnectMax: String?
    @Option(.sentinelTLS) var sentinelTLS: String?
    @Option(.sentinelTLSCA) var sentinelTLSCA: String?
    @Option(.sentinelTLSCert) var sentinelTLSCert: String?
    @Option(.sentinelTLSKey) var sentinelTLSKey: String?
    @Option(.sentinelTLSServerName) var sentinelTLSServerName: String?
    @Option(.sentinelTLSVerify) var sentinelTLSVerify: String?
    @Option(.sentinelTLSMinVersion) var sentinelTLSMinVersion: String?
    @Option(.sentinelTLSCiphers) var sentinelTLSCiphers: String?
    @Option(.sentinelTLSCiphersuites) var sentinelTLSCiphersuites: String?
    @Option(.redisUser) var redisUser: String?
    @Option(.redisPassword) var redisPassword: String?
    @Option(.redisConnectTimeout) var redisConnectTimeout: String?
    @Option(.redisProbeInterval) var redisProbeInterval: String?
    @Option(.redisProbeTimeout) var redisProbeTimeout: String?
    @Option(.redisSharedLinks) var redisSharedLinks: String?
    @Option(.redisWarmLinks) var redisWarmLinks: String?
    @Option(.redisNamedLinks) var redisNamedLinks: String?
    @Option(.redisIdleLinkTimeout) var redisIdleLinkTimeout: String?
    @Option(.redisLinkBuffer) var redisLinkBuffer: String?
    @Option(.redisCommandTimeout) var redisCommandTimeout: String?
    @Option(.redisTCPUserTimeout) var redisTCPUserTimeout: String?
    @Option(.redisTCPKeepAlive) var redisTCPKeepAlive: String?
    @Option(.redisDedicatedLinksMax) var redisDedicatedLinksMax: String?
    @Option(.redisClientName) var redisClientName: String?
    @Option(.redisInfo) var redisInfo: String?
    @Option(.redisCheckLinks) var redisCheckLinks: String?
    @Option(.redisTLS) var redisTLS: String?
    @Option(.redisTLSCA) var redisTLSCA: String?
    @Option(.redisTLSCert) var redisTLSCert: String?
    @Option(.redisTLSKey) var redisTLSKey: String?
    @Option(.redisTLSServerName) var redisTLSServerName: String?
    @Option(.redisTLSVerify) var redisTLSVerify: String?
    @Option(.redisTLSMinVersion) var redisTLSMinVersion: String?
    @Option(.redisTLSCiphers) var redisTLSCiphers: String?
    @Option(.redisTLSCiphersuites) var redisTLSCiphersuites: String?

    /// The flags given, with their values.
    var given: [(flag: String, value: String)] {
        var flags = GivenFlags()
        flags.add(.upstream, upstream)
        flags.add(.sentinelAddresses, sentinelAddresses)
        flags.add(.sentinelMasterNames, sentinelMasterNames)
        flags.add(.sentinelUser, sentinelUser)
        flags.add(.sentinelPassword, sentinelPassword)
        flags.add(.sentinelRedisUser, sentinelRedisUser)
        flags.add(.sentinelRedisPassword, sentinelRedisPassword)
        flags.add(.sentinelResolveTimeout, sentinelResolveTimeout)
        flags.add(.sentinelOnQuorumLoss, sentinelOnQuorumLoss)
        flags.add(.sentinelLease, sentinelLease)
        flags.add(.sentinelPollInterval, sentinelPollInterval)
        flags.add(.sentinelConnectTimeout, sentinelConnectTimeout)
        flags.add(.sentinelSilenceTimeout, sentinelSilenceTimeout)
        flags.add(.sentinelStartWait, sentinelStartWait)
        flags.add(.sentinelReconnectMin, sentinelReconnectMin)
        flags.add(.sentinelReconnectMax, sentinelReconnectMax)
        flags.add(.sentinelTLS, sentinelTLS)
        flags.add(.sentinelTLSCA, sentinelTLSCA)
        flags.add(.sentinelTLSCert, sentinelTLSCert)
        flags.add(.sentinelTLSKey, sentinelTLSKey)
        flags.add(.sentinelTLSServerName, sentinelTLSServerName)
        flags.add(.sentinelTLSVerify, sentinelTLSVerify)
        flags.add(.sentinelTLSMinVersion, sentinelTLSMinVersion)
        flags.add(.sentinelTLSCiphers, sentinelTLSCiphers)
        flags.add(.sentinelTLSCiphersuites, sentinelTLSCiphersuites)
        flags.add(.redisUser, redisUser)
        flags.add(.redisPassword, redisPassword)
        flags.add(.redisConnectTimeout, redisConnectTimeout)
        flags.add(.redisProbeInterval, redisProbeInterval)
        flags.add(.redisProbeTimeout, redisProbeTimeout)
        flags.add(.redisSharedLinks, redisSharedLinks)
        flags.add(.redisWarmLinks, redisWarmLinks)
        flags.add(.redisNamedLinks, redisNamedLinks)
        flags.add(.redisIdleLinkTimeout, redisIdleLinkTimeout)
        flags.add(.redisLinkBuffer, redisLinkBuffer)
        flags.add(.redisCommandTimeout, redisCommandTimeout)
        flags.add(.redisTCPUserTimeout, redisTCPUserTimeout)
        flags.add(.redisTCPKeepAlive, redisTCPKeepAlive)
        flags.add(.redisDedicatedLinksMax, redisDedicatedLinksMax)
        flags.add(.redisClientName, redisClientName)
        flags.add(.redisInfo, redisInfo)
        flags.add(.redisCheckLinks, redisCheckLinks)
        flags.add(.redisTLS, redisTLS)
        flags.add(.redisTLSCA, redisTLSCA)
        flags.add(.redisTLSCert, redisTLSCert)
        flags.add(.redisTLSKey, redisTLSKey)
        flags.add(.redisTLSServerName, redisTLSServerName)
        flags.add(.redisTLSVerify, redisTLSVerify)
        flags.add(.redisTLSMinVersion, redisTLSMinVersion)
        flags.add(.redisTLSCiphers, redisTLSCiphers)
        flags.add(.redisTLSCiphersuites, redisTLSCiphersuites)
        return flags.all
    }
}
