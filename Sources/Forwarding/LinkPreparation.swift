import Bytes
import RESP

/// What must be said on a settled link so that it carries another client's state.
public struct LinkPreparation: Equatable {
    /// The requests, ready to be sent; empty where nothing has to change.
    public private(set) var requests: [UInt8] = []
    /// Number of replies to them, which are nobody's.
    public private(set) var replyCount = 0
    /// How many of the first replies must be the server's agreement before anything may be sent behind.
    public private(set) var bindingCount = 0

    /// From `carried` to `wanted`; nil where their identities differ: a link changes its user only when its client asks.
    public init?(from carried: SessionState, to wanted: SessionState) {
        guard carried.identity == wanted.identity else { return nil }
        if carried.protocolVersion != wanted.protocolVersion {
            add("HELLO", String(wanted.protocolVersion))
            bindingCount += 1
        }
        if carried.database != wanted.database {
            add("SELECT", String(wanted.database))
            bindingCount += 1
        }
        if carried.name != wanted.name {
            CommandWriter.append([Array("CLIENT".utf8), Array("SETNAME".utf8), wanted.name], to: &requests)
            replyCount += 1
        }
    }

    /// Adds a command whose only effect is that the server notes, as of now, up to where its replicas must have come
    /// before WAIT on this link is content. Source: https://redis.io/docs/latest/commands/wait/
    public mutating func noteReplicationOffset() { add("PING") }

    private mutating func add(_ words: String...) {
        CommandWriter.append(words.map { Array($0.utf8) }, to: &requests)
        replyCount += 1
    }
}
