import Bytes
import EventLoop
import Forwarding
import Gateway
import HTTP1
import RESP

/// One HTTP client: requests are read, run and answered in the order sent.
///
///     head ──▶ body ──▶ plan ──▶ backlog ──link of the same kind and room──▶ in flight ──reply──▶ response
///                                   │ no master: held; hold time over: 503        └─link lost: 504
///
/// Commands of a pipeline go out together as long as they go to the same database on a shared link. What needs a link of
/// its own, another database, or is answered by us waits until everything before it is answered.
final class HTTPConnection: StreamSocketDelegate, MasterWaiter, FrontConnection {
    private let worker: Worker
    private let pool: UpstreamPool
    private let owner: RequestLedger.Owner
    private var socket: StreamSocket?
    /// The socket once the client is to be served no more, until it is closed: what is owed is still being sent.
    private var closing: StreamSocket?
    private var intake: HTTPIntake
    private var pendingInput = ByteBuffer()
    /// Planned and not yet begun.
    private var backlog: [GatewayPlan] = []
    /// Sent, awaiting their replies on `link`, oldest first.
    private var inFlight: [GatewayCommand] = []
    private var link: SharedLink?
    private var linkDatabase = 0
    private var isLinkExclusive = false
    /// Whether the exclusive link may serve others after this.
    private var isLinkReusable = false
    /// The reply under way, as far as it has come.
    private var partialReply = ByteBuffer()
    /// The reply under way is larger than may be held: its bytes are passed over.
    private var isSkippingReply = false
    private var heldSince: Int?
    private var headStartedAt: Int?
    private var lastActivity: Int
    private var hasEnded = false
    private var isDraining = false
    private var isPumping = false

    init(_ worker: Worker, _ pool: UpstreamPool, _ accepted: AcceptedSocket, _ owner: RequestLedger.Owner) {
        self.worker = worker
        self.pool = pool
        self.owner = owner
        lastActivity = worker.loop.nowMilliseconds
        intake = HTTPIntake(limits: worker.httpLimits, credentials: worker.settings.http.credentials)
        let socket = accepted.socket(on: worker.loop, delegate: self)
        socket.watermarkBytes = pool.bufferBytes
        self.socket = socket
    }

    // MARK: Requests

    func streamOpened(_ socket: StreamSocket) {}

    func stream(_ socket: StreamSocket, received bytes: UnsafeRawBufferPointer) {
        lastActivity = worker.loop.nowMilliseconds
        worker.counters.bytesFromClients += bytes.count
        pendingInput.append(bytes)
        pump()
    }

    func streamReachedEnd(_ socket: StreamSocket) {
        hasEnded = true
        // A blocked command would take an element for nobody, and for a master of later nothing is kept.
        if (isLinkExclusive && !inFlight.isEmpty) || (heldSince != nil && !pool.hasRoute) { leave() } else { pump() }
    }

    func streamDrained(_ socket: StreamSocket) {
        lastActivity = worker.loop.nowMilliseconds
        link?.clientDrained(owner)
        pump()
    }

    func streamClosed(_ socket: StreamSocket, reason: StreamCloseReason) {
        if case .connectFailed(let error) = reason { worker.handshakeFailed(.http, error) }
        leave()
        closing = nil
        worker.remove(self, owner)
    }

    /// Begins what can begin, reads on as long as there is room, and closes when all is said.
    private func pump() {
        guard !isPumping else { return }
        isPumping = true
        defer { isPumping = false }
        while socket != nil {
            if let plan = backlog.first {
                guard begin(plan) else { break }
                // A response may have been the connection's last.
                if !backlog.isEmpty { backlog.removeFirst() }
            } else if !readRequest() {
                break
            }
        }
        guard let socket else { return }
        let isSettled = inFlight.isEmpty && backlog.isEmpty
        // Requests that were sent before the client ended its side wait for room as all do.
        if isSettled, hasEnded && (hasRoom || pendingInput.isEmpty) || (isDraining && !intake.isMidRequest && pendingInput.isEmpty) { return leave() }
        // Behind a blocked command, what the client sends is taken in within bounds, so that its end is seen.
        let isBlocked = isLinkExclusive && !inFlight.isEmpty
        let readsOn = isBlocked ? pendingInput.count <= pool.bufferBytes : hasRoom
        if readsOn { socket.resumeReading() } else { socket.pauseReading() }
    }

    private var hasRoom: Bool {
        backlog.isEmpty && inFlight.count < worker.settings.http.maxPipeline && (socket?.unsentBytes ?? 0) <= pool.bufferBytes
    }

