import Bytes
import EventLoop
import Forwarding
import RESP

/// One RESP client: its socket and its protocol state. Its commands go over a link that it shares, or over one of its own.
///
///     input ──session──▶ shared link ──▶ replies, straight to the socket
///                 │ └──▶ own link    ──▶ replies, counted, with back-pressure
///                 └────▶ answers of the proxy's own
///
/// While no link is to be had, input is held as it came, reading stops once the buffer is full, and after the hold time
/// each held command is told that it was not executed.
final class RESPConnection: StreamSocketDelegate, UpstreamLinkOwner, MasterWaiter, FrontConnection {
    let worker: Worker
    let pool: UpstreamPool
    let owner: RequestLedger.Owner
    var session: ClientSession
    private(set) var socket: StreamSocket?
    /// The socket once the client is to be served no more, until it is closed: what is owed is still being sent.
    private var closing: StreamSocket?
    /// The shared link in use; its requests in flight are the session's.
    var shared: SharedLink?
    var own: OwnLink?
    /// What of the client's requests has come back from a link that is gone: it goes before all that the client has sent since.
    var returned: [ReturnedRequest] = []
    /// Bytes of the client that wait for their rest, for replies before them, or for a link.
    var pendingInput = ByteBuffer()
    /// Redis's words where it would not have the client's own link: what that was for is answered so.
    var linkRefusal: [UInt8]?
    /// Since when there has been no link for what the client has sent.
    private var heldSince: Int?
    // All flags stand together, so that they take one word of an idle client's memory.
    /// Whether the pool is to wake the client: when there is a link, or room on it.
    var isWaiting = false
    /// Whether the own link is held so that the server's list shows the client's name.
    var showsName = false
    /// Whether it is known if Redis serves the client without a password, where the proxy has none to show.
    var isAccessKnown = false
    /// Whether the client is not read from, since what it sends is large and there is no memory for it.
    private var waitsForMemory = false
    /// While the commands that were held for too long are refused.
    private(set) var isRefusing = false
    private(set) var hasEnded = false
    private(set) var isDraining = false
    /// When the client last sent something, or was sent something.
    var lastActivity: Int
    /// The last milliseconds of the clock when the client came, of which no more is needed to tell how long ago that was.
    private let connectedAtStamp: UInt32
    private var heldIdentityNumber: Int32 = 0
    /// The user that the client has shown Redis, as the pool counts it; 0 for none.
    var heldIdentity: Int {
        get { Int(heldIdentityNumber) }
        set {
            pool.identityChanged(from: heldIdentity, to: newValue)
            heldIdentityNumber = Int32(clamping: newValue)
        }
    }

    init(_ worker: Worker, _ pool: UpstreamPool, _ accepted: AcceptedSocket, _ owner: RequestLedger.Owner) {
        self.worker = worker
        self.pool = pool
        self.owner = owner
        session = ClientSession(worker.sessionRules)
        lastActivity = worker.loop.nowMilliseconds
        connectedAtStamp = UInt32(truncatingIfNeeded: lastActivity)
        let socket = accepted.socket(on: worker.loop, delegate: self)
        // Below what memory may come to be short of, so that the end of every wait is told.
        socket.watermarkBytes = min(pool.bufferBytes, MemoryBounds.smallBytes)
        self.socket = socket
    }

    var takesRepliesSingly: Bool { false }

    // MARK: The client's side

    func streamOpened(_ socket: StreamSocket) {}

    func stream(_ socket: StreamSocket, received bytes: UnsafeRawBufferPointer) {
        lastActivity = worker.loop.nowMilliseconds
        worker.counters.bytesFromClients &+= bytes.count
        if pendingInput.isEmpty, returned.isEmpty {
            let used = process(bytes)
            if used < bytes.count { pendingInput.append(UnsafeRawBufferPointer(rebasing: bytes[used...])) }
        } else {
            pendingInput.append(bytes)
            return processPending()
        }
        balanceReading()
    }

    func streamReachedEnd(_ socket: StreamSocket) {
        hasEnded = true
        closeWhenSettled()
    }

    func streamDrained(_ socket: StreamSocket) {
        own?.link.resumeReading()
        shared?.clientDrained(owner)
        balanceReading()
    }

    func streamClosed(_ socket: StreamSocket, reason: StreamCloseReason) {
        if case .connectFailed(let error) = reason { worker.handshakeFailed(.resp, error) }
        leave()
        closing = nil
        worker.remove(self, owner)
    }

    /// Goes on with what waits of the client, and reads on from it when that has made room.
    func processPending() {
        if session.needsRestoration, !isRefusing, !restoreOwnLink() { return }
        defer { if isWaiting, !isAwaitingLink { stopWaiting() } }
        guard returned.isEmpty || processReturned(), !pendingInput.isEmpty else { return }
        let used = process(pendingInput.readable)
        pendingInput.consume(min(used, pendingInput.count))
        balanceReading()
    }

    /// Whether there is anything for which a link is still needed.
    private var isAwaitingLink: Bool {
        !pendingInput.isEmpty || !returned.isEmpty || session.needsRestoration || (session.isPinned && own?.link.isReady != true)
    }

