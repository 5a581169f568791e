/// How many commands of each kind the clients of one loop have sent, and how many of them Redis has answered with an error.
/// Counted on that loop alone, with no more than an addition; read when somebody asks.
public final class CommandTally {
    /// Commands by kind, and behind them errors by kind.
    private let counts: UnsafeMutablePointer<Int>
    private static let kindCount = 64

    public init() {
        counts = .allocate(capacity: 2 * Self.kindCount)
        counts.initialize(repeating: 0, count: 2 * Self.kindCount)
    }

    deinit { counts.deallocate() }

    /// A run of `count` requests has gone over a shared link, `reads` of which only read.
    @inline(__always) public func sentRun(_ count: Int, reads: Int) {
        counts[Int(CommandKind.read.rawValue)] &+= reads
        counts[Int(CommandKind.plain.rawValue)] &+= count &- reads
    }

    @inline(__always) public func count(_ kind: CommandKind) { counts[Int(kind.rawValue) & (Self.kindCount - 1)] &+= 1 }

    /// A command of `kind` has been answered with an error; ``CommandKind/unknown`` where that is not known.
    public func countError(_ kind: CommandKind) { counts[Self.kindCount + Int(kind.rawValue) & (2 * Self.kindCount - 1)] &+= 1 }

    /// The commands by class, in the order of ``CommandClass/allCases``.
    public var byClass: [Int] { sums(from: 0) }
    /// The errors by class, in the same order.
    public var errorsByClass: [Int] { sums(from: Self.kindCount) }

    private func sums(from start: Int) -> [Int] {
        var sums = [Int](repeating: 0, count: CommandClass.allCases.count)
        for kind in CommandKind.allCases { sums[kind.commandClass.rawValue] += counts[start + Int(kind.rawValue)] }
        return sums
    }
}

/// What commands are told apart by in figures.
public enum CommandClass: Int, CaseIterable, Sendable {
    case blocking, connection, other, pubsub, read, script, transaction, write
}

extension CommandKind {
    public var commandClass: CommandClass {
        switch self {
        case .read, .scan, .information, .readBlocksWhenTold: .read
        case .plain, .blocksWhenTold: .write
        case .blocking, .waitsForReplicas: .blocking
        case .multi, .exec, .discard, .watch, .unwatch: .transaction
        case .subscribe, .unsubscribe, .psubscribe, .punsubscribe, .ssubscribe, .sunsubscribe, .sentinelHello: .pubsub
        case .eval, .scriptLoad, .scriptFlush: .script
        case .select, .hello, .auth, .quit, .reset, .clientSetName, .clientGetName, .clientSetInfo, .clientID, .clientReply, .clientTracking,
            .clientNoEvict, .clientNoTouch, .clientPause, .clientUnpause:
            .connection
        case .alone, .reconfigures, .spending, .endless, .monitor, .stays, .scriptDebug, .unknown, .disguised, .crossProtocol: .other
        }
    }
}
