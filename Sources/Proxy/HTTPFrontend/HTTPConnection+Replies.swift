import Bytes
import EventLoop
import Forwarding
import Gateway
import HTTP1
import Observability
import Rendering

/// What comes back to an HTTP client: replies as responses, and commands whose link is gone.
extension HTTPConnection {
    var takesRepliesSingly: Bool { true }

    /// The reply to the oldest command in flight, or a part of it.
    func received(_ bytes: UnsafeRawBufferPointer, completing count: Int, from link: SharedLink) {
        guard link === self.link, !inFlight.isEmpty else { return }
        unfinished?.cutShortCount = 0
        if unfinished?.long != nil { return hold(bytes, isWhole: count > 0) }
        guard count > 0 else { return keep(bytes) }
        guard let unfinished, unfinished.skipped != nil || !unfinished.reply.isEmpty else { return render(bytes) }
        if let reason = unfinished.skipped {
            unfinished.skipped = nil
            respondSkipped(reason)
        } else {
            unfinished.reply.append(bytes)
            var whole = unfinished.reply.takeAll()
            render(&whole)
        }
    }

    /// Renders a reply that has come in parts, here or elsewhere.
    func render(_ reply: inout ByteBuffer) { if !renderElsewhere(&reply) { render(reply.readable) } }

    private func render(_ reply: UnsafeRawBufferPointer) {
        let shown = inFlight.removeFirst()
        if inFlight.isEmpty { inFlight.returnMemory(to: &worker.presentationReserve) }
        if webSocket != nil { return respondFrame(shown, reply.bindMemory(to: UInt8.self).span) }
        if let batch = shown.batch { return add(reply.bindMemory(to: UInt8.self).span, to: batch) }
        if shown.isPreface {
            shown.takePreface(reply.bindMemory(to: UInt8.self).span)
            if isLinkExclusive, inFlight.isEmpty { dropLink() }
            return pumpBehindReply()
        }
        let worker = worker
        let span = reply.bindMemory(to: UInt8.self).span
        // Behind another response, it is written where that one waits to be sent.
        if let socket, let written = GatewayResponse.write(shown, reply: span, worker.gatewayRules, at: { socket.place(for: $0) }) {
            socket.noteWritten(written)
            count(200, LoopCounters.HTTPFormat(shown.format))
            noteSent(written, socket)
            return goOn(keepAlive: true)
        }
        worker.scratch.removeAll(keepingCapacity: true)
        let status = GatewayResponse.append(shown, reply: span, worker.gatewayRules, to: &worker.scratch)
        answered(status, shown.format, keepAlive: shown.framing.keepAlive)
    }

    /// Responses are rendered whole, so the reply is taken in whatever its size.
    func receivesLargeReply(from link: SharedLink) {}

    /// What is in flight on a shared link comes whether the client reads or not, so the link waits for it.
    func noteUnsent() {
        let owed = owedBytes
        guard socket != nil, let link, !isLinkExclusive, !inFlight.isEmpty, owed > worker.comfortableOutputBytes else { return }
        if owed > worker.outputLimitBytes { link.waitFor(owner) } else { link.waitIfAlone(owner) }
    }

    func outlastedPatience(of link: SharedLink) {
        guard link === self.link, let socket = end() else { return }
        worker.cutsForOutput(socket)
        socket.abort()
    }

