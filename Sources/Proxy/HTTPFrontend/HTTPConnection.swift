import Bytes
import EventLoop
import Forwarding
import Gateway
import HTTP1
import RESP
import WebSocket

/// One HTTP client: requests are read, run and answered in the order sent.
///
///     head ──▶ body ──▶ plan ──▶ backlog ──link of the same kind and room──▶ in flight ──reply──▶ response
///                                   │ no master: held; hold time over: 503        └─link lost: sent again, or 504
///
/// Commands of a pipeline go out together as long as they go to the same database on a shared link. What needs a link of
/// its own, another database, or is answered by us waits until everything before it is answered.
final class HTTPConnection: StreamSocketDelegate, MasterWaiter, FrontConnection {
    let worker: Worker
    let pool: UpstreamPool
    let owner: RequestLedger.Owner
    /// The socket, until it is closed.
    var connection: StreamSocket?
    /// How the replies are shown that are awaited on `link`, oldest first.
    var inFlight = WaitingQueue<ReplyPresentation>()
    private var linkDatabaseNumber: Int32 = 0
    // All that takes a byte stands together, so that an idle client takes less memory.
    /// What brings the requests.
    var wire: Wire
    var isLinkExclusive = false
    /// Whether Redis has served a client without a password since this one has come, where the proxy has none to show.
    var isServedOpenly = false
    /// Whether what is in flight on the exclusive link may be meant to wait.
    var linkMayBlock = false
    /// The client is served no more; what is owed to it is still being sent.
    var hasLeft = false
    var hasEnded = false
    private var intake = HTTPIntake()
    private(set) var isDraining = false
    private var isPumping = false
    /// The last milliseconds of the clock, of which no more is needed to tell how long ago something was.
    private var lastActivityStamp: UInt32 = 0
    var link: SharedLink?
    private(set) var unfinished: UnfinishedWork?

    /// Of whom the client is served; nil once it is to be served no more.
    var socket: StreamSocket? { hasLeft ? nil : connection }

    var linkDatabase: Int {
        get { Int(linkDatabaseNumber) }
        set { linkDatabaseNumber = Int32(clamping: newValue) }
    }

    private var isBacklogEmpty: Bool { unfinished.map { $0.backlog.isEmpty && $0.planning == nil } ?? true }

    /// Whether a command is in flight that may be meant to wait.
    private var isBlocked: Bool { isLinkExclusive && linkMayBlock && !inFlight.isEmpty }

    func noteActivity() { lastActivityStamp = UInt32(truncatingIfNeeded: worker.loop.nowMilliseconds) }

    /// What is under way, made where there was nothing.
    var begunWork: UnfinishedWork {
        if let unfinished { return unfinished }
        let begun = UnfinishedWork()
        unfinished = begun
        return begun
    }

    var stream: HTTPStream? { unfinished?.stream }
    var webSocket: WebSocketSession? { unfinished?.webSocket }
    var heldSince: Int? { unfinished?.heldSince }

    /// What has just come and is not dealt with yet, where nothing waits before it; valid during the call that brought it.
    private var arriving: UnsafeRawBufferPointer? {
        get { worker.arriving.owner == owner ? worker.arriving.bytes : nil }
        set { worker.arriving = (owner, newValue) }
    }

    /// What the client is reached by.
    enum Way {
        case accepted(AcceptedSocket)
        case stream(any StreamCarrier, peer: SocketAddress?)
    }

    init(_ worker: Worker, _ pool: UpstreamPool, _ way: Way, _ owner: RequestLedger.Owner) {
        self.worker = worker
        self.pool = pool
        self.owner = owner
        wire = if case .stream = way { .stream } else { worker.settings.http.speaksHTTP2 ? .untold : .http1 }
        noteActivity()
        let socket =
            switch way {
            case .accepted(let accepted): accepted.socket(on: worker.loop, delegate: self)
            case .stream(let carrier, let peer): StreamSocket(worker.loop, carrier: carrier, peer: peer, delegate: self)
            }
        // Below what memory may come to be short of, so that the end of every wait is told.
        socket.watermarkBytes = min(pool.bufferBytes, MemoryBounds.smallBytes)
        connection = socket
    }

    // MARK: Requests

    func streamOpened(_ socket: StreamSocket) {
        if wire == .untold, socket.hasAgreedOnHTTP2 { speakHTTP2(socket) }
    }

