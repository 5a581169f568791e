import Forwarding

/// The requests that were under way when a server closed its links.
struct LostRequests {
    /// The generation of the route to it.
    var generation: UInt64 = 0
    var count = 0
}

/// Links for one request at a time.
extension UpstreamPool {
    /// Links for requests that may be what cost a link.
    private static var rerunLinksMax: Int { 32 }

    /// A link for one request of a client that has no connection state; nil while there is no master.
    func exclusiveLink(identity: Int, database: Int, afterWrites: Bool) -> SharedLink? {
        let state = SessionState(identity: identity, database: database, name: settings.sharedLinkName)
        return SharedLink(self, worker, state: state, afterWrites: afterWrites, mayCallScripts: true)
    }

    /// A link for one request whose reply is translated; nil while there is no master.
    func translatingLink(carrying state: SessionState, _ translation: ReplyTranslation) -> SharedLink? {
        var carried = state.shared
        carried.name = settings.sharedLinkName
        return SharedLink(self, worker, state: carried, translation: translation)
    }

    /// A link for one request that may be what cost another link; nil while there is no master, or too many such links.
    func rerunLink(carrying state: SessionState, _ translation: ReplyTranslation? = nil) -> SharedLink? {
        guard rerunLinkCount < Self.rerunLinksMax else { return nil }
        var carried = state.shared
        carried.name = settings.sharedLinkName
        let link = SharedLink(self, worker, state: carried, isForRerun: true, translation: translation)
        if link != nil { rerunLinkCount += 1 }
        return link
    }

    /// `count` requests were under way on a link that its server has closed.
    ///
    /// - Parameter isBlocked: whether one of them had been meant to wait, so that it is nothing out of the common that it was lost.
    func lost(_ count: Int, isBlocked: Bool, generation: UInt64) {
        if lostRequests.generation != generation { lostRequests = LostRequests(generation: generation) }
        lostRequests.count += isBlocked ? count + 1 : count
    }

    /// Whether a read that cost a link may be run on the server of now. Not where it was all that the last one had to do when that
    /// went away: perhaps it is what took that down.
    var mayRerun: Bool { lostRequests.count != 1 || lostRequests.generation == route?.generation }

    func rerunLinkEnded() {
        rerunLinkCount -= 1
        wakeLater()
    }
}
