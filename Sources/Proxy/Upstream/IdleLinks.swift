import EventLoop
import Forwarding

/// Settled links that lie ready for whoever needs one of its own: some always, more for a while after they were used.
final class IdleLinks: UpstreamLinkOwner {
    /// How long none must have been taken before what is missing is made.
    private static let quietMilliseconds = 500

    private let warmCount: Int
    private var takenAt = Int.min / 2
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

    /// Whether another link should be made to lie here: not while they are being taken, since a link that is being made is
    /// work for the server, and stands in the log of whoever watches it by MONITOR.
    func isWanting(now: Int) -> Bool {
        guard settling == nil, now - takenAt > Self.quietMilliseconds else { return false }
        if links.count < warmCount { return true }
        // Those that lie here may all carry what nobody asks for any more.
        return links.count < 2 * warmCount && links.count { $0.carried.shared == wanted } < warmCount / 4
    }

    /// Takes out a link of the same user as `state`, one that carries the same things if there is one.
    func take(carrying state: SessionState, now: Int) -> UpstreamLink? {
        takenAt = now
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
        } else {
            takenAt = .min / 2
            wasLost?()
        }
        links.removeAll { $0 === link }
    }
}
