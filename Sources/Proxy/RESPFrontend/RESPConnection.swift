import Bytes
import EventLoop
import Forwarding
import RESP

/// One RESP client: its socket, its protocol state, and the link to the master that is its own.
///
///     no link ──first command──▶ held ──link settled──▶ forwarding ──link gone, nothing lost by it──▶ no link
///                                 │ hold time over: -NOMASTER         └─otherwise──▶ closed
///
/// The link is made by the first command that needs one. While there is no master, what is to be sent is held, reading
/// stops once the buffer is full, and after the hold time each held command is told that it was not executed.
final class RESPConnection: StreamSocketDelegate, UpstreamLinkOwner, MasterWaiter {
    private let worker: Worker
    private let pool: UpstreamPool
    private var session: ClientSession
    private var socket: StreamSocket?
    /// The socket once the client is to be served no more, until it is closed: what is owed is still being sent.
    private var closing: StreamSocket?
    private var link: UpstreamLink?
    private var framer: ReplyFramer
    /// Bytes of the client that wait for their rest, or for replies before them.
    private var pendingInput = ByteBuffer()
    /// Bytes that wait for a link.
    private var held = ByteBuffer()
    private var heldSince: Int?
    private var hasEnded = false
    private var isDraining = false
    private(set) var lastActivity: Int

    init(_ worker: Worker, _ pool: UpstreamPool, _ accepted: AcceptedSocket, _ session: ClientSession) {
        self.worker = worker
        self.pool = pool
        self.session = session
        framer = ReplyFramer(nestingDepthMax: pool.nestingDepthMax)
        lastActivity = worker.loop.nowMilliseconds
        let socket = accepted.socket(on: worker.loop, delegate: self)
        socket.watermarkBytes = pool.bufferBytes
        self.socket = socket
    }

    // MARK: The client's side

    func streamOpened(_ socket: StreamSocket) {}

    func stream(_ socket: StreamSocket, received bytes: UnsafeRawBufferPointer) {
        lastActivity = worker.loop.nowMilliseconds
        worker.counters.bytesFromClients += bytes.count
        if pendingInput.isEmpty {
            let used = process(bytes)
            if used < bytes.count { pendingInput.append(UnsafeRawBufferPointer(rebasing: bytes[used...])) }
        } else {
            pendingInput.append(bytes)
            processPending()
        }
        balanceReading()
    }

    func streamReachedEnd(_ socket: StreamSocket) {
        hasEnded = true
        closeWhenSettled()
    }

    func streamDrained(_ socket: StreamSocket) {
        link?.resumeReading()
        balanceReading()
    }

    func streamClosed(_ socket: StreamSocket, reason: StreamCloseReason) {
        if case .connectFailed(let error) = reason { worker.handshakeFailed(.resp, error) }
        leave()
        closing = nil
        worker.remove(self)
    }

    private func processPending() {
        let used = process(pendingInput.readable)
        pendingInput.consume(min(used, pendingInput.count))
    }

    /// Carries out what the session says of `bytes`; hands back how many of them are dealt with.
    private func process(_ bytes: UnsafeRawBufferPointer) -> Int {
        let span = bytes.bindMemory(to: UInt8.self).span
        let before = session.inFlight
        defer { worker.counters.commands += max(0, session.inFlight - before) }
        var offset = 0
        while true {
            switch session.next(span, from: offset) {
            case .needInput, .wait: return offset
            case .skip(let end): offset = end
            case .forward(let range):
                forward(UnsafeRawBufferPointer(rebasing: bytes[range]))
                offset = range.upperBound
            case .substitute(let request, let end):
                request.withUnsafeBytes { forward($0) }
                offset = end
            case .answer(let reply, let end):
                if reply.first == UInt8(ascii: "-") { worker.counters.authenticationFailures += 1 }
                reply.withUnsafeBytes { answer($0) }
                offset = end
            case .reset(let reply, let end):
                dropLink()
                _ = session.linkForgotten()
                reply.withUnsafeBytes { answer($0) }
                offset = end
            case .close(let reply):
                if reply.first == UInt8(ascii: "-") { worker.counters.protocolErrors += 1 }
                reply.withUnsafeBytes { answer($0) }
                leave(lingering: true)
                return bytes.count
            }
        }
    }

    private func answer(_ bytes: UnsafeRawBufferPointer) {
        worker.counters.bytesToClients += bytes.count
        socket?.send(bytes)
    }

    /// Reads on from the client as long as what waits of it stays within bounds.
    private func balanceReading() {
        guard let socket, !hasEnded else { return }
        // Each alone, since the link reports that it has drained only if it alone was above the bound.
        let isFull = held.count + pendingInput.count > pool.bufferBytes || (link?.unsentBytes ?? 0) > pool.bufferBytes
        // Replies of the link stop at the bound by themselves; above twice that, the client reads no answers of ours.
        let isUnread = socket.unsentBytes > 2 * pool.bufferBytes
        if isFull || isUnread { socket.pauseReading() } else { socket.resumeReading() }
    }

