import Forwarding
import RESP

/// Asks Redis whether a link that comes back is as it should be, before anybody else gets it (`redis.check_links`).
///
///     given back ──CLIENT INFO──▶ as it should be ──▶ lies ready
///                      └────────▶ not so: told, with what went over the link, and closed
final class LinkCheck: UpstreamLinkOwner {
    private unowned let pool: UpstreamPool
    private let expected: CleanLink
    private let done: (UpstreamLink) -> Void
    private let failed: (UpstreamLink, [String]) -> Void
    private var replies = ReplyStream(bytesMax: 64 << 10)

    /// - Parameters:
    ///   - done: the link is clean, or its user may not ask.
    ///   - failed: it is not, and what is different.
    init(
        _ pool: UpstreamPool, _ link: UpstreamLink, expecting expected: CleanLink, done: @escaping (UpstreamLink) -> Void,
        failed: @escaping (UpstreamLink, [String]) -> Void
    ) {
        self.pool = pool
        self.expected = expected
        self.done = done
        self.failed = failed
        link.lend(to: self)
        link.send(CommandWriter.encode("CLIENT", "INFO"))
    }

    func linkBecameReady(_ link: UpstreamLink) {}
    func linkDrained(_ link: UpstreamLink) {}
    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) {}

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) {
        replies.append(bytes)
        do {
            while let reply = try replies.next() {
                // A message that answers nothing is nobody's.
                if reply.elements != nil { continue }
                guard let text = reply.text.map({ Array($0.utf8) }) else { return done(link) }
                let differences = expected.differences(from: text.span)
                return differences.isEmpty ? done(link) : failed(link, differences)
            }
        } catch {
            failed(link, ["unreadable reply: \(error.kind)"])
        }
    }
}
