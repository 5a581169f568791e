import Settings

/// What a pool needs of the settings, ready for use on a loop.
struct UpstreamSettings: Sendable {
    var user: [UInt8]?
    var password: [UInt8]?
    var verifiesRole: Bool
    /// Whether the proxy has no password for the servers that its sentinels name.
    var clientsBringPassword: Bool
    var connectTimeoutMilliseconds: Int
    var userTimeoutMilliseconds: Int
    var commandTimeoutMilliseconds: Int
    var linkBufferBytes: Int
    var linksMax: Int
    /// Name of shared links; none when empty.
    var sharedLinkName: [UInt8]
    var sharedLinksPerLoop: Int
    /// Settled links that are kept ready for whoever needs one of its own.
    var warmLinks: Int
    /// Named clients that have a link of their own for their name's sake.
    var namedLinksMax: Int
    /// How long more of them than that are kept.
    var idleLinkTimeoutMilliseconds: Int
    var largeReplyBytes: Int
    var outputGraceMilliseconds: Int
    /// Whether clients stay whose commands were on their way when a link was lost: where there is another master to come.
    var keepsClients: Bool
    /// Whether a client that knows its link's id ends with that link: without sentinels it is not to be told whether it was killed.
    var endsKnownClients: Bool
    /// Whether a client that waited in a command when its link was lost is disconnected. Not before a single server, which can only come
    /// back: nothing else ends its clients either.
    var closesBlocked: Bool
    /// Unanswered requests kept per shared link.
    var linkMemoryBytes: Int
    /// Scripts kept for the next master.
    var scriptMemoryBytes: Int
    var nestingDepthMax: Int
    var keepAliveMilliseconds: Int
    /// Links over which HTTP and WebSocket clients listen to channels.
    var subscriptionLinks: Int
    /// Whether clients are told that Redis refuses the proxy's own password, as Webdis does.
    var tellsOfRefusedPassword: Bool
    /// Whether INFO counts clients in place of links.
    var countsClients: Bool
    /// Whether a link is asked if it is clean before the next client gets it; always in debug builds, where the tests run.
    var checksLinks: Bool
    /// Kinds of shared links (user, database, protocol version) that are kept at a time.
    let groupsMax = 64
    /// Pairs of user and password that clients have shown and Redis has accepted.
    let identitiesMax = 256

    init(_ settings: Settings) {
        user = settings.redis.credentials?.user.map { Array($0.utf8) }
        password = settings.redis.credentials?.password.revealedBytes
        verifiesRole = settings.source.verifiesRole
        clientsBringPassword = settings.source.verifiesRole && settings.redis.credentials == nil
        connectTimeoutMilliseconds = settings.redis.connectTimeoutMilliseconds
        userTimeoutMilliseconds = settings.redis.tcpUserTimeoutMilliseconds
        commandTimeoutMilliseconds = settings.redis.commandTimeoutMilliseconds
        linkBufferBytes = settings.redis.linkBufferBytes
        linksMax = settings.redis.dedicatedLinksMax
        sharedLinkName = Array(settings.redis.clientName.utf8)
        sharedLinksPerLoop = settings.redis.sharedLinks
        warmLinks = settings.redis.warmLinks
        namedLinksMax = settings.redis.namedLinks
        idleLinkTimeoutMilliseconds = settings.redis.idleLinkTimeoutMilliseconds
        largeReplyBytes = settings.client.largeReplyBytes
        outputGraceMilliseconds = settings.client.outputGraceMilliseconds
        keepsClients = settings.failover.keepsConnections
        endsKnownClients = settings.source != .sentinels
        closesBlocked = settings.failover.closesBlocked && settings.source.hasSeveralServers
        linkMemoryBytes = settings.failover.linkMemoryBytes
        scriptMemoryBytes = settings.failover.scriptMemoryBytes
        nestingDepthMax = settings.listen.maxNesting
        keepAliveMilliseconds = settings.redis.tcpKeepAliveMilliseconds
        subscriptionLinks = settings.http.gateway.subscriptionLinks
        countsClients = settings.redis.countsClientsInInfo
        #if DEBUG
            checksLinks = true
        #else
            checksLinks = settings.redis.checksLinks
        #endif
        tellsOfRefusedPassword = settings.http.gateway.isWebdis
    }
}
