import Bytes
import RESP

/// What a command means for the connection that it runs on: whether many clients may share that, and what it leaves behind.
public enum CommandKind: UInt8, Sendable, CaseIterable {
    /// Answered at once, leaves nothing behind, and changes nothing: it is answered even while CLIENT PAUSE holds up writes.
    case read
    /// Answered at once, and leaves nothing behind.
    case plain
    /// SCAN and its like: reads whose cursors are one server's (``ScanCursor``).
    case scan
    /// INFO: a read, in whose reply the clients of the proxy are counted (``InformationReply``).
    case information
    /// XREAD: a read, unless it says BLOCK.
    case readBlocksWhenTold
    /// XREADGROUP: plain, unless it says BLOCK.
    case blocksWhenTold
    /// May keep its connection waiting, and leaves nothing behind.
    case blocking
    /// WAIT and WAITAOF: blocking, and about the writes of their own connection.
    case waitsForReplicas
    /// Best kept apart, and leaves nothing behind. Scripts are among these: while one runs for too long, Redis answers BUSY on
    /// every connection but its own.
    case alone
    /// Answered once, and about its own connection, or not known to leave it as it was: nobody else uses the link afterwards.
    case spending
    /// CONFIG SET and ACL SETUSER and the like: kept apart as well, since what was believed of the server may hold no more.
    case reconfigures
    /// EVAL and EVAL_RO, SCRIPT LOAD, SCRIPT FLUSH: the same, and about what scripts the server has.
    case eval, scriptLoad, scriptFlush
    case multi, exec, discard, watch, unwatch
    case subscribe, unsubscribe
    case psubscribe, punsubscribe
    case ssubscribe, sunsubscribe
    case select, hello, auth, quit, reset
    case clientSetName, clientGetName, clientSetInfo, clientID, clientReply
    case clientTracking, clientNoEvict, clientNoTouch
    /// CLIENT PAUSE and CLIENT UNPAUSE.
    case clientPause, clientUnpause
    /// From here on the server sends what nobody asked for, until the connection ends: replication at once, MONITOR once it
    /// has said yes.
    case endless, monitor
    /// Leaves behind what only the connection's end takes away; SCRIPT DEBUG likewise.
    case stays, scriptDebug
    /// A command that nobody here knows, such as a module's, or a subcommand that its container does not have in the table: it
    /// may leave anything behind.
    case unknown
    /// A name, or the name of a container's subcommand, that Redis may read otherwise than it looks (``CommandWord``): it may be
    /// any command in disguise, with no reply or with several.
    case disguised
    /// PUBLISH or SPUBLISH to the channel on which sentinels tell each other who is the master. Never sent: whoever could
    /// publish there could move the master.
    case sentinelHello
    /// `POST` or `Host:`, the words of an HTTP request: a web page has been made to speak to this port. The client is closed, as
    /// Redis does.
    case crossProtocol

    /// Whether a link is as good as new after this command, whatever was answered to it. This is the positive list on which the
    /// sharing of links rests: only commands are on it that cannot touch the state of the connection they run on, and those
    /// (MULTI, WATCH) whose state the replies tell for certain.
    ///
    /// An error says nothing here: Redis applies the AUTH of a HELLO before it refuses the rest.
    public var leavesLinkClean: Bool {
        switch self {
        case .read, .plain, .scan, .information, .readBlocksWhenTold, .blocksWhenTold, .blocking, .waitsForReplicas, .alone, .reconfigures, .eval, .scriptLoad, .scriptFlush, .multi, .exec, .discard, .watch, .unwatch,
            .sentinelHello:
            true
        case .spending, .subscribe, .unsubscribe, .psubscribe, .punsubscribe, .ssubscribe, .sunsubscribe, .select, .hello, .auth, .quit, .reset,
            .clientSetName, .clientGetName, .clientSetInfo, .clientID, .clientReply, .clientTracking, .clientNoEvict, .clientNoTouch, .clientPause,
            .clientUnpause, .endless, .monitor, .stays, .scriptDebug, .unknown, .disguised, .crossProtocol:
            false
        }
    }

    /// What is changed in its reply.
    public var translation: ReplyTranslation? {
        switch self {
        case .scan: .cursor
        case .information: .information
        default: nil
        }
    }

    /// Whether an error reply to it is the server's own word. A script can answer with any error, `-READONLY` and `-LOADING`
    /// too, after it has written.
    public var isAnsweredByServer: Bool {
        switch self {
        case .eval, .alone, .unknown, .disguised: false
        default: true
        }
    }

