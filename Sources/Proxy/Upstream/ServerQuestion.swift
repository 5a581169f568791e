import Forwarding
import RESP

/// One question to the server, on a link for itself.
final class ServerQuestion: UpstreamLinkOwner {
    private let request: [UInt8]
    /// Called once: with the link and the answer, or with nil where the link is gone before.
    private let done: ((link: UpstreamLink, answer: ReplyValue)?) -> Void
    private var replies = ReplyStream(bytesMax: 64 << 10)

    init(_ request: [UInt8], done: @escaping ((link: UpstreamLink, answer: ReplyValue)?) -> Void) {
        self.request = request
        self.done = done
    }

    func linkBecameReady(_ link: UpstreamLink) { link.ask(request) }
    func linkDrained(_ link: UpstreamLink) {}
    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) { done(nil) }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) {
        replies.append(bytes)
        do {
            guard let answer = try replies.next() else { return }
            done((link, answer))
        } catch {
            link.abandon("unreadable reply: \(error.kind)")
        }
    }
}