    /// Reads one step of the next request; false when there is nothing (more) to read now.
    private func readRequest() -> Bool {
        guard hasRoom, !pendingInput.isEmpty else { return false }
        let (step, used) = pendingInput.withSpan { intake.next($0) }
        pendingInput.consume(used)
        switch step {
        case .needInput:
            if !intake.isMidRequest, pendingInput.isEmpty { headStartedAt = nil }
            else if headStartedAt == nil, !intake.isInBody { headStartedAt = worker.loop.nowMilliseconds }
            return false
        case .bodyBegins(let expectsContinue):
            headStartedAt = nil
            // Nothing may go out between the responses before it and this one's.
            if expectsContinue { backlog.append(.proceed) }
            return true
        case .plan(let plan):
            headStartedAt = nil
            backlog.append(plan)
            return true
        }
    }

    /// Begins `plan`; false when it has to wait.
    private func begin(_ plan: GatewayPlan) -> Bool {
        switch plan {
        case .respond(let answer, let framing):
            guard inFlight.isEmpty else { return false }
            respond(answer, framing)
            return true
        case .proceed:
            guard inFlight.isEmpty else { return false }
            socket?.send(Array(ResponseHead.continuing.description.utf8))
            return true
        case .run(let command):
            return run(command)
        }
    }

    private func run(_ command: GatewayCommand) -> Bool {
        let placement = CommandPlacement(
            command.arguments.span, name: command.name, second: command.firstArgument ?? 0..<0, kinds: worker.kinds,
            serverIsPaused: pool.serverIsPaused)
        let database = command.database ?? 0
        let isExclusive = placement != .shared
        let fits = link != nil && database == linkDatabase && isLinkExclusive == isExclusive
        // On a link that is gone, each command in flight is told so first.
        if !inFlight.isEmpty, !fits || isLinkExclusive || link?.isGone == true { return false }
        // Nobody is left for whom it might block.
        if hasEnded, isExclusive {
            leave()
            return true
        }
        if isExclusive {
            // A kind of link that Redis would not have on the shared side it will not have here.
            if case .refused(let text) = pool.sharedLink(carrying: SessionState(database: database), slot: Int(owner.slot)) {
                dropLink()
                respond(command, refusal: text)
                return true
            }
            if !fits || link?.isGone == true {
                dropLink()
                isLinkExclusive = true
                isLinkReusable = placement == .exclusive
                linkDatabase = database
                link = pool.exclusiveLink(database: database, afterWrites: true)
            }
        } else if !fits || link?.isAccepting != true {
            switch pool.sharedLink(carrying: SessionState(database: database), slot: Int(owner.slot)) {
            case .ready(let ready):
                // A reply on another link could overtake those that are awaited.
                guard ready === link || inFlight.isEmpty else { return false }
                dropLink()
                linkDatabase = database
                link = ready
            case .refused(let text):
                guard inFlight.isEmpty else { return false }
                dropLink()
                respond(command, refusal: text)
                return true
            case .waiting, .exhausted:
                if inFlight.isEmpty { waitForMaster() }
                return false
            }
        }
        guard let link, link.isReady else {
            waitForMaster()
            return false
        }
        guard link.hasRoom || inFlight.isEmpty else { return false }
        stopWaiting()
        worker.counters.commands += 1
        inFlight.append(command)
        command.arguments.withUnsafeBytes { link.submit($0, count: 1, for: owner) }
        return true
    }

    private func waitForMaster() {
        if heldSince == nil { heldSince = worker.loop.nowMilliseconds }
        pool.addWaiter(self)
    }

    private func stopWaiting() {
        guard heldSince != nil else { return }
        heldSince = nil
        pool.removeWaiter(self)
    }

    func masterMayBeReachable() { pump() }

    // MARK: Replies

    var takesRepliesSingly: Bool { true }

    /// The reply to the oldest command in flight, or a part of it.
    func received(_ bytes: UnsafeRawBufferPointer, completing count: Int, from link: SharedLink) {
        guard link === self.link, !inFlight.isEmpty else { return }
        guard count > 0 else { return keep(bytes) }
        if isSkippingReply {
            isSkippingReply = false
            respondTooLarge()
        } else if partialReply.isEmpty {
            render(bytes)
        } else {
            partialReply.append(bytes)
            let whole = partialReply.takeAll()
            render(whole.readable)
        }
    }

    private func keep(_ part: UnsafeRawBufferPointer) {
        guard !isSkippingReply else { return }
        if partialReply.count + part.count > worker.settings.http.maxReplyBytes {
            partialReply.removeAll()
            isSkippingReply = true
        } else {
            partialReply.append(part)
        }
    }

    private func render(_ reply: UnsafeRawBufferPointer) {
        let command = inFlight.removeFirst()
        worker.scratch.removeAll(keepingCapacity: true)
        GatewayResponse.append(command, reply: reply.bindMemory(to: UInt8.self).span, to: &worker.scratch)
        answered(keepAlive: command.framing.keepAlive)
    }

    private func respondTooLarge() {
        let command = inFlight.removeFirst()
        if isLinkExclusive { dropLink() }
        respond(GatewayAnswer(status: 502, message: "the reply is larger than http.max_reply allows"), command.framing)
        pump()
    }

