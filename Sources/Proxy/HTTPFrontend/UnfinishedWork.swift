import Bytes

/// What of an HTTP client is under way for longer than one call: part of a request, part of a reply, a wait for a master, an
/// answer that goes on. A connection at rest has none of it, and one word in its place.
final class UnfinishedWork {
    /// Planned and not yet begun.
    var backlog = WaitingQueue<HTTPConnection.Step>()
    /// What has come and is not dealt with yet.
    var input = ByteBuffer()
    /// The reply under way, as far as it has come.
    var reply = ByteBuffer()
    /// An answer so large that it is rendered elsewhere and sent in slices.
    var long: LongAnswer?
    /// How many of them there have been.
    var longCount = 0
    /// Replies behind one that has just been sent.
    var behindLong: [HeldReply] = []
    /// A request that is being planned elsewhere.
    var planning: PlannedElsewhere?
    /// Why the bytes of the reply under way are passed over; nil where they are not.
    var skipped: Skipped?

    /// What tells a request that is planned elsewhere from those before it.
    struct PlannedElsewhere {
        let number: Int
        let bytes: Int
    }

    /// Bytes of a request that is being planned.
    var plannedBytes: Int { planning?.bytes ?? 0 }

    enum Skipped {
        /// It is larger than any reply may be.
        case tooLarge
        /// All clients together hold as much as they may.
        case noMemory
    }

    /// Since when the client is not read from, since what it sends is large and there is no memory for it.
    var memorySince: Int?
    /// Whether the client goes on in the loop's next turn.
    var isPostponed = false
    /// Since when the client waits for a master.
    var heldSince: Int?
    /// When a head began to come that is not whole.
    var headStartedAt: Int?
    /// When the command on the exclusive link was sent.
    var sentAt = 0
    /// Large requests in a row that no server has taken to their end.
    var cutShortCount = 0
    /// What the client listens to; nothing else is done for it meanwhile.
    var stream: HTTPStream?
    /// Set once the connection is a WebSocket.
    var webSocket: WebSocketSession?

    /// Whether nothing of it is left.
    var isNothing: Bool {
        backlog.isEmpty && input.isEmpty && reply.isEmpty && skipped == nil && long == nil && planning == nil && heldSince == nil && memorySince == nil && !isPostponed && headStartedAt == nil && stream == nil && webSocket == nil
    }
}