    func stream(_ socket: StreamSocket, received bytes: UnsafeRawBufferPointer) {
        if wire == .untold, beginsHTTP2(bytes, socket) { return }
        noteActivity()
        worker.counters.bytesFromClients += bytes.count
        if let unfinished, !unfinished.input.isEmpty {
            unfinished.input.append(bytes)
            return pump()
        }
        // What can be dealt with at once is read where it lies.
        arriving = bytes
        pump()
        if let rest = arriving, !rest.isEmpty { begunWork.input.append(rest) }
        arriving = nil
    }

    func streamReachedEnd(_ socket: StreamSocket) {
        hasEnded = true
        // A blocked command would take an element for nobody, and for a master of later nothing is kept.
        if stream != nil || isBlocked || (heldSince != nil && !pool.isServing) { leave() } else { pump() }
    }

    func streamDrained(_ socket: StreamSocket) {
        noteActivity()
        if unfinished?.long != nil {
            if worker.isTurnLong { worker.postpone { [weak self] in self?.sendSlice() } } else { sendSlice() }
        }
        if owedBytes <= worker.comfortableOutputBytes { link?.clientDrained(owner) }
        if let goesOn = stream?.goesOn, hasRoomForReplies {
            stream?.goesOn = nil
            goesOn()
        }
        pump()
    }

    func streamClosed(_ socket: StreamSocket, reason: StreamCloseReason) {
        if case .connectFailed(let error) = reason { worker.handshakeFailed(.http, error) }
        leave()
        connection = nil
        worker.remove(self, owner)
    }

    /// The same where a reply has been handed on; nearly always there is nothing to do.
    func pumpBehindReply() {
        if isBacklogEmpty, inputCount == 0, !hasEnded, !isDraining, socket?.isReadingWanted == true { return }
        pump()
    }

    /// Begins what can begin, reads on as long as there is room, and closes when all is said.
    func pump() {
        guard !isPumping else { return }
        isPumping = true
        defer { isPumping = false }
        while socket != nil, stream == nil, webSocket?.pending == nil {
            if let step = unfinished?.backlog.first {
                guard begin(step) else { break }
                // A response may have been the connection's last.
                if let unfinished, !unfinished.backlog.isEmpty { _ = unfinished.backlog.removeFirst() }
            } else if !readRequest() {
                break
            }
        }
        guard let socket else { return }
        if let stream, isDraining { return finishStream(stream) }
        if webSocket != nil, isDraining, inFlight.isEmpty { return close(WebSocketCloseCode.goingAway, "The server is going away.") }
        let isSettled = inFlight.isEmpty && isBacklogEmpty && stream == nil
        // Requests that were sent before the client ended its side wait for room as all do.
        if isSettled, hasEnded && (hasRoom || inputCount == 0) || (isDraining && !intake.isMidRequest && inputCount == 0) { return leave() }
        // Behind what waits, what the client sends is taken in within bounds, so that its end is seen.
        let readsOn = (stream != nil || isBlocked || heldSince != nil ? inputCount <= pool.bufferBytes : hasRoom) && unfinished?.memorySince == nil
        if readsOn { socket.resumeReading() } else { socket.pauseReading() }
    }

    /// Whether the client reads what it is sent.
    var hasRoomForReplies: Bool { (socket?.unsentBytes ?? 0) <= worker.comfortableOutputBytes }

    var hasRoom: Bool {
        isBacklogEmpty && inFlight.count < worker.settings.http.maxPipeline && hasRoomForReplies
    }

