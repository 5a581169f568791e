extension SettingKey {
    package static let upstream = SettingKey(
        "upstream", .servers(defaultPort: 6379), default: "",
        "A fixed Redis server, host:port or unix:/path, instead of one found by sentinels; of several, the one that says it is the master")

    static let upstreamKeys: [SettingKey] = [upstream]

    package static let sentinelAddresses = SettingKey(
        "sentinel.addresses", flag: "sentinel", .endpoints(defaultPort: 26379), default: "",
        "The sentinels to watch: host:port,...")
    package static let sentinelMasterNames = SettingKey(
        "sentinel.master_names", flag: "master-name", .masterNames, default: "mymaster",
        "The masters to serve, by the sentinels' names; the first is the default one")
    package static let sentinelUser = SettingKey(
        "sentinel.user", .text, default: "", "The user shown to the sentinels")
    package static let sentinelPassword = SettingKey(
        "sentinel.password", .secret, default: "", "The password shown to the sentinels")
    package static let sentinelOnQuorumLoss = SettingKey(
        "sentinel.on_quorum_loss", .choice(["serve", "refuse"]), default: "serve",
        "With most sentinels out of reach: serve the last known master, or refuse")
    package static let sentinelLease = SettingKey(
        "sentinel.lease", .duration(100...3_600_000), default: "2s",
        "With on_quorum_loss refuse: how long the last word of a majority of the sentinels holds")
    package static let sentinelPollInterval = SettingKey(
        "sentinel.poll_interval", .duration(10...60_000), default: "500ms", "How often each sentinel is asked, besides its events")
    package static let sentinelConnectTimeout = SettingKey(
        "sentinel.connect_timeout", .duration(SettingBounds.wait), default: "1s", "How long a connection to a sentinel may take")
    package static let sentinelSilenceTimeout = SettingKey(
        "sentinel.silence_timeout", .duration(SettingBounds.wait), default: "2s",
        "A sentinel that owes an answer for so long is connected to anew")
    package static let sentinelStartWait = SettingKey(
        "sentinel.start_wait", .duration(0...60_000), default: "300ms",
        "How long the start waits for more sentinels than the first to answer")
    package static let sentinelReconnectMin = SettingKey(
        "sentinel.reconnect_min", .duration(SettingBounds.wait), default: "50ms", "The first wait before a new connection to a sentinel")
    package static let sentinelReconnectMax = SettingKey(
        "sentinel.reconnect_max", .duration(SettingBounds.wait), default: "1s", "The longest wait before a new connection to a sentinel")

    package static let sentinelRedisUser = SettingKey(
        "sentinel.redis_user", .text, default: "", "The user that the watch shows to Redis servers, to ask for their role and to hear their sentinels' hellos; empty for redis.user")
    package static let sentinelRedisPassword = SettingKey(
        "sentinel.redis_password", .secret, default: "", "The password of the watch for Redis servers; empty for redis.user and redis.password")
    package static let sentinelResolveTimeout = SettingKey(
        "sentinel.resolve_timeout", .duration(SettingBounds.wait), default: "5s", "How long the name of a sentinel or of a server may take to resolve")

    static let sentinelKeys: [SettingKey] = [
        sentinelAddresses, sentinelMasterNames, sentinelUser, sentinelPassword, sentinelRedisUser, sentinelRedisPassword, sentinelOnQuorumLoss, sentinelLease,
        sentinelPollInterval, sentinelConnectTimeout, sentinelSilenceTimeout, sentinelStartWait, sentinelReconnectMin, sentinelReconnectMax, sentinelResolveTimeout,
    ] + sentinelTLSKeys

    package static let redisUser = SettingKey("redis.user", .text, default: "", "The user shown to Redis")
    package static let redisPassword = SettingKey("redis.password", .secret, default: "", "The password shown to Redis")
    package static let redisConnectTimeout = SettingKey(
        "redis.connect_timeout", .duration(SettingBounds.wait), default: "1s", "How long a connection to Redis may take")
    package static let redisProbeInterval = SettingKey(
        "redis.probe_interval", .duration(10...60_000), default: "250ms", "How often the master's ROLE is asked")
    package static let redisProbeTimeout = SettingKey(
        "redis.probe_timeout", .duration(SettingBounds.wait), default: "1s", "How long the answer to a probe may take")
    package static let redisSharedLinks = SettingKey(
        "redis.shared_links", .integer(1...64), default: "1", "Connections that clients share, per loop and database")
    package static let redisWarmLinks = SettingKey(
        "redis.warm_links", .integer(0...1000), default: "16",
        "Connections that lie ready for clients who need one of their own, per loop and master")
    package static let redisNamedLinks = SettingKey(
        "redis.named_links", .integer(0...100_000), default: "16",
        "Clients with a name that have a connection of their own, so that CLIENT LIST shows them; per loop and master")
    package static let redisIdleLinkTimeout = SettingKey(
        "redis.idle_link_timeout", .duration(SettingBounds.wait), default: "10s", "How long more of them than that are kept unused")
    package static let redisLinkBuffer = SettingKey(
        "redis.link_buffer", .size(4096...SettingBounds.sizeMax), default: "1mb",
        "Bytes a link or a client may have unsent before reading stops")
    package static let redisCommandTimeout = SettingKey(
        "redis.command_timeout", .duration(SettingBounds.optionalWait), default: "30s",
        "How long a reply on a shared link may take; 0 for no bound")
    package static let redisTCPUserTimeout = SettingKey(
        "redis.tcp_user_timeout", .duration(SettingBounds.optionalWait), default: "1500ms",
        "Give a link up when sent bytes stay unacknowledged for so long; 0 leaves it to the system")
    package static let redisDedicatedLinksMax = SettingKey(
        "redis.dedicated_links_max", .integer(1...SettingBounds.countMax), default: "10000", "Connections to Redis, per loop and master")
    package static let redisClientName = SettingKey(
        "redis.client_name", .text, default: "", "What CLIENT LIST shows for shared connections; no name when empty")

    package static let redisTCPKeepAlive = SettingKey(
        "redis.tcp_keepalive", .duration(SettingBounds.optionalWait), default: "15s",
        "How long a link may be silent before the kernel asks whether Redis is there; 0 leaves it to the system")

    package static let redisCheckLinks = SettingKey(
        "redis.check_links", .boolean, default: "false",
        "Whether a connection to Redis is asked by CLIENT INFO, before the next client gets it, if it is as it should be. For tests: one question more each time")

    package static let redisInfo = SettingKey(
        "redis.info", .choice(["clients", "server"]), default: "clients",
        "What INFO counts as connected_clients: the clients of this Mastergate in place of its links, or whatever is connected to the server")

    static let redisKeys: [SettingKey] = [
        redisUser, redisPassword, redisConnectTimeout, redisProbeInterval, redisProbeTimeout, redisSharedLinks, redisWarmLinks, redisNamedLinks,
        redisIdleLinkTimeout, redisLinkBuffer, redisCommandTimeout, redisTCPUserTimeout, redisTCPKeepAlive, redisDedicatedLinksMax, redisClientName, redisInfo, redisCheckLinks,
    ] + redisTLSKeys
}