    /// What was in flight comes back: what is safe to be run again goes before all that came since.
    func returned(_ requests: [ReturnedRequest], replyHasBegun: Bool, from link: SharedLink) {
        guard link === self.link else { return }
        forgetPartOfReply()
        // Nothing is run once more for nobody.
        if hasEnded { return leave() }
        var steps: [Step] = []
        var transaction: (answer: BatchAnswer, mayHaveRun: Bool)?
        let awaited = inFlight.takeAll()
        let answeredCount = min(answeredInFlight, awaited.count)
        for shown in awaited.prefix(answeredCount) { inFlight.append(shown) }
        for (shown, returned) in zip(awaited.dropFirst(answeredCount), requests) {
            if let batch = shown.batch, batch.isTransaction {
                // All of it has run, or nothing, as its EXEC has, which stands last: that was handed over or was not.
                let mayHaveRun =
                    switch returned {
                    case .unknown, .rerun, .reply: true
                    case .runAgain, .notExecuted: false
                    }
                transaction = (batch, mayHaveRun)
                continue
            }
            switch returned {
            case .runAgain(let arguments) where isCutShortAgain(arguments):
                worker.counters.refusedNoMaster += 1
                steps.append(.refusedPart(.masterUnavailable, shown))
            case .runAgain(let arguments), .rerun(let arguments):
                worker.counters.requestsRunAgain += 1
                let elapsed = worker.loop.nowMilliseconds - (unfinished?.sentAt ?? 0)
                let request = isLinkExclusive ? BlockingRequest.resumed(arguments, elapsedMilliseconds: elapsed) : arguments
                let isRerun = if case .rerun = returned { true } else { false }
                steps.append(.run(GatewayCommand(again: request, database: linkDatabase, shown, isRerun: isRerun)))
            case .unknown:
                worker.counters.unknownOutcomes += 1
                steps.append(.refusedPart(.outcomeUnknown, shown))
            case .notExecuted:
                worker.counters.refusedNoMaster += 1
                steps.append(.refusedPart(.masterUnavailable, shown))
            case .reply(let reply): steps.append(.reply(shown, reply))
            }
        }
        if let transaction {
            if transaction.mayHaveRun { worker.counters.unknownOutcomes += 1 } else { worker.counters.refusedNoMaster += 1 }
            let shown = transaction.answer.presentation
            steps.append(.respond(transaction.mayHaveRun ? .outcomeUnknown : .masterUnavailable, shown.framing))
        }
        dropLink()
        begunWork.backlog.putBack(steps)
        // Of a server that is lost the other links may not be known to be gone yet, and a large request is not sent often.
        if begunWork.cutShortCount > 0, pool.hasRoute { waitForMaster() } else { pump() }
    }

    /// Whether a large request has been sent twice, and no server has taken it to its end: else it would be sent for ever.
    private func isCutShortAgain(_ arguments: [UInt8]) -> Bool {
        guard arguments.count > LargeRequest.bytesMin else { return false }
        begunWork.cutShortCount += 1
        return begunWork.cutShortCount > 1
    }

    func handedOver(_ reads: [ReturnedRequest], from link: SharedLink) { returned(reads, replyHasBegun: false, from: link) }

    private func respondFrame(_ shown: ReplyPresentation, _ reply: Span<UInt8>) {
        worker.scratch.removeAll(keepingCapacity: true)
        WebSocketAnswer.append(shown, reply: reply, worker.gatewayRules, to: &worker.scratch)
        webSocket?.lastActivity = worker.loop.nowMilliseconds
        answered(200, shown.format, keepAlive: true)
    }

    func respond(_ shown: ReplyPresentation, reply: [UInt8]) {
        if webSocket != nil { return respondFrame(shown, reply.span) }
        if let batch = shown.batch { return add(reply.span, to: batch) }
        // The command that it was asked for is answered likewise.
        if shown.isPreface { return }
        worker.scratch.removeAll(keepingCapacity: true)
        let status = GatewayResponse.append(shown, reply: reply.span, worker.gatewayRules, to: &worker.scratch)
        answered(status, shown.format, keepAlive: shown.framing.keepAlive)
    }

    func respond(_ answer: GatewayAnswer, _ shown: ReplyPresentation) {
        if shown.isPreface { return }
        guard let batch = shown.batch, !batch.isTransaction else { return respond(answer, shown.framing) }
        noteRefusal(answer)
        if batch.add(answer) { respond(batch) } else if batch.hasPart { sendPart(of: batch) }
    }

