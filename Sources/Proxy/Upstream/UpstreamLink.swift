import Bytes
import EventLoop
import Forwarding

/// Who uses an ``UpstreamLink``: one client, or the requests of many.
protocol UpstreamLinkOwner: AnyObject {
    /// The link is settled with a master; what was held may go.
    func linkBecameReady(_ link: UpstreamLink)
    /// Replies, or parts of them. The bytes are valid during the call only.
    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer)
    /// The link took what it could not take before.
    func linkDrained(_ link: UpstreamLink)
    /// The link is gone; nothing more will be called.
    func linkClosed(_ link: UpstreamLink, reason: LinkEnd)
}

/// Why a link ended.
enum LinkEnd: Error, Sendable, CustomStringConvertible {
    /// It never became ready: nothing of its owner's was sent over it.
    case handshake(HandshakeFailure)
    case unreachable(String)
    /// It was ready, and broke.
    case lost(String)
    /// It was cut because its server is master no more.
    case fenced
    case local

    var description: String {
        switch self {
        case .handshake(let failure): failure.description
        case .unreachable(let text), .lost(let text): text
        case .fenced: "cut: the server is master no more"
        case .local: "closed here"
        }
    }
}

/// A connection to the master: made, settled by ``UpstreamSession``, then a pipe for its owner's bytes.
///
///     connecting ──▶ settling ──▶ ready ──▶ gone
///          └────────────┴──────────────────▲ (fenced, lost, refused)
final class UpstreamLink: StreamSocketDelegate {
    let generation: UInt64
    private(set) var isReady = false
    private var isSettling = true
    private var owner: (any UpstreamLinkOwner)?
    private unowned let pool: UpstreamPool
    private var session = UpstreamSession()
    private let handshake: UpstreamHandshake
    private var socket: StreamSocket?
    private var settleDeadline: LoopTimer?

    init(_ pool: UpstreamPool, _ route: MasterRoute, _ handshake: UpstreamHandshake, owner: any UpstreamLinkOwner) {
        self.pool = pool
        self.owner = owner
        self.handshake = handshake
        generation = route.generation
        let socket = StreamSocket(
            pool.loop, to: route.address, options: pool.connectOptions(serverName: route.serverName), delegate: self)
        socket.watermarkBytes = pool.bufferBytes
        self.socket = socket
        settleDeadline = LoopTimer(pool.loop, milliseconds: pool.settleTimeoutMilliseconds) { [unowned self] in
            end(.unreachable("\(route.address) did not settle in time"))
        }
    }

    /// Bytes that wait to be sent.
    var unsentBytes: Int { socket?.unsentBytes ?? 0 }

    /// Sends at the end of the turn. The link must be ready.
    func send(_ bytes: UnsafeRawBufferPointer) {
        precondition(isReady, "Cannot send on a link that is not settled")
        socket?.send(bytes)
    }

    /// Sends nothing more until ``resumeWriting()``; what is given to it waits.
    func holdWriting() { socket?.holdWriting() }
    func resumeWriting() { socket?.resumeWriting() }

    func pauseReading() { socket?.pauseReading() }
    func resumeReading() { socket?.resumeReading() }

    /// Lets the link go without telling its owner: what it has taken is still sent. Until that is done the pool can cut
    /// it like any other.
    func release() {
        owner = nil
        settleDeadline = nil
        // What is held may be for a master of the past.
        let maySend = isReady && socket?.isWritingHeld == false
        isReady = false
        if maySend { socket?.finish() } else { socket?.close() }
    }

    /// Cuts the link by RST and tells its owner at once, so that not one byte more reaches the old master.
    func fence() { cut(.fenced) }

    /// Gives up a link that does not answer.
    func abandon(_ text: String) { cut(.lost(text)) }

    private func cut(_ reason: LinkEnd) {
        socket?.abort()
        end(reason)
    }

    // MARK: StreamSocketDelegate

    func streamOpened(_ socket: StreamSocket) { socket.send(session.opened(handshake)) }

    func stream(_ socket: StreamSocket, received bytes: UnsafeRawBufferPointer) {
        if isReady {
            owner?.link(self, received: bytes)
            return
        }
        switch session.received(bytes) {
        case .settling: break
        case .ask(let bytes): socket.send(bytes)
        case .ready:
            settleDeadline = nil
            isReady = true
            endSettling()
            owner?.linkBecameReady(self)
        case .failed(let failure): end(.handshake(failure))
        }
    }

    func streamReachedEnd(_ socket: StreamSocket) {
        end(isReady ? .lost("closed by the server") : .unreachable("closed by the server"))
    }

    func streamDrained(_ socket: StreamSocket) { owner?.linkDrained(self) }

    func streamClosed(_ socket: StreamSocket, reason: StreamCloseReason) {
        end(isReady ? .lost(reason.description) : .unreachable(reason.description))
    }

    private func end(_ reason: LinkEnd) {
        socket?.close()
        forget()
        guard let owner else { return }
        self.owner = nil
        pool.linkEnded(self, reason)
        owner.linkClosed(self, reason: reason)
    }

    private func endSettling() {
        if isSettling { pool.settlingEnded(inSuccess: isReady) }
        isSettling = false
    }

    private func forget() {
        isReady = false
        endSettling()
        settleDeadline = nil
        socket = nil
        pool.forget(self)
    }
}
