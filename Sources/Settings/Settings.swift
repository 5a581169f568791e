import Access
import Bytes

/// All settings, typed, complete and checked against each other. Immutable once loaded.
package struct Settings: Sendable, Equatable {
    /// Where the master is found: by sentinels, or fixed.
    package enum Source: Sendable, Equatable {
        /// The sentinels of ``Settings/sentinel``.
        case sentinels
        /// One server that stays, or several of which one is the master.
        case fixed([Endpoint])

        /// Whether a server must say itself that it is a master; one that is alone is taken as it is.
        package var verifiesRole: Bool { hasSeveralServers }

        /// Whether another server can take over.
        package var hasSeveralServers: Bool { if case .fixed(let servers) = self { servers.count > 1 } else { true } }
    }

    package var source: Source
    package var sentinel: Sentinel
    package var redis: Redis
    package var listen: Listen
    package var http: HTTP
    package var admin: Admin
    package var client: Client
    /// How long a client's TLS handshake may take.
    package var handshakeTimeoutMilliseconds: Int
    package var memory: Memory
    package var failover: Failover
    package var log: Log
    /// Worker loops; 0 for one per core.
    package var threads: Int
    /// How long open requests may take after SIGTERM.
    package var drainTimeoutMilliseconds: Int
    /// How long clients may stay with the old process after an upgrade; 0 for as long as they like.
    package var upgradeTimeoutMilliseconds: Int
    /// Whether the configuration is read again when one of its files has changed.
    package var reloadsOnChange: Bool
    package var identity: Identity

    /// What is done while most sentinels are out of reach.
    package enum QuorumLoss: String, Sendable {
        case serve
        case refuse
    }

    /// The sentinels and how they are watched.
    package struct Sentinel: Sendable, Equatable {
        /// Empty if the upstream is fixed.
        package var addresses: [Endpoint]
        /// At least one; the first serves listeners that name none.
        package var masterNames: [String]
        package var credentials: Credentials?
        /// What the watch shows to Redis servers; nil for what the links show.
        package var redisCredentials: Credentials?
        /// Nil for plain connections.
        package var tls: UpstreamTLS?
        package var onQuorumLoss: QuorumLoss
        /// How long the word of a majority of the sentinels holds, where the loss of them stops the service.
        package var leaseMilliseconds: Int
        package var pollIntervalMilliseconds: Int
        package var connectTimeoutMilliseconds: Int
        package var silenceTimeoutMilliseconds: Int
        package var startWaitMilliseconds: Int
        package var reconnectMinMilliseconds: Int
        package var reconnectMaxMilliseconds: Int
        package var resolveTimeoutMilliseconds: Int
    }

    /// The links to Redis.
    package struct Redis: Sendable, Equatable {
        package var credentials: Credentials?
        /// Nil for plain connections.
        package var tls: UpstreamTLS?
        package var connectTimeoutMilliseconds: Int
        package var probeIntervalMilliseconds: Int
        package var probeTimeoutMilliseconds: Int
        /// Per loop and database.
        package var sharedLinks: Int
        /// Settled links kept ready, per loop and master.
        package var warmLinks: Int
        /// Per loop and master.
        package var namedLinks: Int
        package var idleLinkTimeoutMilliseconds: Int
        /// Unsent bytes of a link, or of a client's replies, at which reading stops.
        package var linkBufferBytes: Int
        /// For shared links; 0 for no bound.
        package var commandTimeoutMilliseconds: Int
        /// 0 leaves it to the system.
        package var tcpUserTimeoutMilliseconds: Int
        /// 0 leaves it to the system.
        package var tcpKeepAliveMilliseconds: Int
        /// Per loop.
        package var dedicatedLinksMax: Int
        /// Empty for none.
        package var clientName: String
        /// Whether INFO counts clients in place of links.
        package var countsClientsInInfo: Bool
        /// Whether links are asked if they are clean before the next client gets them.
        package var checksLinks: Bool
    }

    /// The front end for Redis clients.
    package struct Listen: Sendable, Equatable {
        /// As written; empty for off.
        package var addresses: [ListenAddress]
        /// Mode of the files of Unix sockets.
        package var unixMode: Int
        /// Where TLS is spoken; as written, empty for off.
        package var tlsAddresses: [ListenAddress]
        /// Nil without a certificate.
        package var tls: FrontTLS?
        /// `listen.allow`, or `client.allow` where that is empty.
        package var allowlist: Allowlist
        /// `client.user` and `client.password`.
        package var credentials: Credentials?
        package var maxClients: Int
        /// 0 for never.
        package var idleTimeoutMilliseconds: Int
        package var maxBulkBytes: Int
        package var maxArguments: Int
        package var maxInlineBytes: Int
        package var maxRequestBeforeAuthBytes: Int
        package var maxNesting: Int
        /// Commands of one client in flight on a shared link.
        package var maxPipeline: Int
        /// Whether connections begin with a header of the PROXY protocol.
        package var expectsProxyHeader: Bool
        /// From whom such a header is taken.
        package var proxyHeaderPeers: [CIDRRange]

        package var exposure: Exposure {
            Exposure(of: addresses, front: "the Redis front end", credentials: credentials, allowlist: allowlist)
        }

        /// That of the addresses with TLS, where a certificate that clients must show does as well as a password.
        package var tlsExposure: Exposure {
            if tls?.requiresClientCertificate == true { return .asConfigured }
            return Exposure(of: tlsAddresses, front: "the Redis front end with TLS", credentials: credentials, allowlist: allowlist)
        }

        /// What to bind under the rule of ``Exposure``.
        package var effectiveAddresses: [ListenAddress] { exposure.effective(addresses) }
        package var effectiveTLSAddresses: [ListenAddress] { tlsExposure.effective(tlsAddresses) }
    }

    /// The HTTP gateway.
    package struct HTTP: Sendable, Equatable {
        /// As written; empty for off.
        package var addresses: [ListenAddress]
        /// Mode of the files of Unix sockets.
        package var unixMode: Int
        /// Where TLS is spoken; as written, empty for off.
        package var tlsAddresses: [ListenAddress]
        /// Nil without a certificate.
        package var tls: FrontTLS?
        /// `http.allow`, or `client.allow` where that is empty.
        package var allowlist: Allowlist
        /// `http.user` and `http.password`, or those of `client` where `http.password` is empty.
        package var credentials: Credentials?
        package var maxClients: Int
        package var maxHeadBytes: Int
        package var maxRequestLineBytes: Int
        package var maxHeaders: Int
        package var maxBodyBytes: Int
        package var maxReplyBytes: Int
        package var headerTimeoutMilliseconds: Int
        /// 0 for never.
        package var idleTimeoutMilliseconds: Int
        /// Requests of one connection in flight; reading stops at it.
        package var maxPipeline: Int
        package var speaksHTTP2: Bool
        /// Requests of one HTTP/2 connection under way.
        package var maxStreams: Int
        /// Whether connections begin with a header of the PROXY protocol.
        package var expectsProxyHeader: Bool
        /// From whom such a header is taken.
        package var proxyHeaderPeers: [CIDRRange]
        package var gateway: Gateway

        /// What a client must show, in whichever dialect.
        private var anyCredentials: Credentials? { credentials ?? (gateway.token ?? gateway.readOnlyToken ?? gateway.tokens.first?.secret).map { Credentials(password: $0) } }

        package var exposure: Exposure {
            Exposure(of: addresses, front: "the HTTP front end", credentials: anyCredentials, allowlist: allowlist)
        }

        /// That of the addresses with TLS, where a certificate that clients must show does as well as a password.
        package var tlsExposure: Exposure {
            if tls?.requiresClientCertificate == true { return .asConfigured }
            return Exposure(of: tlsAddresses, front: "the HTTP front end with TLS", credentials: anyCredentials, allowlist: allowlist)
        }

        /// What to bind under the rule of ``Exposure``.
        package var effectiveAddresses: [ListenAddress] { exposure.effective(addresses) }
        package var effectiveTLSAddresses: [ListenAddress] { tlsExposure.effective(tlsAddresses) }

        /// What Webdis's dialect opens to web pages, in one sentence for the log; nil in our own, and where nothing is listened at.
        package var openness: String? {
            guard gateway.isWebdis, !addresses.isEmpty || !tlsAddresses.isEmpty else { return nil }
            return "http.dialect webdis answers every web page as Webdis does: whatever page a browser opens that reaches this port can run "
                + "commands here and read their replies; scripts that http.acl allows by name run commands that it denies"
        }

        /// Whether each address that is bound on a network is this machine's own, for itself alone.
        package var loopbackListeners: [Bool] {
            (effectiveAddresses + effectiveTLSAddresses).filter { $0.endpoint.unixPath == nil }.map { $0.endpoint.address?.isLoopback == true }
        }
    }

    /// How the HTTP gateway answers, and whom.
    package struct Gateway: Sendable, Equatable {
        /// Whether answers look as Webdis's do.
        package var isWebdis: Bool
        /// The database of commands whose URL names none.
        package var database: Int
        /// What `/` stands for; empty for nothing.
        package var defaultRoot: String
        package var hasWebSockets: Bool
        package var webSocketMessageBytesMax: Int
        package var batchCommandsMax: Int
        package var corsOrigins: [String]
        package var allowsJSONP: Bool
        /// Empty for any.
        package var hosts: [String]
        package var isReadOnlyGet: Bool
        package var etagBytesMax: Int
        /// 0 for no compression.
        package var compressionBytesMin: Int
        package var mapsErrors: Bool
        package var hasCacheTTL: Bool
        package var tokens: [AccessToken]
        package var basePath: String
        package var hasHealth: Bool
        package var channelHistoryCount: Int
        package var channelHistoryMilliseconds: Int
        package var channelHistoryBytes: Int
        package var access: CommandAccess
        package var token: Secret?
        package var readOnlyToken: Secret?
        /// 0 for none.
        package var heartbeatMilliseconds: Int
        /// Per loop and master.
        package var subscriptionLinks: Int
        package var trustedProxies: [CIDRRange]
        /// `both`, `forwarded` or `x-forwarded-for`.
        package var forwardedHeader: String
    }

    /// The port for metrics, health and status.
    package struct Admin: Sendable, Equatable {
        /// As written; nil for off.
        package var address: ListenAddress?
        package var allowlist: Allowlist
        /// Who of those may change anything: fail over, pause, resume.
        package var commandsAllowlist: Allowlist
        /// What lets the others do so; nil for nothing.
        package var token: Secret?
        /// Names in Host by which it may be asked, besides those that are always its own.
        package var hosts: [String]

        package var exposure: Exposure {
            Exposure(of: address.map { [$0] } ?? [], front: "the admin port", credentials: nil, allowlist: allowlist,
                remedy: "no allowlist (admin.allow) is set")
        }

        /// What to bind under the rule of ``Exposure``; the admin port knows no password, so its allowlist opens it.
        package var effectiveAddresses: [ListenAddress] { exposure.effective(address.map { [$0] } ?? []) }
    }

    /// What holds for the clients of both fronts.
    package struct Client: Sendable, Equatable {
        package var largeReplyBytes: Int
        package var outputLimitBytes: Int
        package var outputGraceMilliseconds: Int
        /// How long a client of the Redis front may take to show its password.
        package var loginTimeoutMilliseconds: Int
    }

    /// What clients may hold together, in bytes.
    package struct Memory: Sendable, Equatable {
        /// 0 for what the cgroup's limit makes it.
        package var maxBytes: Int
        package var unfinishedBytes: Int
        package var waitMilliseconds: Int
    }

    package struct Failover: Sendable, Equatable {
        /// How long requests wait for a new master; 0 for not at all.
        package var holdMilliseconds: Int
        /// Whether clients stay connected whose commands were on their way when the master was lost.
        package var keepsConnections: Bool
        /// Whether a client that waited in a command when the master was lost is disconnected, and not told that the outcome is unknown.
        package var closesBlocked: Bool
        /// Whether a scan begins anew whose cursor is another server's, and is not refused.
        package var restartsScans: Bool
        /// How long commands wait at most while a replica is being promoted and before the switch is known; 0 for not at all.
        package var earlyHoldMilliseconds: Int
        /// How long requests wait while the proxy is paused.
        package var pauseHoldMilliseconds: Int
        /// Unanswered requests kept per shared link, in bytes.
        package var linkMemoryBytes: Int
        /// Unanswered requests and names of subscriptions kept per client on a link of its own, in bytes each.
        package var clientMemoryBytes: Int
        /// Scripts kept per loop, in bytes.
        package var scriptMemoryBytes: Int
    }

    /// What the process is to the system.
    package struct Identity: Sendable, Equatable {
        package var isDaemon: Bool
        /// Empty for none.
        package var pidFile: String
        /// Empty for who has started it.
        package var user: String
        /// Empty for the user's own.
        package var group: String
    }

    package struct Log: Sendable, Equatable {
        /// The names are swift-log's.
        package enum Level: String, Sendable {
            case trace, debug, info, notice, warning, error
        }

        package enum Format: String, Sendable {
            case text, json
        }

        package var level: Level
        package var format: Format
        /// Empty for standard error.
        package var file: String
        /// Whether what is written is brought to the disk at once.
        package var syncsEachLine: Bool
        /// Lines that wait to be written.
        package var queueBytes: Int
    }
}
