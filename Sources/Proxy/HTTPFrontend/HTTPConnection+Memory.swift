import Bytes
import Gateway
import HTTP1

/// What an HTTP client may hold, and what becomes of it where all clients together hold too much.
extension HTTPConnection {
    /// Whether what lies in the input may be taken in, of a request of which `held` bytes have come. Else the client is not read
    /// from until there is memory.
    func mayTakeIn(_ held: Int, isUnfinished: Bool) -> Bool {
        guard isUnfinished, !worker.memory.mayGoOn(held, more: inputCount) else {
            if unfinished?.memorySince != nil { unfinished?.memorySince = nil }
            return true
        }
        if unfinished?.memorySince == nil { begunWork.memorySince = worker.loop.nowMilliseconds }
        return false
    }

    /// Whether a large request waits for the next turn of the loop.
    func isPostponed(_ inputCount: Int) -> Bool {
        guard inputCount > PostponedWork.largeBytes else { return false }
        if unfinished?.isPostponed == true { return true }
        guard worker.isTurnLong else { return false }
        begunWork.isPostponed = true
        worker.postpone { [weak self] in self?.goOn() }
        return true
    }

    /// The next turn has come.
    private func goOn() {
        unfinished?.isPostponed = false
        pump()
    }

    /// Reads on where there is memory again, and refuses what has waited for it in vain.
    func sweepWaitForMemory(since: Int, now: Int) {
        pump()
        guard socket != nil, unfinished?.memorySince != nil, now - since > worker.memory.waitMilliseconds, isQuiet else { return }
        refuseForMemory()
    }

    private func refuseForMemory() {
        worker.counters.memoryRefusals += 1
        if webSocket != nil { return close(1013, "The proxy is short of memory.") }
        respond(.outOfMemory, awaitedFraming.closing)
    }

    var heldBytes: Int {
        guard let unfinished else { return bufferedBytes }
        return owedBytes + unfinished.reply.capacity + unfinished.input.capacity + bodyBytes + unfinished.plannedBytes + (unfinished.webSocket?.frames.messageBytes ?? 0)
    }

    func evict() {
        if isQuiet, bodyBytes > MemoryBounds.smallBytes, bufferedBytes == 0 { return refuseForMemory() }
        end()?.abort()
    }

    /// Takes in a part of a reply, where there is room and memory for it.
    func keep(_ part: UnsafeRawBufferPointer) {
        let work = begunWork
        guard work.skipped == nil else { return }
        let count = work.reply.count + part.count
        if count > worker.settings.http.maxReplyBytes {
            work.skipped = .tooLarge
        } else if count > MemoryBounds.smallBytes, !worker.memory.mayHold(part.count) {
            work.skipped = .noMemory
        } else {
            return work.reply.append(part)
        }
        work.reply.removeAll()
    }

    /// Answers a reply that was passed over.
    func respondSkipped(_ reason: UnfinishedWork.Skipped) {
        let shown = inFlight.removeFirst()
        if isLinkExclusive { dropLink() }
        switch reason {
        case .tooLarge: respond(GatewayAnswer(status: 502, message: "the reply is larger than http.max_reply allows"), shown)
        case .noMemory:
            worker.counters.memoryRefusals += 1
            respond(.outOfMemoryForReply, shown)
        }
        pump()
    }
}
