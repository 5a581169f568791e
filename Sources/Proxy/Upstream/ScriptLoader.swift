import EventLoop
import Forwarding
import RESP

/// Loads the known scripts into a new master, over a link of its own, before anybody may call one of them there.
final class ScriptLoader: UpstreamLinkOwner {
    private static let limitMilliseconds = 1000

    private let requests: [UInt8]
    private var repliesLeft: Int
    private var framer: ReplyFramer
    private let startedAt: Int
    private var done: ((UpstreamLink?) -> Void)?

    /// - Parameter done: called when the replies are in, with the link, or when the link is gone.
    init(_ cache: ScriptCache, nestingDepthMax: Int, now: Int, _ done: @escaping (UpstreamLink?) -> Void) {
        requests = cache.requests
        repliesLeft = cache.scripts.count
        framer = ReplyFramer(nestingDepthMax: nestingDepthMax)
        startedAt = now
        self.done = done
    }

    /// Whether it takes longer than anybody should be kept waiting.
    func isOverdue(now: Int) -> Bool { now - startedAt > Self.limitMilliseconds }

    func linkBecameReady(_ link: UpstreamLink) { link.send(requests) }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) {
        let span = bytes.bindMemory(to: UInt8.self).span
        var start = 0
        while start < bytes.count {
            switch framer.advance(span, from: start) {
            case .incomplete: return
            case .malformed: return link.abandon("unreadable reply to SCRIPT LOAD")
            case .reply(_, let end):
                repliesLeft -= 1
                start = end
            }
        }
        if repliesLeft == 0 { end(link) }
    }

    func linkDrained(_ link: UpstreamLink) {}
    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) { end(nil) }

    private func end(_ link: UpstreamLink?) {
        let done = done
        self.done = nil
        done?(link)
    }
}
