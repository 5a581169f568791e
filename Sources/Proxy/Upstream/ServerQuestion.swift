import Forwarding
import RESP

/// Asks by PING whether the server answers on a link that lies ready.
final class ServerQuestion: UpstreamLinkOwner {
    /// Called once: with the link when the answer is in, with nil where the link is gone before.
    private let done: (UpstreamLink?) -> Void
    private var replies = ReplyStream(bytesMax: 64 << 10)

    init(_ link: UpstreamLink, done: @escaping (UpstreamLink?) -> Void) {
        self.done = done
        link.lend(to: self)
        link.send(CommandWriter.encode("PING"))
    }

    func linkBecameReady(_ link: UpstreamLink) {}
    func linkDrained(_ link: UpstreamLink) {}
    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) { done(nil) }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) {
        replies.append(bytes)
        do {
            guard try replies.next() != nil else { return }
            done(link)
        } catch {
            link.abandon("unreadable reply: \(error.kind)")
        }
    }
}
