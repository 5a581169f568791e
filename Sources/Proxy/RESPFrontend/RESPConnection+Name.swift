import Forwarding

/// A client that has given itself a name is shown by the server's CLIENT LIST, as long as there are few such clients: it
/// holds a link that carries the name, whether or not its commands go over it.
extension RESPConnection {
    /// The client has taken a name or a library, or given it up.
    func nameChanged() {
        if let link = own?.link {
            // A link that is still settling carries what its client wanted when it set out.
            guard link.isReady, let preparation = LinkPreparation(from: link.carried, to: session.state) else { return }
            link.prepare(session.state, preparation)
            return link.show(session.library)
        }
        guard !session.state.name.isEmpty, let link = pool.namedLink(carrying: session.state, for: self) else { return }
        showsName = true
        link.show(session.library)
        own = OwnLink(link: link, replies: pool.ownReplies.take(nestingDepthMax: pool.nestingDepthMax))
    }

    /// Notes that the link is not held for the name's sake any more.
    func nameHidden() {
        guard showsName else { return }
        showsName = false
        pool.namedLinkEnded()
    }
}
