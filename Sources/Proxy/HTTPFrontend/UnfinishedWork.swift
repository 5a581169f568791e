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
    /// The reply under way is larger than may be held: its bytes are passed over.
    var isSkippingReply = false
    /// Since when the client waits for a master.
    var heldSince: Int?
    /// When a head began to come that is not whole.
    var headStartedAt: Int?
    /// When the command on the exclusive link was sent.
    var sentAt = 0
    /// What the client listens to; nothing else is done for it meanwhile.
    var stream: HTTPStream?
    /// Set once the connection is a WebSocket.
    var webSocket: WebSocketSession?

    /// Whether nothing of it is left.
    var isNothing: Bool {
        backlog.isEmpty && input.isEmpty && reply.isEmpty && !isSkippingReply && heldSince == nil && headStartedAt == nil && stream == nil && webSocket == nil
    }
}
