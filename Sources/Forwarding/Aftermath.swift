/// What the loss of a link, or of a master, has left for a client to go through. Few clients have one at a time, so it is
/// kept apart from the session.
@usableFromInline final class Aftermath {
    var transaction = LostTransaction.none
    /// What must stand on a new link before the client goes on.
    @usableFromInline var restoration: LinkRestoration?
    /// Whether the client is sending the rest of a request that cannot run any more.
    var isPassingOver = false
    /// What it is answered with once it has come whole.
    var replyBehind: [UInt8] = []

    /// Whether nothing is left of it.
    var isOver: Bool { transaction == .none && restoration == nil && !isPassingOver }
}