    /// Reads one step of the next request; false when there is nothing (more) to read now.
    private func readRequest() -> Bool {
        if let webSocket { return readFrame(webSocket) }
        let count = inputCount
        guard count > 0, hasRoom, !isPostponed(count), mayTakeIn(intake.bodyBytes, isUnfinished: intake.isInBody) else { return false }
        let (step, _) = nextStep()
        switch step {
        case .needInput:
            if !intake.isMidRequest, inputCount == 0 { unfinished?.headStartedAt = nil }
            else if unfinished?.headStartedAt == nil, !intake.isInBody { begunWork.headStartedAt = worker.loop.nowMilliseconds }
            return false
        case .bodyBegins(let expectsContinue):
            unfinished?.headStartedAt = nil
            // Nothing may go out between the responses before it and this one's.
            if expectsContinue { begunWork.backlog.append(.proceed) }
            return true
        case .large(let request):
            unfinished?.headStartedAt = nil
            planElsewhere(request)
            return true
        case .plan(.run):
            unfinished?.headStartedAt = nil
            if isLastRequest() { worker.commandSlot.command.endConnection() }
            if worker.timedRequest.owner == 0, inFlight.isEmpty, isBacklogEmpty, case .single = worker.commandSlot.command.kind {
                worker.timedRequest = (owner.key, worker.loop.turnStamp)
            }
            // What can begin at once is kept nowhere.
            withCommand { if $0.hasPreface { add($0) } else if !run($0) { begunWork.backlog.append(.run($0)) } }
            return true
        case .plan(let plan):
            unfinished?.headStartedAt = nil
            add(plan)
            return true
        }
    }

    /// Calls `body` with the command that was read last; what is read meanwhile does not change it.
    private func withCommand(_ body: (inout GatewayCommand) -> Void) {
        let slot = worker.commandSlot
        slot.isInUse = true
        body(&slot.command)
        slot.isInUse = false
        guard worker.commandSlot !== slot else { return }
        slot.keepNext(worker.commandSlot)
        worker.commandSlot = slot
    }

    /// Adds what is to be done about the request that was read last, whose command is the loop's.
    func add(_ plan: GatewayPlan) {
        let isLast = isLastRequest()
        let work = begunWork
        switch plan {
        case .respond(let answer, let framing): work.backlog.append(.respond(answer, isLast ? framing.closing : framing))
        case .health(let asksForMaster, let framing):
            let answer: GatewayAnswer = !asksForMaster ? .alive : pool.isServing ? .ready : .notReady
            work.backlog.append(.respond(answer, isLast ? framing.closing : framing))
        case .upgrade(let start): work.backlog.append(.upgrade(start))
        case .reply(let reply):
            if isLast { worker.commandSlot.command.endConnection() }
            work.backlog.append(.reply(worker.commandSlot.command.presentation, reply))
        case .batch(let batch):
            if isLast { batch.answer.endConnection() }
            work.backlog.append(batch.answer.isTransaction ? .transaction(batch) : .batch(batch))
        case .run:
            if isLast { worker.commandSlot.command.endConnection() }
            add(worker.commandSlot.command)
        }
    }

    /// Adds a command, and before it what is asked before it.
    private func add(_ command: GatewayCommand) {
        let work = begunWork
        if let preface = command.preface { work.backlog.append(.run(preface)) }
        work.backlog.append(.run(command))
    }

    /// Whether nothing is to be read behind the request that has just been read, since the client had better connect anew. What it
    /// has sent before it could know that is read yet.
    private func isLastRequest() -> Bool {
        guard worker.tellsWebClientsToLeave, inputCount == 0 else { return false }
        intake.end()
        return true
    }

    /// Who the client is, where anybody asks; nil over a Unix socket too.
    private var peer: IPAddress? { worker.gatewayRules.asksForPeer ? socket?.peer?.ip : nil }

    /// Bytes of the client that are not dealt with.
    var inputCount: Int { arriving?.count ?? unfinished?.input.count ?? 0 }

    /// The framing of the response to a request whose body is awaited.
    var awaitedFraming: ResponseFraming { intake.awaitedFraming(worker.gatewayRules) }
    /// Notes the plan for the request that was read last.
    func noteTaken(_ plan: GatewayPlan) { intake.took(plan, worker.commandSlot.command) }
    /// Bytes that have come of the body that is awaited.
    var bodyBytes: Int { intake.bodyBytes }
    /// Whether everything that was asked for is answered.
    var isQuiet: Bool { inFlight.isEmpty && isBacklogEmpty }

    /// Has one step of what the client has sent read.
    private func nextStep() -> (HTTPIntake.Step, used: Int) {
        let worker = worker
        var slot = worker.commandSlot
        if slot.isInUse {
            slot = slot.takeNext()
            worker.commandSlot = slot
        }
        let rules = worker.gatewayRules
        guard let bytes = arriving else {
            let work = begunWork
            let result = intake.next(work.input.readable.bindMemory(to: UInt8.self).span, rules, peer: peer, &worker.fieldMemo, into: &slot.command)
            work.input.consume(result.used, retainedBytesMax: 0)
            return result
        }
        let result = intake.next(bytes.bindMemory(to: UInt8.self).span, rules, peer: peer, &worker.fieldMemo, into: &slot.command)
        arriving = UnsafeRawBufferPointer(rebasing: bytes[result.used...])
        return result
    }

