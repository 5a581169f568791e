extension SettingKey {
    package static let listenAddress = SettingKey(
        "listen.address", flag: "listen", .listeners, default: ":6379",
        "Where Redis clients connect: [MASTERNAME=]address:port,unix:/path,... or off")
    package static let listenUnixMode = unixMode("listen.unix_mode")
    package static let listenAllow = SettingKey(
        "listen.allow", .ranges, default: "", "Who may connect as a Redis client; overrides client.allow")
    package static let listenMaxClients = SettingKey(
        "listen.max_clients", .integer(1...SettingBounds.countMax), default: "10000", "Redis clients at a time")
    package static let listenIdleTimeout = SettingKey(
        "listen.idle_timeout", .duration(SettingBounds.optionalWait), default: "0", "Close a client silent for so long; 0 for never")
    package static let listenMaxBulk = SettingKey(
        "listen.max_bulk", .size(1024...SettingBounds.sizeMax), default: "512mb", "The longest argument of a command")
    package static let listenMaxArguments = SettingKey(
        "listen.max_arguments", .integer(1...16_777_216), default: "1048576", "The most arguments of a command")
    package static let listenMaxInline = SettingKey(
        "listen.max_inline", .size(64...1 << 20), default: "64kb", "The longest inline command")
    package static let listenMaxRequestBeforeAuth = SettingKey(
        "listen.max_request_before_auth", .size(64...1 << 20), default: "16kb", "The longest command of a client not logged in")
    package static let listenMaxNesting = SettingKey(
        "listen.max_nesting", .integer(1...1_000_000), default: "65536", "How deep a reply's aggregates may nest")

    package static let listenMaxPipeline = SettingKey(
        "listen.max_pipeline", .integer(1...1_000_000), default: "1024",
        "Commands of one client in flight on a shared connection; more wait")

    package static let listenProxyProtocol = proxyProtocol("listen.proxy_protocol")
    package static let listenProxyProtocolFrom = proxyProtocolFrom("listen.proxy_protocol_from")

    static let listenKeys: [SettingKey] = [
        listenAddress, listenUnixMode, listenAllow, listenMaxClients, listenIdleTimeout, listenMaxBulk, listenMaxArguments, listenMaxInline,
        listenMaxRequestBeforeAuth, listenMaxNesting, listenMaxPipeline, listenProxyProtocol, listenProxyProtocolFrom,
    ] + listenTLSKeys

    package static let adminAddress = SettingKey(
        "admin.address", flag: "admin", .listener, default: "127.0.0.1:9379", "Where metrics, health and status are served, or off")
    package static let adminAllow = SettingKey("admin.allow", .ranges, default: "", "Who may connect to the admin port")

    package static let adminCommandsAllow = SettingKey(
        "admin.commands_allow", .ranges, default: "127.0.0.1,::1", "Who may ask for a failover, a pause and its end by the admin port")

    package static let adminToken = SettingKey(
        "admin.token", .secret, default: "", "What opens the commands of the admin port from every address that may connect: a Bearer token, or AUTH's password")

    package static let adminHosts = SettingKey(
        "admin.hosts", .texts, default: "",
        "Names by which the admin port may be asked in Host, besides addresses, names without a dot, and those under .localhost, .svc, .cluster.local and .internal")

    static let adminKeys: [SettingKey] = [adminAddress, adminAllow, adminCommandsAllow, adminToken, adminHosts]

    package static let clientUser = SettingKey("client.user", .text, default: "", "The user that clients must show")
    package static let clientPassword = SettingKey(
        "client.password", .secret, default: "", "The password that clients must show, over Redis and HTTP")
    package static let clientPasswords = SettingKey(
        "client.passwords", .secrets, default: "", "Further passwords that do as well, so that clients can go from one to the next")
    package static let clientAllow = SettingKey(
        "client.allow", flag: "allow", .ranges, default: "",
        "Who may connect, over Redis and HTTP; 0.0.0.0/0,::/0 is everyone")

    package static let clientLargeReply = SettingKey(
        "client.large_reply", .size(1024...SettingBounds.sizeMax), default: "64kb",
        "A client with replies above this gets a connection to Redis of its own for a while")
    package static let clientOutputLimit = SettingKey(
        "client.output_limit", .size(4096...SettingBounds.sizeMax), default: "64mb",
        "Replies that wait for a client to read them; above, it is disconnected")
    package static let clientOutputGrace = SettingKey(
        "client.output_grace", .duration(0...60_000), default: "1s",
        "How long others may be kept waiting behind a client over its limit before it is disconnected")

    package static let clientHandshakeTimeout = SettingKey(
        "client.handshake_timeout", .duration(SettingBounds.wait), default: "10s", "How long a client's TLS handshake may take")

    package static let clientLoginTimeout = SettingKey(
        "client.login_timeout", .duration(SettingBounds.wait), default: "10s",
        "How long a Redis client may take to show its password, where one is asked for, before it is disconnected")

    static let clientKeys: [SettingKey] = [
        clientUser, clientPassword, clientPasswords, clientAllow, clientHandshakeTimeout, clientLoginTimeout, clientLargeReply, clientOutputLimit, clientOutputGrace,
    ]
}
