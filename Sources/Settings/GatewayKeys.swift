extension SettingKey {
    package static let httpDialect = SettingKey(
        "http.dialect", .choice(["mastergate", "webdis"]), default: "mastergate",
        "How answers look where Webdis's look otherwise: mastergate for the better way, webdis for its own to the byte")
    package static let httpDatabase = SettingKey(
        "http.database", .integer(0...Int(Int32.max)), default: "0", "The database of commands whose URL names none")
    package static let httpDefaultRoot = SettingKey(
        "http.default_root", .text, default: "", "What a request for / gets, as in /GET/index.html; empty for 403")
    package static let httpWebSockets = SettingKey(
        "http.websockets", .boolean, default: "true", "Whether WebSocket clients are served, at / and /.json and /.raw")
    package static let httpWebSocketMaxMessage = SettingKey(
        "http.websocket_max_message", .size(128...SettingBounds.sizeMax), default: "16mb", "The longest message of a WebSocket client")
    package static let httpMaxBatch = SettingKey(
        "http.max_batch", .integer(1...SettingBounds.countMax), default: "10000",
        "The most commands of one /pipeline or /multi-exec, and of one message of a WebSocket client")
    package static let httpCORSOrigins = SettingKey(
        "http.cors_origins", .origins, default: "",
        "Web pages of which origins may send requests, read answers and open WebSockets, as https://example.org; * for all, empty for the own one")
    package static let httpJSONP = SettingKey(
        "http.jsonp", .boolean, default: "false",
        "Whether ?callback= and ?jsonp= wrap JSON in a script's call, which hands it to pages of all origins that browsers do not hold back; webdis: always")
    package static let httpHosts = SettingKey(
        "http.hosts", .hostNames, default: "", "Names by which clients may call this server in Host, against DNS rebinding; empty for any, on loopback for addresses, *.localhost and names without a dot")
    package static let httpReadOnlyGet = SettingKey(
        "http.read_only_get", .boolean, default: "false", "Whether GET and HEAD run only commands that change nothing")
    package static let httpETagMax = SettingKey(
        "http.etag_max", .size(0...SettingBounds.sizeMax), default: "64kb", "The longest body that gets an ETag; 0 for none")
    package static let httpCompressionMin = SettingKey(
        "http.compression_min", .size(0...SettingBounds.sizeMax), default: "1kb",
        "The shortest body that is compressed for clients who ask for it; 0 for none")
    package static let httpErrorStatus = SettingKey(
        "http.error_status", .boolean, default: "false", "Whether errors of Redis have a status of their own, 400 for most, in place of 200")
    package static let httpCacheTTL = SettingKey(
        "http.cache_ttl", .boolean, default: "false", "Whether reads of one key by GET say by max-age for how long it still lives; else caches ask again each time")
    package static let httpTokens = SettingKey(
        "http.tokens", .path, default: "", "A file with more tokens and the rights of each, such as {\"TOKEN\": \"+get +set ~app:*\", \"OTHER\": \"readonly\"}; the tokens.json of serverless-redis-http does too")
    package static let httpBasePath = SettingKey(
        "http.base_path", .text, default: "", "The path below which everything is served, as /redis behind a proxy that keeps it; empty for /")
    package static let httpHealth = SettingKey(
        "http.health", .boolean, default: "false", "Whether /livez and /readyz are answered on the HTTP port too, to everybody who may connect")
    package static let httpChannelHistory = SettingKey(
        "http.channel_history", .integer(0...100_000), default: "0", "Messages kept of each channel for Server-Sent Events that come back with Last-Event-ID; 0 for none")
    package static let httpChannelHistoryTime = SettingKey(
        "http.channel_history_time", .duration(SettingBounds.wait), default: "1m", "How long a channel is listened to for its history after the last client has left")
    package static let httpChannelHistoryMemory = SettingKey(
        "http.channel_history_memory", .size(1024...SettingBounds.sizeMax), default: "16mb", "What messages kept of all channels take together, for each master and user")
    package static let httpACL = SettingKey(
        "http.acl", .rules, default: "",
        "Who may run what: words ip=RANGE auth=USER:PASSWORD +command -command|subcommand ~keypattern db=N user=REDISUSER; later rules win")
    package static let httpACLDefault = SettingKey(
        "http.acl_default", .choice(["allow", "deny"]), default: "allow", "What becomes of commands that no rule speaks of")
    package static let httpToken = SettingKey(
        "http.token", .secret, default: "", "The token of clients that speak Upstash's REST dialect: Authorization: Bearer")
    package static let httpReadOnlyToken = SettingKey(
        "http.read_only_token", .secret, default: "", "The token of such clients that may only read")
    package static let httpHeartbeat = SettingKey(
        "http.heartbeat", .duration(SettingBounds.optionalWait), default: "15s",
        "A sign of life on streams of events that are silent for so long; 0 for none")
    package static let httpTrustedProxies = SettingKey(
        "http.trusted_proxies", .ranges, default: "", "Whose Forwarded and X-Forwarded-For are believed")
    package static let httpForwardedHeader = SettingKey(
        "http.forwarded_header", .choice(["both", "forwarded", "x-forwarded-for"]), default: "both",
        "Which of the two those proxies write; with both, a client may do no more than either of them says")

    package static let httpSubscriptionLinks = SettingKey(
        "http.subscription_links", .integer(1...1000), default: "1",
        "Connections for subscriptions, per loop: clients share them, and PUBLISH counts each of them as one")

    package static let httpProxyProtocol = proxyProtocol("http.proxy_protocol")

    package static let httpProxyProtocolFrom = proxyProtocolFrom("http.proxy_protocol_from")

    /// By default proxies of the same machine or of a private network.
    static func proxyProtocolFrom(_ path: String) -> SettingKey {
        SettingKey(
            path, .ranges, default: "127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,169.254.0.0/16,fc00::/7,fe80::/10",
            "With proxy_protocol: from whom such a header is taken; all others are closed")
    }

    static func proxyProtocol(_ path: String) -> SettingKey {
        SettingKey(path, .boolean, default: "false", "Whether each connection begins with a header of the PROXY protocol, version 1 or 2, and is closed without")
    }

    static let gatewayKeys: [SettingKey] = [
        httpDialect, httpDatabase, httpDefaultRoot, httpWebSockets, httpWebSocketMaxMessage, httpMaxBatch, httpCORSOrigins, httpJSONP, httpHosts, httpReadOnlyGet,
        httpETagMax, httpCompressionMin, httpChannelHistoryMemory, httpChannelHistoryTime, httpChannelHistory, httpHealth, httpBasePath, httpTokens, httpCacheTTL, httpErrorStatus, httpACL, httpACLDefault, httpToken, httpReadOnlyToken, httpHeartbeat, httpSubscriptionLinks, httpTrustedProxies, httpForwardedHeader, httpProxyProtocol, httpProxyProtocolFrom,
    ]
}