    /// Responses are rendered whole, so the reply is taken in whatever its size.
    func receivesLargeReply(from link: SharedLink) {}

    /// What is in flight on a shared link comes whether the client reads or not, so the link waits for it.
    private func noteUnsent() {
        guard let socket, let link, !isLinkExclusive, !inFlight.isEmpty, socket.unsentBytes > pool.bufferBytes else { return }
        if socket.unsentBytes > worker.settings.client.outputLimitBytes { link.waitFor(owner) } else { link.waitIfAlone(owner) }
    }

    func outlastedPatience(of link: SharedLink) {
        guard link === self.link, let socket = end() else { return }
        worker.cutsForOutput(socket)
        closing = socket
        socket.abort()
    }

    func lost(_ count: Int, with link: SharedLink) {
        guard link === self.link else { return }
        partialReply.removeAll()
        isSkippingReply = false
        for _ in 0..<count where !inFlight.isEmpty {
            let command = inFlight.removeFirst()
            worker.counters.unknownOutcomes += 1
            respond(.outcomeUnknown, command.framing)
        }
        pump()
    }

    private func respond(_ command: GatewayCommand, refusal: String) {
        worker.scratch.removeAll(keepingCapacity: true)
        let reply = Array("-\(refusal)\r\n".utf8)
        GatewayResponse.append(command, reply: reply.span, to: &worker.scratch)
        answered(keepAlive: command.framing.keepAlive)
    }

    /// Sends what stands in the loop's scratch buffer.
    private func answered(keepAlive: Bool) {
        lastActivity = worker.loop.nowMilliseconds
        worker.counters.countResponse(status: StatusLine.status(of: worker.scratch))
        worker.counters.bytesToClients += worker.scratch.count
        worker.scratch.withUnsafeBytes { socket?.send($0) }
        noteUnsent()
        if worker.scratch.capacity > Worker.scratchRetainedBytes { worker.scratch = [] }
        if isLinkExclusive, inFlight.isEmpty { dropLink() }
        if keepAlive { pump() } else { leave() }
    }

    private func respond(_ answer: GatewayAnswer, _ framing: ResponseFraming) {
        worker.scratch.removeAll(keepingCapacity: true)
        answer.append(framing, to: &worker.scratch)
        worker.counters.countResponse(status: answer.status)
        worker.counters.bytesToClients += worker.scratch.count
        worker.scratch.withUnsafeBytes { socket?.send($0) }
        if answer.status == 401 { worker.counters.authenticationFailures += 1 }
        // Whoever was refused may be sending its body yet.
        if !framing.keepAlive { leave(lingering: true) }
    }

    // MARK: Time

    func giveUpWaiting(now: Int) {
        if let heldSince, now - heldSince >= worker.holdMilliseconds { refuseHeld() }
    }

    /// Ends heads, bodies and connections that take too long.
    func sweep(now: Int) {
        guard let socket else { return }
        // A blocked command would take an element for nobody.
        if isLinkExclusive, !inFlight.isEmpty, socket.hasPeerLeftUnread { return leave() }
        let settings = worker.settings.http
        // Responses keep the order of the requests, so a late one is told so when those before it are answered.
        let isQuiet = inFlight.isEmpty && backlog.isEmpty
        if isQuiet, let headStartedAt, now - headStartedAt > settings.headerTimeoutMilliseconds {
            return respond(.requestTimeout, ResponseFraming())
        }
        guard settings.idleTimeoutMilliseconds > 0, isQuiet, now - lastActivity > settings.idleTimeoutMilliseconds else { return }
        if intake.isInBody { respond(.requestTimeout, ResponseFraming()) } else { leave() }
    }

    /// The hold time is over: nothing of what waits was sent.
    private func refuseHeld() {
        stopWaiting()
        dropLink()
        let waiting = backlog
        backlog = []
        for plan in waiting where socket != nil {
            switch plan {
            case .respond(let answer, let framing): respond(answer, framing)
            case .run(let command):
                worker.counters.refusedNoMaster += 1
                respond(.masterUnavailable, command.framing)
            case .proceed: backlog.append(plan)
            }
        }
        pump()
    }

    func drain() {
        isDraining = true
        pump()
    }

    private func dropLink() {
        if isLinkExclusive { link?.release(reusable: isLinkReusable) } else { link?.clientDrained(owner) }
        link = nil
        isLinkExclusive = false
        partialReply.removeAll()
        isSkippingReply = false
    }

    /// Ends the service: what is owed to the client is sent. The worker counts the connection until its socket is closed.
    private func leave(lingering: Bool = false) {
        guard let socket = end() else { return }
        closing = socket
        socket.finish(lingering: lingering)
    }

    private func end() -> StreamSocket? {
        dropLink()
        inFlight = []
        backlog = []
        headStartedAt = nil
        stopWaiting()
        defer { socket = nil }
        return socket
    }
}