    /// Has frames read up to the next thing that they tell.
    func nextFrameEvent(_ session: WebSocketSession) -> WebSocketFrameReader.Event? {
        guard let bytes = arriving else {
            let work = begunWork
            let result = session.frames.next(work.input.readable.bindMemory(to: UInt8.self).span)
            work.input.consume(result.used, retainedBytesMax: 0)
            return result.event
        }
        let result = session.frames.next(bytes.bindMemory(to: UInt8.self).span)
        arriving = UnsafeRawBufferPointer(rebasing: bytes[result.used...])
        return result.event
    }

    /// Begins `step`; false when it has to wait.
    private func begin(_ step: Step) -> Bool {
        if case .run(let command) = step { return run(command) }
        if case .transaction(let batch) = step { return run(batch) }
        if case .batch(let batch) = step { return runParts(of: batch) }
        guard inFlight.isEmpty else { return false }
        if case .subscription(let subscription, let command) = step, let webSocket { return change(subscription, command, webSocket) }
        switch step {
        case .respond(let answer, let framing): respond(answer, framing)
        case .proceed: socket?.send(Array(ResponseHead.continuing.description.utf8))
        case .reply(let shown, let reply): respond(shown, reply: reply)
        case .upgrade(let start): upgrade(start)
        case .refuseAfterSubscription: sendFrame { WebSocketAnswer.append(text: "Command not allowed after subscribe", to: &$0) }
        case .refusedPart(let answer, let shown): respond(answer, shown)
        case .run, .batch, .transaction, .subscription: break
        }
        return true
    }

    // MARK: Time

    /// Ends heads, bodies and connections that take too long.
    func sweep(now: Int) {
        guard let socket else { return }
        if let memorySince = unfinished?.memorySince { sweepWaitForMemory(since: memorySince, now: now) }
        if let webSocket {
            if inFlight.isEmpty { inFlight.releaseMemory() }
            return sweepWebSocket(webSocket, now: now)
        }
        if let stream {
            if socket.hasPeerLeftUnread { return leave() }
            return sweepStream(stream, now: now)
        }
        // A blocked command would take an element for nobody.
        if isBlocked, socket.hasPeerLeftUnread { return leave() }
        let commandTimeout = pool.settings.commandTimeoutMilliseconds
        if isLinkExclusive, !linkMayBlock, commandTimeout > 0 { link?.giveUpIfOverdue(now: now, limit: commandTimeout) }
        let settings = worker.settings.http
        if inFlight.isEmpty { inFlight.releaseMemory() }
        if unfinished?.isNothing == true, !isLinkExclusive { unfinished = nil }
        // Responses keep the order of the requests, so a late one is told so when those before it are answered.
        if isQuiet, let headStartedAt = unfinished?.headStartedAt, now - headStartedAt > settings.headerTimeoutMilliseconds {
            return respond(.requestTimeout, ResponseFraming())
        }
        guard settings.idleTimeoutMilliseconds > 0, isQuiet, Int(UInt32(truncatingIfNeeded: now) &- lastActivityStamp) > settings.idleTimeoutMilliseconds else { return }
        if intake.isInBody { respond(.requestTimeout, awaitedFraming.closing) } else { leave() }
    }

    var bufferedBytes: Int { socket?.unsentBytes ?? 0 }

    var inFlightWhileHeld: Int { pool.hasRoute || isLinkExclusive ? 0 : inFlight.count }

    func drain() {
        isDraining = true
        pump()
    }

    /// Ends the service: what is owed to the client is sent. The worker counts the connection until its socket is closed.
    func leave(lingering: Bool = false) {
        guard let socket = end() else { return }
        socket.finish(lingering: lingering)
    }

    func end() -> StreamSocket? {
        if worker.timedRequest.owner == owner.key { worker.timedRequest.owner = 0 }
        dropLink()
        endStream()
        inFlight.releaseMemory()
        unfinished?.backlog.releaseMemory()
        unfinished?.headStartedAt = nil
        unfinished?.long = nil
        unfinished?.planning = nil
        stopWaiting()
        defer { hasLeft = true }
        return socket
    }
}
