import Bytes
import Forwarding
import RESP

/// MONITOR for one HTTP client: a link on which the server tells of every command, made anew when it is lost.
final class MonitorLink: UpstreamLinkOwner, MasterWaiter {
    private unowned let pool: UpstreamPool
    private unowned let worker: Worker
    private var link: UpstreamLink?
    private var framer = ReplyFramer(nestingDepthMax: 1)
    private var partial: [UInt8] = []
    private var waitingSince: Int?
    private var isCounted = false
    /// Gets each line as the server's reply; the bytes are valid during the call only.
    private let told: (Span<UInt8>) -> Void
    /// Called when there has been no master for too long.
    private let lost: () -> Void
    /// A line that is longer is not waited for.
    private static let lineBytesMax = 1 << 20

    init(_ pool: UpstreamPool, _ worker: Worker, told: @escaping (Span<UInt8>) -> Void, lost: @escaping () -> Void) {
        self.pool = pool
        self.worker = worker
        self.told = told
        self.lost = lost
    }

    func start() {
        if !isCounted { pool.monitorCount += 1 }
        isCounted = true
        link = pool.link(carrying: SessionState(), mayCallScripts: false, for: self)
        if link == nil {
            if waitingSince == nil { waitingSince = worker.loop.nowMilliseconds }
            pool.addWaiter(self)
        } else if let link, link.isReady {
            linkBecameReady(link)
        }
    }

    func stop() {
        if isCounted { pool.monitorCount -= 1 }
        isCounted = false
        pool.removeWaiter(self)
        let link = self.link
        self.link = nil
        link?.release()
    }

    func linkBecameReady(_ link: UpstreamLink) {
        guard link === self.link else { return }
        waitingSince = nil
        pool.removeWaiter(self)
        framer = ReplyFramer(nestingDepthMax: 1)
        partial = []
        link.send(CommandWriter.encode("MONITOR"))
    }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) {
        let span = bytes.bindMemory(to: UInt8.self).span
        var start = 0
        while start < bytes.count, link === self.link {
            guard case .reply(_, let end) = framer.advance(span, from: start) else {
                partial.append(contentsOf: bytes[start...])
                if partial.count > Self.lineBytesMax { link.abandon("an endless line") }
                return
            }
            if partial.isEmpty {
                told(span.extracting(start..<end))
            } else {
                let whole = partial + bytes[start..<end]
                partial = []
                told(whole.span)
            }
            start = end
        }
    }

    func linkDrained(_ link: UpstreamLink) {}

    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) {
        guard link === self.link else { return }
        self.link = nil
        if waitingSince == nil { waitingSince = worker.loop.nowMilliseconds }
        pool.addWaiter(self)
    }

    func masterMayBeReachable() { if link == nil { start() } }

    func giveUpWaiting(now: Int) {
        guard let waitingSince, now - waitingSince >= pool.holdMilliseconds else { return }
        stop()
        lost()
    }
}