    /// Carries out what the session says of `bytes`; hands back how many of them are dealt with.
    func process(_ bytes: UnsafeRawBufferPointer) -> Int {
        let span = bytes.bindMemory(to: UInt8.self).span
        var offset = 0
        session.serverIsPaused = pool.serverIsPaused
        session.timePassed(now: worker.loop.nowMilliseconds)
        let ownBefore = session.ownAwaitedCount
        defer { worker.counters.commands &+= max(0, session.ownAwaitedCount &- ownBefore) }
        while socket != nil, offset < bytes.count {
            if !isAccessKnown, !learnsAccess() { return offset }
            // On a link that is not settled nothing may be sent yet; the session has begun to count on it.
            if session.isPinned, own?.link.isReady != true || own?.replies.restoration != nil { return offset }
            switch session.next(span, from: offset) {
            case .needInput, .wait: return offset
            case .skip(let end): offset = end
            case .share(let end, let count, let reads):
                switch share(UnsafeRawBufferPointer(rebasing: bytes[offset..<end]), count, reads: reads) {
                case .done: offset = end
                case .again: continue
                case .waits: return offset
                }
            case .shareRewritten(let request, let end, let reads):
                switch request.withUnsafeBytes({ share($0, 1, reads: reads) }) {
                case .done: offset = end
                case .again: continue
                case .waits: return offset
                }
            case .translate(let translation, let rewritten, let end):
                switch translate(translation, rewritten ?? Array(bytes[offset..<end])) {
                case .done: offset = end
                case .again: continue
                case .waits: return offset
                }
            case .forward(let end):
                own?.link.sendNow(UnsafeRawBufferPointer(rebasing: bytes[offset..<end]))
                if session.awaitsResetOfMonitor { own?.replies.expectReset() } else if session.isMonitoring { own?.replies.monitorFilter?.turnOff() }
                for event in session.takeScripts() { worker.heard(event, pool) }
                offset = end
            case .forwardRewritten(let request, let end):
                request.withUnsafeBytes { own?.link.send($0) }
                if session.awaitsResetOfMonitor { own?.replies.expectReset() }
                for event in session.takeScripts() { worker.heard(event, pool) }
                offset = end
            case .needLink(let end, let afterWrites):
                if let linkRefusal, !session.needsLinkForLogin {
                    refuse(linkRefusal, endsHere: end != nil)
                    if let end { offset = end }
                    continue
                }
                if !isRefusing, takeOwnLink(afterWrites: afterWrites) { continue }
                guard isRefusing else {
                    waitForLink()
                    return offset
                }
                refuse(endsHere: end != nil)
                if let end { offset = end }
            case .select(let database, let end):
                switch settle(select: database) {
                case .done: offset = end
                case .again: continue
                case .waits: return offset
                }
            case .greet(let version, let name, let end):
                switch settle(greeting: version, name) {
                case .done: offset = end
                case .again: continue
                case .waits: return offset
                }
            case .answer(let reply, let end):
                if ClientAuthentication.isRefusal(reply) {
                    worker.counters.authenticationFailures += 1
                    noteRefusal(reply, of: span.extracting(offset..<end))
                }
                answer(reply)
                offset = end
            case .name(let reply, let end):
                answer(reply)
                nameChanged()
                offset = end
            case .reset(let reply, let end):
                dropOwnLink()
                forgetAll()
                shared = nil
                answer(reply)
                offset = end
            case .close(let reply):
                if reply.first == UInt8(ascii: "-") { worker.counters.protocolErrors += 1 }
                answer(reply)
                leave(lingering: true)
                return bytes.count
            case .closeCrossProtocol:
                worker.counters.protocolErrors += 1
                worker.spokeHTTP(socket)
                cutOff()
                return bytes.count
            }
        }
        return bytes.count
    }

    func answer(_ bytes: [UInt8]) { bytes.withUnsafeBytes { send($0) } }

    private func send(_ bytes: UnsafeRawBufferPointer) {
        worker.counters.bytesToClients &+= bytes.count
        socket?.send(bytes)
    }

    /// Reads on from the client as long as what waits of it, or for it, stays within bounds.
    func balanceReading() {
        guard let socket, !hasEnded else { return }
        // Each alone, since the link reports that it has drained only if it alone was above the bound.
        let waiting = pendingInput.count
        let isFull = waiting > pool.bufferBytes && waiting > session.inputBytesMin || (own?.link.unsentBytes ?? 0) > pool.bufferBytes
        waitsForMemory = worker.memory.isShort && waiting > MemoryBounds.smallBytes
        // Many clients write a whole pipeline before they read: so requests are taken in while replies wait.
        if isFull || waitsForMemory || socket.unsentBytes > worker.outputLimitBytes { socket.pauseReading() } else { socket.resumeReading() }
    }

    // MARK: Waiting

    /// Notes that the client waits for a link; or tells `count` commands that they have waited for too long.
    func refuseIfOverdue(_ count: Int) -> Progress {
        guard isRefusing else {
            waitForLink()
            return .waits
        }
        worker.counters.refusedNoMaster += count
        for _ in 0..<count { answer(refusal) }
        return .done
    }

