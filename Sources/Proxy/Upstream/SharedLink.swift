import Bytes
import EventLoop
import Forwarding
import RESP

/// How a request on a shared link ended without a reply.
enum RequestFailure: Sendable {
    /// It was sent and nothing came back: nobody knows whether it ran.
    case unknownOutcome
    /// It ran, but its reply is larger than may be held.
    case replyTooLarge
}

/// A link that carries whole requests of many connections, one after another, and hands each reply to whose it is.
///
/// It takes requests once it is settled (``isReady``), and tells the pool's waiters when it is. Replies are delivered
/// whole.
final class SharedLink: UpstreamLinkOwner {
    private let pool: UpstreamPool
    private unowned let worker: Worker
    private var link: UpstreamLink?
    private var ledger = RequestLedger()
    private var framer: ReplyFramer
    private var partialReply = ByteBuffer()
    private var isSkippingReply = false
    /// When the oldest unanswered request was sent, or the reply before it came.
    private var waitingSince = 0

    /// Nil while there is no master.
    init?(_ pool: UpstreamPool, _ worker: Worker, database: Int) {
        self.pool = pool
        self.worker = worker
        framer = ReplyFramer(nestingDepthMax: pool.nestingDepthMax)
        link = pool.dedicatedLink(database: database, name: pool.sharedLinkName, for: self)
        if link == nil { return nil }
    }

    var isGone: Bool { link == nil }
    /// Redis's words where it would not let the link have its database.
    private(set) var refusal: String?
    var isIdle: Bool { ledger.isEmpty }
    /// Whether it is settled, so that what is submitted now is sent.
    var isReady: Bool { link?.isReady ?? false }

    /// Whether more may be submitted before what was submitted has left.
    var hasRoom: Bool { (link?.unsentBytes ?? 0) <= pool.bufferBytes }

    /// Sends one whole request, whose reply goes to `owner` by ``Worker/deliver(_:to:from:)``. The link must be ready.
    func submit(_ request: [UInt8], for owner: RequestLedger.Owner) {
        if ledger.isEmpty { waitingSince = worker.loop.nowMilliseconds }
        ledger.append(owner)
        request.withUnsafeBytes { link?.send($0) }
    }

    /// Gives the link up; replies that are still to come are nobody's.
    func release() {
        link?.release()
        link = nil
    }

    func giveUpIfOverdue(now: Int, limit: Int) {
        guard !ledger.isEmpty, now - waitingSince > limit else { return }
        link?.abandon("no reply for \(limit) ms")
    }

    func linkBecameReady(_ link: UpstreamLink) { pool.wakeWaiters() }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) {
        var start = 0
        let span = bytes.bindMemory(to: UInt8.self).span
        while start < bytes.count {
            switch framer.advance(span, from: start) {
            case .incomplete:
                keep(UnsafeRawBufferPointer(rebasing: bytes[start...]))
                return
            case .malformed(let error):
                link.abandon("unreadable reply: \(error.kind)")
                return
            case .reply(let marker, let end):
                let reply = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                start = end
                // Nobody subscribes on a shared link, so a push is an answer to nothing.
                if marker == UInt8(ascii: ">") { partialReply.removeAll() } else { deliver(reply) }
                // What was delivered may have let the link go.
                if self.link == nil { return }
            }
        }
    }

    private func keep(_ part: UnsafeRawBufferPointer) {
        guard !isSkippingReply else { return }
        if partialReply.count + part.count > pool.replyBytesMax {
            partialReply.removeAll()
            isSkippingReply = true
        } else {
            partialReply.append(part)
        }
    }

    private func deliver(_ lastPart: UnsafeRawBufferPointer) {
        guard let owner = ledger.removeFirst() else { return }
        waitingSince = worker.loop.nowMilliseconds
        if isSkippingReply {
            isSkippingReply = false
            worker.fail(.replyTooLarge, for: owner, from: self)
        } else if partialReply.isEmpty {
            worker.deliver(lastPart, to: owner, from: self)
        } else {
            partialReply.append(lastPart)
            worker.deliver(partialReply.readable, to: owner, from: self)
            partialReply.removeAll()
        }
    }

    func linkDrained(_ link: UpstreamLink) {}

    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) {
        self.link = nil
        while let owner = ledger.removeFirst() { worker.fail(.unknownOutcome, for: owner, from: self) }
        if case .handshake(.database(let text)) = reason {
            refusal = text
            pool.wakeWaiters()
        }
    }
}