    /// Whether it may run on a connection that many share when its own client has none of its own. EXEC, DISCARD and
    /// UNWATCH mean something only where MULTI or WATCH went before; elsewhere they are refused, or do nothing.
    ///
    /// - Parameter serverIsPaused: whether writes are held up, so that others must not come to wait behind one.
    public func isShareable(serverIsPaused: Bool) -> Bool {
        switch self {
        case .read: true
        case .plain, .exec, .discard, .unwatch: !serverIsPaused
        default: false
        }
    }

    /// Whether nothing in it has a say in where it goes: always over a link of its client's own, as it was written.
    var needsOwnLinkAsItIs: Bool {
        switch self {
        case .multi, .watch, .blocking, .waitsForReplicas, .alone, .reconfigures, .spending, .eval, .subscribe, .psubscribe, .ssubscribe: true
        default: false
        }
    }

    /// Whether it may wait for something to happen, when `request` is its whole text.
    public func blocks(_ request: Span<UInt8>) -> Bool {
        switch self {
        case .blocking, .waitsForReplicas: true
        case .readBlocksWhenTold, .blocksWhenTold: Self.hasArgument(request, "BLOCK")
        default: false
        }
    }

    private static func hasArgument(_ request: Span<UInt8>, _ word: StaticString) -> Bool {
        var reader = ReplyReader()
        guard case .array(let count)? = reader.next(in: request) else { return false }
        for _ in 0..<count {
            guard case .bulkString(let range)? = reader.next(in: request) else { return false }
            if CommandWord.equals(request.extracting(range), word) { return true }
        }
        return false
    }
}

/// The kind of each command of a ``CommandTable``; a look-up allocates nothing.
public final class CommandKinds: Sendable {
    public static let standard = CommandKinds(.standard)

    private let table: CommandTable
    private let kinds: [CommandKind]
    private let repeatable: [Bool]

    public init(_ table: CommandTable) {
        self.table = table
        var kinds = [CommandKind](repeating: .unknown, count: table.placeCount)
        var repeatable = [Bool](repeating: false, count: table.placeCount)
        table.forEachRow { name, place in
            // Of a container itself: only a subcommand that the table does not hold is looked up there.
            kinds[place] = table.isContainer(place) && Self.special[name] == nil ? .unknown : Self.kind(name, table[place])
            repeatable[place] = table[place].isReadOnly || Self.harmless.contains(name)
        }
        self.kinds = kinds
        self.repeatable = repeatable
    }

    /// The kind of the command `name` with `second` as its second argument.
    @inline(__always) public func kind(of name: Span<UInt8>, second: Span<UInt8>) -> CommandKind {
        guard let place = table.place(of: name, second: second) else { return Self.kindOfUnlisted(name) }
        let kind = kinds[place]
        guard kind == .unknown || kind == .sentinelHello else { return kind }
        // Of a container, what it does not hold; of PUBLISH, every other channel.
        if kind == .unknown { return CommandWord.isPlain(second) ? .unknown : .disguised }
        return second.spells(SentinelChannel.hello) ? .sentinelHello : .plain
    }

    private static func kindOfUnlisted(_ name: Span<UInt8>) -> CommandKind {
        if ASCII.equalsIgnoringCase(name, "POST") || ASCII.equalsIgnoringCase(name, "Host:") { return .crossProtocol }
        return CommandWord.isPlain(name) ? .unknown : .disguised
    }

    /// Whether running `request`, a whole array of bulk strings, a second time changes nothing: it reads, or it settles on
    /// its connection what it settled before.
    public func isRepeatable(_ request: Span<UInt8>) -> Bool {
        var reader = ReplyReader()
        guard case .array(let count)? = reader.next(in: request), count > 0, case .bulkString(let name)? = reader.next(in: request) else { return false }
        var second = 0..<0
        if count > 1, case .bulkString(let range)? = reader.next(in: request) { second = range }
        guard let place = table.place(of: request.extracting(name), second: request.extracting(second)) else { return false }
        return repeatable[place]
    }

