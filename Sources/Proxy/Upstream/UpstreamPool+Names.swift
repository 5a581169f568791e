import Forwarding

/// Links that clients hold for their names' sake.
extension UpstreamPool {
    /// A link of its own for a client that has given itself a name, so that the server's list of clients shows it. Only
    /// one that lies ready, and only so many.
    func namedLink(carrying state: SessionState, for owner: any UpstreamLinkOwner) -> UpstreamLink? {
        guard namedLinkCount < settings.namedLinksMax, idle.holds(state) else { return nil }
        namedLinkCount += 1
        return link(carrying: state, for: owner)
    }

    /// The client that had a link by ``namedLink(carrying:for:)`` needs it no more.
    func namedLinkEnded() { namedLinkCount -= 1 }
}
