import EventLoop
import Forwarding

/// Settled links that lie ready for whoever needs one of its own: some always, more for a while after they were used.
final class IdleLinks: UpstreamLinkOwner {
    private let warmCount: Int
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
    var isWanting: Bool { settling == nil && links.count < warmCount }

    /// Takes out a link of the same user as `state`, one that carries the same things if there is one.
    func take(carrying state: SessionState) -> UpstreamLink? {
        let index =
            links.lastIndex { $0.carried == state && !$0.isHeld }
            // A name is changed without waiting, the rest is not.
            ?? links.lastIndex { $0.carried.shared == state.shared && !$0.isHeld }
            ?? links.lastIndex { $0.carried.identity == state.identity && !$0.isHeld }
        return index.map { links.remove(at: $0) }
    }

    func add(_ link: UpstreamLink) { links.append(link) }

    func removeAll() {
        wanted = SessionState()
        links = []
        settling = nil
    }

    /// Makes room for a link of another kind.
    func releaseOldest() {
        if !links.isEmpty { links.removeFirst().release() }
    }

    /// Lets those go that have lain here for longer than the timeout and are more than should lie ready.
    func sweep(now: Int) {
        while links.count > warmCount, let oldest = links.first, now - oldest.idleSince > timeoutMilliseconds {
            links.removeFirst()
            oldest.release()
        }
    }

    func linkBecameReady(_ link: UpstreamLink) {
        settling = nil
        links.append(link)
    }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) { link.abandon("bytes that nobody asked for") }
    func linkDrained(_ link: UpstreamLink) {}

    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) {
        if settling === link {
            settling = nil
            // A user whose password Redis takes no more is not to be tried again until a client asks for it.
            wanted = SessionState()
        }
        links.removeAll { $0 === link }
    }
}
