import Bytes

/// What stood between a client and a master that is gone: keys it watched, a transaction it had begun. It is played to its
/// end without a server, so that nothing of it runs.
///
///     none ──a watch is lost──▶ watchLost ──MULTI──▶ open(watchLost) ──EXEC──▶ none, answered with null
///       │                          └──UNWATCH, RESET──▶ none
///       └──a transaction is lost──▶ open(aborted) ──EXEC──▶ none, answered with -EXECABORT
///
/// Source: https://redis.io/docs/latest/develop/interact/transactions/
enum LostTransaction: Equatable {
    enum Verdict: Equatable {
        /// EXEC is answered with null, as when somebody has changed a watched key.
        case watchLost
        /// EXEC is answered with `-EXECABORT`: nothing of the transaction ran.
        case aborted
    }

    case none
    case watchLost
    case open(Verdict)

    /// What a request comes to; nil where it runs as if nothing were.
    mutating func answer(_ kind: CommandKind, argumentCount: Int, protocolVersion: Int) -> [UInt8]? {
        switch self {
        case .none: return nil
        case .watchLost:
            switch kind {
            // Redis watches more keys here, and the lost ones decide all the same.
            case .watch where argumentCount > 1: return LocalReply.ok
            case .unwatch where argumentCount == 1:
                self = .none
                return LocalReply.ok
            case .multi where argumentCount == 1:
                self = .open(.watchLost)
                return LocalReply.ok
            default: return nil
            }
        case .open(let verdict):
            switch kind {
            case .exec:
                self = .none
                return verdict == .aborted ? Self.aborted : Self.nullArray(protocolVersion)
            case .discard:
                self = .none
                return LocalReply.ok
            case .multi: return Array("-ERR MULTI calls can not be nested\r\n".utf8)
            case .watch: return Array("-ERR WATCH inside MULTI is not allowed\r\n".utf8)
            case .quit, .reset: return nil
            default: return Self.queued
            }
        }
    }

    static let queued = Array("+QUEUED\r\n".utf8)
    private static let aborted = Array("-EXECABORT the master was lost before EXEC; nothing of the transaction was executed\r\n".utf8)
    private static func nullArray(_ protocolVersion: Int) -> [UInt8] { Array((protocolVersion == 3 ? "_\r\n" : "*-1\r\n").utf8) }
}