    // MARK: The link

    private func forward(_ bytes: UnsafeRawBufferPointer) {
        if let link, link.isReady { return link.send(bytes) }
        held.append(bytes)
        guard link == nil else { return }
        link = pool.dedicatedLink(for: self)
        if link == nil { waitForMaster() }
    }

    private func waitForMaster() {
        if heldSince == nil { heldSince = worker.loop.nowMilliseconds }
        pool.addWaiter(self)
    }

    func masterMayBeReachable() {
        guard link == nil, !held.isEmpty else { return }
        link = pool.dedicatedLink(for: self)
    }

    func linkBecameReady(_ link: UpstreamLink) {
        heldSince = nil
        pool.removeWaiter(self)
        if !held.isEmpty { link.send(held.readable) }
        held.removeAll()
        if !pendingInput.isEmpty { processPending() }
        balanceReading()
    }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) {
        worker.counters.bytesToClients += bytes.count
        if session.isMatched { count(bytes) }
        guard let socket else { return }
        socket.sendNow(bytes)
        if socket.unsentBytes > pool.bufferBytes { link.pauseReading() }
        if session.inFlight == 0 || !session.isMatched, !pendingInput.isEmpty {
            processPending()
            balanceReading()
        }
        closeWhenSettled()
    }

    private func count(_ bytes: UnsafeRawBufferPointer) {
        let span = bytes.bindMemory(to: UInt8.self).span
        var start = 0
        while start < bytes.count {
            // Replies end where the framer says; what it cannot read passes all the same, and is the client's to judge.
            guard case .reply(let marker, let end) = framer.advance(span, from: start) else { return }
            if marker == UInt8(ascii: "-"), ReadOnlyReply.matches(span.extracting(start..<end)) { worker.sawReadOnly(pool) }
            session.replyArrived(marker: marker)
            start = end
        }
    }

    func linkDrained(_ link: UpstreamLink) { balanceReading() }

    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) {
        self.link = nil
        framer = ReplyFramer(nestingDepthMax: pool.nestingDepthMax)
        if !held.isEmpty {
            // Never settled, so nothing was sent: the same bytes may go to the next master, if anybody waits for it.
            if hasEnded { leave() } else { waitForMaster() }
            return
        }
        guard session.isMovable, session.inFlight == 0 else {
            worker.counters.unknownOutcomes += session.inFlight
            leave()
            return
        }
        balanceReading()
    }

    private func dropLink() {
        link?.release()
        link = nil
        framer = ReplyFramer(nestingDepthMax: pool.nestingDepthMax)
        held.removeAll()
        heldSince = nil
        pool.removeWaiter(self)
    }

    // MARK: Time

    func giveUpWaiting(now: Int) {
        if let heldSince, now - heldSince >= worker.holdMilliseconds { refuseHeld() }
    }

    /// Applies what time brings: the end of patience with a silent client, of a drain.
    func sweep(now: Int) {
        let idleLimit = worker.respIdleTimeoutMilliseconds
        if idleLimit > 0, session.inFlight == 0, session.isMatched, now - lastActivity > idleLimit { leave() }
        if session.isBlocking, socket?.hasPeerLeftUnread == true { leave() }
        if isDraining { closeWhenSettled() }
    }

    private func refuseHeld() {
        let isCut = session.isMidRequest
        dropLink()
        let count = session.linkForgotten()
        worker.counters.refusedNoMaster += count
        let reply = Array("-NOMASTER \(pool.unavailableReason); the command was not executed\r\n".utf8)
        for _ in 0..<count { reply.withUnsafeBytes { answer($0) } }
        // The rest of a half-read request cannot be told from a new one.
        if isCut { return leave() }
        if !pendingInput.isEmpty { processPending() }
        balanceReading()
    }

    /// Closes as soon as nothing is awaited any more.
    func drain() {
        isDraining = true
        closeWhenSettled()
    }

    private func closeWhenSettled() {
        if hasEnded {
            // Held commands of a client that has left are never run; a blocked one would pop an element for nobody.
            if heldSince != nil || session.isBlocking || !session.isMatched { return leave() }
            // A request that was left in the middle is never answered.
            if session.inFlight == (session.isMidRequest ? 1 : 0) { leave() }
        } else if isDraining, session.inFlight == 0 || !session.isMatched, held.isEmpty, pendingInput.isEmpty {
            leave()
        }
    }

    /// Ends the service: what is owed to the client is sent, what was accepted from it reaches the master. The worker
    /// counts the connection until its socket is closed.
    private func leave(lingering: Bool = false) {
        dropLink()
        pendingInput.removeAll()
        guard let socket else { return }
        self.socket = nil
        closing = socket
        socket.finish(lingering: lingering)
    }
}

/// Recognises the reply of a server that is no master.
enum ReadOnlyReply {
    /// Whether `reply` is `-READONLY …`.
    static func matches(_ reply: Span<UInt8>) -> Bool {
        reply.count > 9 && ASCII.equalsIgnoringCase(reply.extracting(1..<9), "READONLY")
    }
}
