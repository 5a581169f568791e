import Forwarding

/// Links that come back, to be lent to somebody else.
extension UpstreamPool {
    /// The link is gone.
    func forget(_ link: UpstreamLink) {
        if links.removeValue(forKey: ObjectIdentifier(link)) != nil { census.addLinks(-1) }
    }

    /// Takes back a link on which nothing is in flight and nothing was left behind, save for what it ``UpstreamLink/carried``.
    func giveBack(_ link: UpstreamLink) {
        guard link.isReady, !link.isSpent, link.generation == route?.generation else { return link.release() }
        // It may have stood still for the client that had it.
        link.resumeReading()
        guard settings.checksLinks, !census.isMonitored else { return putAside(link) }
        _ = LinkCheck(
            self, link, expecting: CleanLink(user: link.shownUser, state: link.carried),
            done: { [unowned self] in putAside($0) },
            failed: { [unowned self] link, differences in
                worker.foundUncleanLink(differences, link.trail?.names ?? [])
                link.release()
            })
    }

    private func putAside(_ link: UpstreamLink) {
        guard link.isReady, link.generation == route?.generation else { return link.release() }
        // Of a user who may not name connections a name would stay, for the next client to see.
        guard link.carried.name.isEmpty || link.carried.identity == 0 else { return link.release() }
        // The server's list is not to show a client that has left.
        link.show(nil)
        if !link.carried.name.isEmpty, let preparation = LinkPreparation(from: link.carried, to: link.carried.shared) {
            link.lend(to: idle, link.carried.shared, preparation)
        } else {
            link.lend(to: idle)
        }
        link.idleSince = loop.nowMilliseconds
        idle.add(link)
    }
}
