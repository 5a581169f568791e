import EventLoop
import Forwarding

/// Settled links that lie ready for whoever needs one of its own: some always, more for a while after they were used.
final class IdleLinks: UpstreamLinkOwner {
    private let warmCount: Int
    /// Called when a link that lay here is gone.
    var wasLost: ((UpstreamLink, LinkEnd) -> Void)?
    private let timeoutMilliseconds: Int
    /// The last one used stands last.
    private var links: [UpstreamLink] = []
    /// What was asked for, the last first: of each, links lie ready that carry it.
    private var wanted = [SessionState()]
    /// How many different ones are kept in mind.
    private static let wantedMax = 3
    /// One that is on its way to lie here.
    var settling: UpstreamLink?

    init(warmCount: Int, timeoutMilliseconds: Int) {
        self.warmCount = warmCount
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    var count: Int { links.count }

    /// What the next link should carry that is made to lie here; nil where enough do.
    var missing: SessionState? {
        guard settling == nil else { return nil }
        return wanted.first { isShort(of: $0) }
    }

    private func isShort(of state: SessionState) -> Bool { count(carrying: state) < (warmCount + 1) / 2 }
    private func count(carrying state: SessionState) -> Int { links.count { $0.carried.shared == state } }

    /// A client has chosen `state`, or needs a link that carries it.
    func expect(_ state: SessionState) {
        // Whatever is prepared in the name of a client's own user is that client's alone.
        guard state.identity <= 0, wanted.first?.agrees(with: state) != true else { return }
        wanted.removeAll { $0 == state.shared }
        wanted.insert(state.shared, at: 0)
        if wanted.count > Self.wantedMax { wanted.removeLast() }
    }

    /// Whether one lies here that carries `state`, or needs nothing but another name.
    func holds(_ state: SessionState) -> Bool { links.contains { $0.carried.shared == state.shared && !$0.isHeld } }

    /// Whether any lies here in the proxy's own name.
    var holdsOwn: Bool { links.contains { $0.carried.identity == 0 && !$0.isHeld } }

    /// Takes out a link of the same user as `state`, one that carries the same things if there is one.
    func take(carrying state: SessionState) -> UpstreamLink? {
        expect(state)
        let index =
            links.lastIndex { $0.carried == state && !$0.isHeld }
            // A name is changed without waiting, the rest is not.
            ?? links.lastIndex { $0.carried.shared == state.shared && !$0.isHeld }
            // What another user may not change on a link, a new one is given before it is theirs.
            ?? links.lastIndex { $0.carried.identity == state.identity && state.identity <= 0 && !$0.isHeld }
        return index.map { links.remove(at: $0) }
    }

    /// Takes out a link for a question of the pool's own.
    func takeAny() -> UpstreamLink? { links.lastIndex { !$0.isHeld && $0.isReady }.map { links.remove(at: $0) } }

    /// Takes out a link for last words to a server that is left, whether anything else waits to be sent or not.
    func takeMessenger() -> UpstreamLink? {
        links.lastIndex { $0.isReady && $0.unsentBytes == 0 && $0.carried.identity == 0 }.map { links.remove(at: $0) }
    }

    func add(_ link: UpstreamLink) { links.append(link) }

    func removeAll() {
        wanted = [SessionState()]
        links = []
        settling = nil
    }

    /// Makes room for a link of another kind.
    func releaseOldest() {
        if !links.isEmpty { links.removeFirst().release() }
    }

    /// Lets those go that nothing has gone over since `limit`, in monotonic milliseconds.
    func release(unusedSince limit: Int) {
        while let index = links.firstIndex(where: { $0.isReady && $0.idleSince < limit }) { links.remove(at: index).release() }
    }

    /// Lets those go that have lain here for longer than the timeout and are more than should lie ready.
    func sweep(now: Int) {
        while links.count > warmCount {
            let surplus = links.firstIndex { link in
                now - link.idleSince > timeoutMilliseconds
                    && (!wanted.contains(link.carried.shared) || count(carrying: link.carried.shared) > (warmCount + 1) / 2)
            }
            guard let surplus else { return }
            links.remove(at: surplus).release()
        }
    }

    func linkBecameReady(_ link: UpstreamLink) {
        settling = nil
        if link.isForLookOnly { link.release() } else { links.append(link) }
    }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) { link.abandon("bytes that nobody asked for") }
    func linkDrained(_ link: UpstreamLink) {}

    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) {
        if settling === link {
            settling = nil
            // What the server refuses for good is not to be tried again until a client asks for it; a busy server may agree
            // the next time.
            if case .handshake(.refused(let words)) = reason, !words.hasPrefix("BUSY"), !words.hasPrefix("LOADING") {
                wanted.removeAll { $0 == link.carried.shared }
            }
        } else {
            wasLost?(link, reason)
        }
        links.removeAll { $0 === link }
    }
}