    private func add(_ reply: Span<UInt8>, to batch: BatchAnswer) {
        if batch.add(reply) { return respond(batch) }
        if batch.hasPart { sendPart(of: batch) }
        if isLinkExclusive, inFlight.isEmpty { dropLink() }
        pumpBehindReply()
    }

    /// Sends what there is of an answer that is long.
    private func sendPart(of batch: BatchAnswer) {
        worker.scratch.removeAll(keepingCapacity: true)
        if batch.appendPart(worker.gatewayRules, to: &worker.scratch) { count(200, .json) }
        sendScratch()
    }

    private func respond(_ batch: BatchAnswer) {
        worker.scratch.removeAll(keepingCapacity: true)
        let status = batch.append(worker.gatewayRules, to: &worker.scratch)
        if batch.hasBegun { return endParts(of: batch) }
        answered(status, .json, keepAlive: batch.presentation.framing.keepAlive)
    }

    private func endParts(of batch: BatchAnswer) {
        sendScratch()
        if isLinkExclusive, inFlight.isEmpty { dropLink() }
        if batch.keepsConnection { pumpBehindReply() } else { leave(lingering: worker.tellsWebClientsToLeave) }
    }

    /// Counts a response, and how long it took if it is the one that is timed.
    func count(_ status: Int, _ format: LoopCounters.HTTPFormat) {
        worker.counters.countResponse(status: status, format)
        guard worker.timedRequest.owner == owner.key else { return }
        worker.httpLatencies.record(worker.loop.turnStamp &- worker.timedRequest.since)
        worker.timedRequest.owner = 0
    }

    /// Sends what stands in the loop's scratch buffer.
    private func answered(_ status: Int, _ format: RenderFormat, keepAlive: Bool) {
        count(status, LoopCounters.HTTPFormat(format))
        sendScratch()
        goOn(keepAlive: keepAlive)
    }

    /// Does what comes behind a response.
    private func goOn(keepAlive: Bool) {
        if isLinkExclusive, inFlight.isEmpty { dropLink() }
        // Who has not been told before may be sending the next request yet.
        if keepAlive { pumpBehindReply() } else { leave(lingering: worker.tellsWebClientsToLeave) }
    }

    private func sendScratch() {
        let worker = worker
        if let socket {
            worker.scratch.withUnsafeBytes { socket.send($0) }
            noteSent(worker.scratch.count, socket)
        }
        if worker.scratch.capacity > Worker.scratchRetainedBytes { worker.scratch = [] }
    }

    private func noteSent(_ count: Int, _ socket: StreamSocket) {
        noteActivity()
        worker.counters.bytesToClients += count
        if socket.unsentBytes > worker.comfortableOutputBytes { noteUnsent() }
    }

    /// Tells of a client that was refused.
    private func noteRefusal(_ answer: GatewayAnswer) {
        guard answer.refusesClient else { return }
        if answer.status == 401 { worker.counters.authenticationFailures += 1 }
        worker.refusedClient(socket, .http, user: answer.user, "\(answer)")
    }

    func respond(_ answer: GatewayAnswer, _ framing: ResponseFraming) {
        noteRefusal(answer)
        if let webSocket {
            return sendFrame { [rules = worker.gatewayRules] in WebSocketAnswer.append(answer, isRaw: webSocket.isRaw, rules, to: &$0) }
        }
        worker.scratch.removeAll(keepingCapacity: true)
        answer.append(framing, worker.gatewayRules, to: &worker.scratch)
        count(answer.status, .own)
        worker.counters.bytesToClients += worker.scratch.count
        worker.scratch.withUnsafeBytes { socket?.send($0) }
        // Whoever was refused may be sending its body yet.
        if !framing.keepAlive { leave(lingering: true) }
    }
}

extension LoopCounters.HTTPFormat {
    /// By which renderer a response was written.
    init(_ format: RenderFormat) {
        switch format.renderer {
        case .json: self = .json
        case .raw: self = .raw
        case .messagePack: self = .msgpack
        case .text: self = .text
        case .xml: self = .xml
        }
    }
}