    private var refusal: [UInt8] { Array("-NOMASTER \(pool.unavailableReason); the command was not executed\r\n".utf8) }

    /// Tells a request that needs a link of its own that it has waited for too long.
    private func refuse(endsHere: Bool) {
        worker.counters.refusedNoMaster += 1
        refuse(refusal, endsHere: endsHere)
    }

    private func refuse(_ reply: [UInt8], endsHere: Bool) {
        guard endsHere else {
            answer(reply)
            return session.beginningRefused()
        }
        answer(session.refused(reply))
    }

    func waitForLink() {
        if heldSince == nil {
            heldSince = worker.loop.nowMilliseconds
            if !pool.hasRoute { worker.counters.clientsHeld += 1 }
        }
        isWaiting = true
        pool.addWaiter(self)
    }

    func stopWaiting() {
        guard isWaiting else { return }
        isWaiting = false
        heldSince = nil
        pool.removeWaiter(self)
    }

    func masterMayBeReachable() {
        processPending()
        if hasEnded { closeWhenSettled() }
    }

    func giveUpWaiting(now: Int) {
        guard let heldSince, now - heldSince >= pool.holdMilliseconds else { return }
        stopWaiting()
        dropOwnLink()
        let isCut = session.isMidRequest
        session.unpinned()
        // The rest of a half-read request cannot be told from a new one.
        if isCut { return leave() }
        isRefusing = true
        processPending()
        isRefusing = false
        // What has to stand again is waited for as long as it takes: nobody is kept waiting by that.
        if session.needsRestoration { waitForLink() }
        if hasEnded { closeWhenSettled() }
    }

    // MARK: Time

    /// Applies what time brings: the end of patience with a silent client, of a drain.
    func sweep(now: Int) {
        if !session.isAuthenticated, Int(UInt32(truncatingIfNeeded: now) &- connectedAtStamp) > worker.settings.client.loginTimeoutMilliseconds { return leave() }
        let idleLimit = worker.settings.listen.idleTimeoutMilliseconds
        if idleLimit > 0, session.awaitedCount == 0, returned.isEmpty, session.isMatched, now - lastActivity > idleLimit { leave() }
        if session.isBlocking, socket?.hasPeerLeftUnread == true { leave() }
        if isDraining { closeWhenSettled() }
        if waitsForMemory { sweepWaitForMemory(now: now) }
    }

    /// Reads on where there is memory again, and refuses what has waited for it in vain: where it is the beginning of a request.
    private func sweepWaitForMemory(now: Int) {
        balanceReading()
        guard waitsForMemory, session.awaitedCount == 0, returned.isEmpty, !isWaiting, now - lastActivity > worker.memory.waitMilliseconds else { return }
        worker.counters.memoryRefusals += 1
        answer(Array("-OOM the proxy is above memory.max; the command was not executed\r\n".utf8))
        leave(lingering: true)
    }

    var heldBytes: Int { bufferedBytes + pendingInput.capacity + session.keptBytes }

    func evict() { cutOff() }

    /// Closes as soon as nothing is awaited any more.
    func drain() {
        isDraining = true
        closeWhenSettled()
    }

    func closeWhenSettled() {
        if hasEnded {
            // A blocked command would pop an element for nobody, and for a master of later nothing is kept.
            if session.isBlocking || !session.isMatched || (isWaiting && !pool.isServing) { return leave() }
            if isWaiting { return }
            // A request that was left in the middle is never answered.
            if session.awaitedCount <= (session.isMidRequest ? 1 : 0), returned.isEmpty { leave() }
        } else if isDraining, session.awaitedCount == 0 || !session.isMatched, pendingInput.isEmpty, returned.isEmpty {
            leave()
        }
    }

    var bufferedBytes: Int { socket?.unsentBytes ?? 0 }

    var inFlightWhileHeld: Int { pool.hasRoute || session.isBlocking || !session.isMatched ? 0 : session.awaitedCount }

    // MARK: The end

    func dropOwnLink() {
        guard let own else { return }
        self.own = nil
        if session.isLinkSpent { own.link.isSpent = true }
        let isGood = session.isOwnLinkClean && own.link.isReady && own.replies.isAsNew
        if showsName, isGood { pool.giveBack(own.link) } else { own.link.release() }
        nameHidden()
    }

    /// Ends the service: what is owed to the client is sent, what was accepted from it reaches the master. The worker
    /// counts the connection until its socket is closed.
    func leave(lingering: Bool = false) {
        guard let socket = end() else { return }
        closing = socket
        socket.finish(lingering: lingering)
    }

    /// Ends the service at once, whatever is owed.
    func cutOff() {
        guard let socket = end() else { return }
        closing = socket
        socket.abort()
    }

    private func end() -> StreamSocket? {
        dropOwnLink()
        pendingInput.removeAll()
        returned = []
        if heldIdentity != 0 { heldIdentity = 0 }
        stopWaiting()
        shared?.clientDrained(owner)
        shared = nil
        defer { socket = nil }
        return socket
    }
}
