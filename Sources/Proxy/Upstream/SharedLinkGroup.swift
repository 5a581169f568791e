import Forwarding

/// The shared links of one loop that carry the same state: user, database, protocol version.
struct SharedLinkGroup {
    let state: SessionState
    /// By the client's slot, so that all commands of one client go over one link.
    var links: [SharedLink?]
    /// Redis's words where it would not have such a link, and when it said so.
    var refusal: (text: String, at: Int)?

    init(_ state: SessionState, count: Int) {
        self.state = state
        links = Array(repeating: nil, count: count)
    }

    var isIdle: Bool { links.allSatisfy { $0?.isIdle ?? true } }
}

/// Whether there is a shared link for a client.
enum SharedLinkAnswer {
    case ready(SharedLink)
    /// One is on its way, or there is no master: whoever waits is woken.
    case waiting
    /// Redis would not have it; with its words.
    case refused(String)
    /// Redis takes who shows no password otherwise by now: it serves those whom it refused, or refuses those whom it served.
    case standsOtherwise
    /// The loop keeps as many kinds of links as it may.
    case exhausted
}
