import EventLoop
import Forwarding

/// Settled links that lie ready for whoever needs one of its own: some always, more for a while after they were used.
final class IdleLinks: UpstreamLinkOwner {
    private let warmCount: Int
    /// Called when a link that lay here is gone.
    var wasLost: (() -> Void)?
    private let timeoutMilliseconds: Int
    /// The last one used stands last.
    private var links: [UpstreamLink] = []
    /// What was last asked for: new links that lie ready carry it.
    var wanted = SessionState()
    /// One that is on its way to lie here.
    var settling: UpstreamLink?

    init(warmCount: Int, timeoutMilliseconds: Int) {
        self.warmCount = warmCount
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// Whether another link should be made to lie here.
    var isWanting: Bool {
        guard settling == nil else { return false }
        // Those that lie here may carry what nobody asks for any more.
        return links.count < 2 * warmCount && links.count { $0.carried.shared == wanted } < warmCount
    }

    /// Whether one lies here that carries `state`, or needs nothing but another name.
    func holds(_ state: SessionState) -> Bool { links.contains { $0.carried.shared == state.shared && !$0.isHeld } }

    /// Takes out a link of the same user as `state`, one that carries the same things if there is one.
    func take(carrying state: SessionState) -> UpstreamLink? {
        if state.identity == 0 { wanted = state.shared }
        let index =
            links.lastIndex { $0.carried == state && !$0.isHeld }
            // A name is changed without waiting, the rest is not.
            ?? links.lastIndex { $0.carried.shared == state.shared && !$0.isHeld }
            // What another user may not change on a link, a new one is given before it is theirs.
            ?? links.lastIndex { $0.carried.identity == 0 && state.identity == 0 && !$0.isHeld }
        return index.map { links.remove(at: $0) }
    }

    func add(_ link: UpstreamLink) { links.append(link) }

    func removeAll() {
        wanted = SessionState()
        links = []
        settling = nil
    }

    /// Lets those go that have lain here for longer than the timeout and are more than should lie ready.
    func sweep(now: Int) {
        while links.count > warmCount {
            let unwanted = links.firstIndex { $0.carried.shared != wanted } ?? 0
            guard now - links[unwanted].idleSince > timeoutMilliseconds else { return }
            links.remove(at: unwanted).release()
        }
    }

    func linkBecameReady(_ link: UpstreamLink) {
        settling = nil
        links.append(link)
    }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) { link.abandon("bytes that nobody asked for") }
    func linkDrained(_ link: UpstreamLink) {}

    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) {
        if settling === link { settling = nil } else { wasLost?() }
        links.removeAll { $0 === link }
    }
}
