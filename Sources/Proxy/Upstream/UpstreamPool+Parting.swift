import EventLoop
import Forwarding
import RESP

/// Clients that wait at the server that was master until now, in BLPOP and the like, when another has been decided for.
///
/// Were their links just cut, nobody would know whether something had been taken for them. So that server, if it is still there, is asked
/// over another link to end their waits. Who is told that he waits no more has taken nothing, and waits on at the new master.
///
///     parting ──UNBLOCKED on the link──▶ the client goes on with the new master
///        ├──what was waited for came first──▶ the client has it
///        └──no word in time──▶ cut, as all others are
/// Source: https://redis.io/docs/latest/commands/client-unblock/
final class Parting: UpstreamLinkOwner {
    /// For how long links are kept for it.
    static let limitMilliseconds = 300

    private var messenger: UpstreamLink?
    private var links: [UpstreamLink]
    private var deadline: LoopTimer?
    private var replies = ReplyStream(bytesMax: 64 << 10)
    private var awaitedCount: Int

    /// - Parameters:
    ///   - messenger: a link that lies ready.
    ///   - links: those on which a client waits, with their ids at the server.
    init(_ loop: EventLoop, messenger: UpstreamLink, links: [(link: UpstreamLink, id: Int)]) {
        self.messenger = messenger
        self.links = links.map(\.link)
        awaitedCount = links.count
        for (link, _) in links { link.part() }
        messenger.part()
        messenger.lend(to: self)
        messenger.resumeForLastWords()
        for (_, id) in links { messenger.send(CommandWriter.encode("CLIENT", "UNBLOCK", String(id), "ERROR")) }
        deadline = LoopTimer(loop, milliseconds: Self.limitMilliseconds) { [unowned self] in end() }
    }

    /// Cuts what is left.
    func end() {
        deadline = nil
        messenger?.discard()
        messenger = nil
        let left = links
        links = []
        for link in left where !link.isGone { link.fence() }
    }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) {
        replies.append(bytes)
        while awaitedCount > 0 {
            guard let reply = try? replies.next() else { return }
            // Who may not end waits cannot tell what has become of them.
            if case .error = reply { return end() }
            awaitedCount -= 1
        }
    }

    func linkBecameReady(_ link: UpstreamLink) {}
    func linkDrained(_ link: UpstreamLink) {}

    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) {
        messenger = nil
        end()
    }
}

extension UpstreamPool {
    /// Keeps the links of clients that wait for a moment; nil where there are none, or nobody to end their waits.
    func beginParting() -> Parting? {
        guard settings.keepsClients else { return nil }
        let waiting = blockedLinks
        guard !waiting.isEmpty, let messenger = idle.takeMessenger() else { return nil }
        return Parting(loop, messenger: messenger, links: waiting)
    }
}