    /// What Redis does not call read-only, and what changes nothing all the same when it is said again.
    private static let harmless: Set<String> = [
        "ping", "echo", "time", "info", "lastsave", "role", "config|get", "config|help", "command", "command|count", "command|docs",
        "command|getkeys", "command|getkeysandflags", "command|help", "command|info", "command|list", "acl|cat", "acl|genpass", "acl|getuser",
        "acl|help", "acl|list", "acl|log", "acl|users", "acl|whoami", "client|getname", "client|getredir", "client|help", "client|id",
        "client|info", "client|list", "client|no-evict", "client|no-touch", "client|setinfo", "client|setname", "client|tracking",
        "client|trackinginfo", "latency|doctor", "latency|graph", "latency|help", "latency|histogram", "latency|history", "latency|latest",
        "memory|doctor", "memory|help", "memory|malloc-stats", "memory|stats", "module|help", "module|list", "object|help",
        "pubsub|channels", "pubsub|help", "pubsub|numpat", "pubsub|numsub", "pubsub|shardchannels", "pubsub|shardnumsub", "script|exists",
        "script|help", "script|load", "function|dump", "function|help", "function|list", "function|stats", "slowlog|get", "slowlog|help",
        "slowlog|len", "auth", "hello", "select", "multi", "exec", "discard", "watch", "unwatch", "subscribe", "unsubscribe", "psubscribe",
        "punsubscribe", "ssubscribe", "sunsubscribe", "monitor", "reset", "quit",
    ]

    private static func kind(_ name: String, _ traits: CommandTraits) -> CommandKind {
        if let kind = special[name] { return kind }
        if traits.flags.contains(.blocking) { return .blocking }
        if traits.isReadOnly { return traits.flags.contains(.mayReplicate) ? .plain : .read }
        if traits.flags.contains(.write) || plainByName.contains(name) || plainContainers.contains(String(name.prefix { $0 != "|" })) { return .plain }
        return .spending
    }

    /// Neither reads nor writes of keys, and known to leave the connection alone.
    private static let plainByName: Set<String> = [
        "bgrewriteaof", "bgsave", "echo", "info", "lastsave", "pfselftest", "ping", "role", "save", "time", "script|exists", "script|help",
        "script|kill",
    ]

    /// Containers all of whose listed subcommands are about the server and not about the connection, save for those in ``special``.
    private static let plainContainers: Set<String> = [
        "acl", "cluster", "command", "config", "function", "latency", "memory", "object", "pubsub", "slowlog", "xgroup", "xinfo",
    ]

    private static let special: [String: CommandKind] = [
        "scan": .scan, "hscan": .scan, "sscan": .scan, "zscan": .scan, "info": .information,
        "xread": .readBlocksWhenTold, "xreadgroup": .blocksWhenTold,
        // Redis 7.0 does not call these two blocking, and they are.
        "wait": .waitsForReplicas, "waitaof": .waitsForReplicas,
        "multi": .multi, "exec": .exec, "discard": .discard, "watch": .watch, "unwatch": .unwatch,
        "subscribe": .subscribe, "unsubscribe": .unsubscribe, "psubscribe": .psubscribe, "punsubscribe": .punsubscribe,
        "ssubscribe": .ssubscribe, "sunsubscribe": .sunsubscribe,
        "select": .select, "hello": .hello, "auth": .auth, "quit": .quit, "reset": .reset,
        "client|setname": .clientSetName, "client|getname": .clientGetName, "client|setinfo": .clientSetInfo,
        "client|id": .clientID, "client|reply": .clientReply, "client|tracking": .clientTracking,
        "client|no-evict": .clientNoEvict, "client|no-touch": .clientNoTouch,
        "client|pause": .clientPause, "client|unpause": .clientUnpause,
        "eval": .eval, "eval_ro": .eval, "script|load": .scriptLoad, "script|flush": .scriptFlush, "evalsha": .alone, "evalsha_ro": .alone, "fcall": .alone, "fcall_ro": .alone,
        // Of any other channel it is plain.
        "publish": .sentinelHello, "spublish": .sentinelHello,
        "config|set": .reconfigures, "acl|setuser": .reconfigures, "acl|deluser": .reconfigures, "acl|load": .reconfigures,
        // Whoever is killed may be the client itself.
        "client|kill": .spending,
        // Without a subcommand it is a command of its own.
        "command": .spending,
        // It may write its cached count back, which Redis 7.0 does not say of it.
        "pfcount": .plain,
        "monitor": .monitor, "sync": .endless, "psync": .endless,
        "replconf": .stays, "asking": .unknown, "readonly": .unknown, "readwrite": .unknown, "script|debug": .scriptDebug,
    ]
}
