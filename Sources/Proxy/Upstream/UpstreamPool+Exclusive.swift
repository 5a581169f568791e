import Forwarding

/// The reads that were under way when a server closed its links.
struct LostReads {
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

    /// A link for one request that may be what cost another link; nil while there is no master, or too many such links.
    func rerunLink(carrying state: SessionState) -> SharedLink? {
        guard rerunLinkCount < Self.rerunLinksMax else { return nil }
        var carried = state.shared
        carried.name = settings.sharedLinkName
        let link = SharedLink(self, worker, state: carried, isForRerun: true)
        if link != nil { rerunLinkCount += 1 }
        return link
    }

    /// `count` reads were under way on a link that its server has closed.
    func lostReads(_ count: Int, generation: UInt64) {
        if lostReads.generation != generation { lostReads = LostReads(generation: generation) }
        lostReads.count += count
    }

    /// Whether a read that cost a link may be run on the server of now. Not where it was all that the last one had to do when that
    /// went away: perhaps it is what took that down.
    var mayRerun: Bool { lostReads.count != 1 || lostReads.generation == route?.generation }

    func rerunLinkEnded() {
        rerunLinkCount -= 1
        wakeLater()
    }
}
