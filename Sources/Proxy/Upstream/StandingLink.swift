import EventLoop
import Forwarding
import RESP

/// A link that stands for as long as it is wanted, for what goes on without end: when it is lost, or the master changes, another
/// is made and the greeting said anew. Pushed messages and replies are handed on whole.
///
///     (stopped) ──start──▶ waiting ──a link is settled──▶ greeted ──lost, or its server is no master──▶ waiting
///                             └──no master for the hold time──▶ given up
final class StandingLink: UpstreamLinkOwner, MasterWaiter {
    private unowned let pool: UpstreamPool
    private unowned let worker: Worker
    private let state: SessionState
    private var link: UpstreamLink?
    private var isWanted = false
    private var framer = ReplyFramer(nestingDepthMax: StandingLink.nestingDepthMax)
    /// What has come of the message under way.
    private var partial: [UInt8] = []
    private var waitingSince: Int?
    /// Neither messages of channels nor entries of streams nest deeper.
    private static let nestingDepthMax = 8

    /// What is said first on each link.
    var greeting: () -> [UInt8] = { [] }
    /// Gets each message or reply; the bytes are valid during the call only.
    var received: (Span<UInt8>) -> Void = { _ in }
    /// The link is gone, and another is being made.
    var lost: () -> Void = {}
    /// There has been no master for too long; nothing more will come before the next ``start()``.
    var gaveUp: () -> Void = {}

    init(_ pool: UpstreamPool, _ worker: Worker, state: SessionState = SessionState()) {
        self.pool = pool
        self.worker = worker
        self.state = state
    }

    /// Whether the server hears what is sent now.
    var isReady: Bool { link?.isReady ?? false }

    /// Makes a link where there is none.
    func start() {
        isWanted = true
        if link == nil { connect() }
    }

    /// Lets the link go; nothing more is called.
    func stop() {
        isWanted = false
        stopWaiting()
        let link = self.link
        self.link = nil
        link?.release()
    }

    /// Sends `bytes` where the link is settled; on one that is not, the greeting has to say it.
    func send(_ bytes: [UInt8]) {
        if let link, link.isReady { link.send(bytes) }
    }

    private func connect() {
        link = pool.link(carrying: state, mayCallScripts: false, for: self)
        guard let link else { return wait() }
        if link.isReady { linkBecameReady(link) }
    }

    private func wait() {
        if waitingSince == nil { waitingSince = worker.loop.nowMilliseconds }
        pool.addWaiter(self)
    }

    private func stopWaiting() {
        waitingSince = nil
        pool.removeWaiter(self)
    }

    // MARK: The link

    func linkBecameReady(_ link: UpstreamLink) {
        guard link === self.link else { return }
        stopWaiting()
        framer = ReplyFramer(nestingDepthMax: Self.nestingDepthMax)
        partial = []
        link.send(greeting())
    }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) {
        let span = bytes.bindMemory(to: UInt8.self).span
        var start = 0
        while start < bytes.count, link === self.link {
            switch framer.advance(span, from: start) {
            case .malformed(let error): return link.abandon("unreadable message: \(error.kind)")
            case .incomplete:
                partial.append(contentsOf: bytes[start...])
                if partial.count > worker.settings.http.maxReplyBytes { link.abandon("a message larger than http.max_reply allows") }
                return
            case .reply(_, let end):
                if partial.isEmpty {
                    handOn(span.extracting(start..<end), from: link)
                } else {
                    partial.append(contentsOf: bytes[start..<end])
                    let whole = partial
                    partial = []
                    handOn(whole.span, from: link)
                }
                start = end
            }
        }
    }

    private func handOn(_ message: Span<UInt8>, from link: UpstreamLink) {
        guard NotMasterReply.matches(message) || NotMasterReply.isForcedUnblocking(message) else { return received(message) }
        // Where that is not believed, what follows here still waits for a server that can be used.
        worker.foundNoMaster(pool, isReadOnly: NotMasterReply.isReadOnly(message))
        link.abandon("the server is no master")
    }

    func linkDrained(_ link: UpstreamLink) {}

    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) {
        guard link === self.link else { return }
        self.link = nil
        guard isWanted else { return }
        wait()
        lost()
    }

    // MARK: Waiting

    func masterMayBeReachable() {
        if isWanted, link == nil { connect() }
    }

    func giveUpWaiting(now: Int) {
        guard let waitingSince, now - waitingSince >= pool.holdMilliseconds else { return }
        stop()
        gaveUp()
    }
}
