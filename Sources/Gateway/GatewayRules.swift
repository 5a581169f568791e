import Access
import Bytes
import HTTP1
import Rendering
import Synchronization

/// What holds for every request of the gateway. Immutable; all connections of all loops share it.
public final class GatewayRules: Sendable {
    /// The MD5 of a body, for its ETag: OpenSSL's, which this module does not import.
    public typealias Digest = @Sendable (UnsafeRawBufferPointer) -> (UInt64, UInt64)

    /// The SHA-1 of bytes, for the handshake of WebSockets.
    public typealias SHA1 = @Sendable (Span<UInt8>) -> [UInt8]
    /// The gzip coding of a body, which this module does not know how to make; nil where it is no shorter.
    public typealias Compress = @Sendable (UnsafeRawBufferPointer) -> [UInt8]?

    /// Whether answers look as Webdis's do, to the byte: its header fields, empty bodies of errors, 403 for 401.
    public let isWebdis: Bool
    public let limits: HTTPLimits
    /// What every request must show by HTTP Basic; nil for nothing.
    public let credentials: Credentials?
    /// The tokens of clients that speak Upstash's dialect, and of those that may only read.
    let token: Secret?
    let readOnlyToken: Secret?
    /// More of them, each a login of ``access``.
    let tokens: [AccessToken]
    /// The database of commands whose URL names none.
    public let database: Int
    /// The path that `/` stands for; empty for none.
    public let defaultRoot: [UInt8]
    public let hasWebSockets: Bool
    public let origins: OriginRules
    /// Names that `Host` may carry; empty for any.
    public let hosts: [[UInt8]]
    /// Whether `Host` may carry only names that lead nowhere but to this machine, where ``hosts`` is empty.
    let localNames: LocalNames

    /// Who is asked for a name that no stranger can have (``HostName``): against web pages whose name leads to this machine's own
    /// address (DNS rebinding), where that address is listened at.
    public enum LocalNames: Sendable {
        case unchecked
        /// Clients on this machine, as others may come by another name.
        case checkedOnLoopback
        case checked
    }

    /// Whether scripts of other pages get answers as the argument of a function of theirs.
    let allowsJSONP: Bool
    /// Whether GET and HEAD run only commands that change nothing.
    public let isReadOnlyGet: Bool
    /// The longest body that gets an ETag; 0 for none.
    public let etagBytesMax: Int
    public let access: CommandAccess
    /// Whether it matters who has connected.
    public let asksForPeer: Bool
    /// Whether the same holds for every client and every method.
    let isOpen: Bool
    /// Whose `Forwarded` and `X-Forwarded-For` are believed.
    public let trustedProxies: [CIDRRange]
    public let forwardedHeader: ForwardedHeader
    /// The path below which everything is served, without a slash at its end; empty for `/`.
    let basePath: [UInt8]
    /// Whether `/livez` and `/readyz` are answered.
    let hasHealth: Bool
    /// Whether errors of Redis have a status of 4xx or 5xx.
    let mapsErrors: Bool
    /// Whether answers say by the key's time to live how long caches may keep them.
    let hasCacheTTL: Bool
    /// Numbers for `Upstash-Sync-Token`.
    private let syncTokens = Atomic<UInt64>(0)
    /// The shortest body that is compressed; 0 for none.
    public let compressionBytesMin: Int
    let fields: ResponseFields
    /// The heads of usual answers, up to the length of the body (``ResponseHeadTemplate/place(_:)``).
    let heads: [ResponseHeadTemplate]
    let digest: Digest
    let sha1: SHA1
    let compress: Compress
    /// The most commands of one batch, or of one message of a WebSocket client.
    public let batchCommandsMax: Int
    /// The longest answer to a batch, about.
    public let replyBytesMax: Int
    /// The longest message of a WebSocket client.
    public let webSocketMessageBytesMax: Int

    public init(
        isWebdis: Bool = false, limits: HTTPLimits = HTTPLimits(), credentials: Credentials? = nil, token: Secret? = nil, readOnlyToken: Secret? = nil, tokens: [AccessToken] = [], database: Int = 0, defaultRoot: [UInt8] = [],
        hasWebSockets: Bool = false, origins: OriginRules = OriginRules([]), hosts: [[UInt8]] = [], localNames: LocalNames = .unchecked, allowsJSONP: Bool = true, isReadOnlyGet: Bool = false,
        etagBytesMax: Int = 0, access: CommandAccess = CommandAccess(), trustedProxies: [CIDRRange] = [], forwardedHeader: ForwardedHeader = .both,
        compressionBytesMin: Int = 0, basePath: [UInt8] = [], hasHealth: Bool = false, mapsErrors: Bool = false, hasCacheTTL: Bool = false, batchCommandsMax: Int = 10_000, replyBytesMax: Int = 512 << 20, webSocketMessageBytesMax: Int = 1 << 24,
        digest: @escaping Digest = { _ in (0, 0) }, sha1: @escaping SHA1 = { _ in [] }, compress: @escaping Compress = { _ in nil }
    ) {
        self.isWebdis = isWebdis
        var limits = limits
        if isWebdis { limits.leniency = .webdis }
        self.limits = limits
        self.credentials = credentials
        self.token = token
        self.readOnlyToken = readOnlyToken
        self.tokens = tokens
        self.database = database
        self.defaultRoot = defaultRoot
        self.hasWebSockets = hasWebSockets
        self.origins = origins
        self.hosts = hosts
        self.localNames = isWebdis ? .unchecked : localNames
        self.allowsJSONP = isWebdis || allowsJSONP
        self.isReadOnlyGet = isReadOnlyGet
        self.etagBytesMax = etagBytesMax
        self.access = access
        asksForPeer = !access.isOpen || !trustedProxies.isEmpty || self.localNames == .checkedOnLoopback
        isOpen = access.isOpen && !isReadOnlyGet
        self.trustedProxies = trustedProxies
        self.forwardedHeader = forwardedHeader
        self.compressionBytesMin = compressionBytesMin
        self.basePath = basePath
        self.hasHealth = hasHealth
        self.mapsErrors = mapsErrors && !isWebdis
        self.hasCacheTTL = hasCacheTTL && !isWebdis
        self.digest = digest
        self.sha1 = sha1
        self.batchCommandsMax = batchCommandsMax
        self.replyBytesMax = replyBytesMax
        self.webSocketMessageBytesMax = webSocketMessageBytesMax
        self.compress = compress
        fields = ResponseFields(isWebdis: isWebdis, origins: origins, mayCompress: compressionBytesMin > 0)
        heads = ResponseHeadTemplate.all(fields, hasTag: etagBytesMax > 0)
    }

    /// Whether two clients may get different answers to one request.
    var answersDepend: Bool { credentials != nil || asksForToken || !access.isOpen }

    /// Appends what a client of Upstash's dialect shows with its next request, so that it reads what it has written. Here each does, as all
    /// goes to the master; but it takes a token of each answer, and expects another one in the next.
    func appendSyncToken(to output: inout [UInt8]) {
        output.append("Upstash-Sync-Token: " as StaticString)
        Decimal.append(Int(truncatingIfNeeded: syncTokens.wrappingAdd(1, ordering: .relaxed).newValue & 0xFFFF_FFFF_FFFF), to: &output)
        output.append("\r\n" as StaticString)
    }

    /// Whether a token opens the gateway.
    var asksForToken: Bool { token != nil || readOnlyToken != nil || !tokens.isEmpty }
}
