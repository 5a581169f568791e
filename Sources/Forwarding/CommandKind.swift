import Bytes
import RESP

/// What a command means for the connection that it runs on: whether many clients may share that, and what it leaves behind.
package enum CommandKind: UInt8, Sendable {
    /// Answered at once, leaves nothing behind, and changes nothing: it is answered even while CLIENT PAUSE holds up writes.
    case read
    /// Answered at once, and leaves nothing behind.
    case plain
    /// XREAD and XREADGROUP: plain, unless they say BLOCK.
    case blocksWhenTold
    /// May keep its connection waiting, and leaves nothing behind.
    case blocking
    /// WAIT and WAITAOF: blocking, and about the writes of their own connection.
    case waitsForReplicas
    /// About its own connection, or best kept apart: leaves nothing behind. Scripts are among these: while one runs for
    /// too long, Redis answers BUSY on every connection but its own.
    case alone
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
    /// Leaves behind what only the connection's end takes away, or what nobody here knows: unknown commands too.
    case stays

    /// Whether it may run on a connection that many share when its own client has none of its own. EXEC, DISCARD and
    /// UNWATCH mean something only where MULTI or WATCH went before; elsewhere they are refused, or do nothing.
    ///
    /// - Parameter serverIsPaused: whether writes are held up, so that others must not come to wait behind one.
    package func isShareable(serverIsPaused: Bool) -> Bool {
        switch self {
        case .read: true
        case .plain, .exec, .discard, .unwatch: !serverIsPaused
        default: false
        }
    }

    /// Whether it may wait for something to happen, when `request` is its whole text.
    package func blocks(_ request: Span<UInt8>) -> Bool {
        switch self {
        case .blocking, .waitsForReplicas: true
        case .blocksWhenTold: Self.hasArgument(request, "BLOCK")
        default: false
        }
    }

    private static func hasArgument(_ request: Span<UInt8>, _ word: StaticString) -> Bool {
        var reader = ReplyReader()
        guard case .array(let count)? = reader.next(in: request) else { return false }
        for _ in 0..<count {
            guard case .bulkString(let range)? = reader.next(in: request) else { return false }
            if ASCII.equalsIgnoringCase(request.extracting(range), word) { return true }
        }
        return false
    }
}

/// The kind of each command of a ``CommandTable``; a look-up allocates nothing.
package struct CommandKinds: Sendable {
    package static let standard = CommandKinds(.standard)

    private let table: CommandTable
    private var kinds: [CommandKind]

    package init(_ table: CommandTable) {
        self.table = table
        var kinds = [CommandKind](repeating: .stays, count: table.placeCount)
        table.forEachRow { name, place in kinds[place] = Self.kind(name, table[place]) }
        self.kinds = kinds
    }

    /// The kind of the command `name` with `second` as its second argument.
    package func kind(of name: Span<UInt8>, second: Span<UInt8>) -> CommandKind {
        guard let place = table.place(of: name, second: second) else { return .stays }
        return kinds[place]
    }

    private static func kind(_ name: String, _ traits: CommandTraits) -> CommandKind {
        if let kind = special[name] { return kind }
        if traits.flags.contains(.blocking) { return .blocking }
        return traits.isReadOnly && !traits.flags.contains(.mayReplicate) ? .read : .plain
    }

    private static let special: [String: CommandKind] = [
        "xread": .blocksWhenTold, "xreadgroup": .blocksWhenTold,
        // Redis 7.0 does not call these two blocking, and they are.
        "wait": .waitsForReplicas, "waitaof": .waitsForReplicas,
        "multi": .multi, "exec": .exec, "discard": .discard, "watch": .watch, "unwatch": .unwatch,
        "subscribe": .subscribe, "unsubscribe": .unsubscribe, "psubscribe": .psubscribe, "punsubscribe": .punsubscribe,
        "ssubscribe": .ssubscribe, "sunsubscribe": .sunsubscribe,
        "select": .select, "hello": .hello, "auth": .auth, "quit": .quit, "reset": .reset,
        "client|setname": .clientSetName, "client|getname": .clientGetName, "client|setinfo": .clientSetInfo,
        "client|id": .clientID, "client|reply": .clientReply, "client|tracking": .clientTracking,
        "client|no-evict": .clientNoEvict, "client|no-touch": .clientNoTouch,
        "client|info": .alone, "client|list": .alone, "client|getredir": .alone, "client|trackinginfo": .alone,
        "client|caching": .alone, "client|pause": .clientPause, "client|unpause": .clientUnpause, "shutdown": .alone,
        "eval": .alone, "eval_ro": .alone, "evalsha": .alone, "evalsha_ro": .alone, "fcall": .alone, "fcall_ro": .alone,
        // Whoever is killed may be the client itself.
        "client|kill": .stays, "client": .stays,
        // It may write its cached count back, which Redis 7.0 does not say of it.
        "pfcount": .plain,
        "monitor": .monitor, "sync": .endless, "psync": .endless,
        "replconf": .stays, "asking": .stays, "readonly": .stays, "readwrite": .stays, "script|debug": .stays,
    ]
}
