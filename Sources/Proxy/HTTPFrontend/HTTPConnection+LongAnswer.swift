import Bytes
import EventLoop
import Gateway
import Observability

/// Replies that are rendered on another thread and sent in slices.
extension HTTPConnection {
    /// Has the reply to the oldest command rendered elsewhere; false where it is to be rendered here.
    func renderElsewhere(_ reply: inout ByteBuffer) -> Bool {
        guard reply.count > LongAnswer.replyBytesMin, let shown = inFlight.first, let room = worker.renderRoom() else { return false }
        let work = begunWork
        work.longCount &+= 1
        work.long = LongAnswer(number: work.longCount, waitingBytes: reply.count)
        let job = Handoff(
            RenderJob(
                owner: owner, number: work.longCount, reply: reply.takeAll(), shown: shown, isFrame: webSocket != nil, rules: worker.gatewayRules,
                memory: worker.memory))
        room.post { [own = worker.mailbox] room in
            if let job = job.take() { room.run(job, to: own) }
        }
        return true
    }

    /// The answer has been rendered.
    func rendered(_ answer: RenderedAnswer, number: Int) {
        guard let work = unfinished, work.long?.number == number, let socket, let shown = inFlight.first else { return }
        if answer.isRefused {
            worker.counters.memoryRefusals += 1
            endLongAnswer()
            respond(.outOfMemoryForReply, shown)
            guard self.socket != nil else { return }
            // Of several commands the answer goes on.
            return afterLongAnswer(keepAlive: shown.framing.keepAlive || shown.batch?.isTransaction == false)
        }
        if webSocket != nil { count(200, LoopCounters.HTTPFormat(shown.format)) }
        if let status = answer.status { count(status, shown.batch == nil ? LoopCounters.HTTPFormat(shown.format) : .json) }
        work.long?.output = answer
        work.long?.waitingBytes -= answer.replyBytes
        if socket.unsentBytes == 0 { sendSlice() }
    }

    /// Sends the next part of a long answer, where one is being sent and the client has read all before it.
    func sendSlice() {
        guard let work = unfinished, let long = work.long, let answer = long.output, let socket else { return }
        let end = min(answer.bytes.count, long.sentBytes + LongAnswer.sliceBytes)
        noteActivity()
        work.webSocket?.lastActivity = worker.loop.nowMilliseconds
        worker.counters.bytesToClients += end - long.sentBytes
        answer.bytes.withUnsafeBytes { socket.send(UnsafeRawBufferPointer(rebasing: $0[long.sentBytes..<end])) }
        socket.reportWhenSent()
        work.long?.sentBytes = end
        guard end == answer.bytes.count else { return }
        endLongAnswer()
        worker.discard(answer)
        if !long.framesBehind.isEmpty { sendFrame(long.framesBehind) }
        afterLongAnswer(keepAlive: answer.keepsConnection)
    }

    /// The answer is over; what has come behind it is looked at by ``afterLongAnswer(keepAlive:)``.
    private func endLongAnswer() {
        guard let work = unfinished, let long = work.long else { return }
        work.long = nil
        work.behindLong = long.behind
        _ = inFlight.removeFirst()
    }

    private func afterLongAnswer(keepAlive: Bool) {
        if isLinkExclusive, inFlight.isEmpty { dropLink() }
        guard keepAlive else { return leave(lingering: worker.tellsWebClientsToLeave) }
        answerBehindLong()
        if owedBytes <= worker.comfortableOutputBytes { link?.clientDrained(owner) }
        pumpBehindReply()
    }

    /// Answers the replies that have come behind a long one, up to the next long one.
    private func answerBehindLong() {
        guard let work = unfinished else { return }
        var behind = work.behindLong[...]
        work.behindLong = []
        while socket != nil, let next = behind.popFirst() {
            switch next {
            case .whole(let reply): render(&reply.bytes)
            case .skipped(let reason): respondSkipped(reason)
            }
            if work.long != nil {
                work.long?.behind = Array(behind)
                work.long?.waitingBytes += behind.reduce(0) { if case .whole(let reply) = $1 { $0 + reply.bytes.count } else { $0 } }
                return
            }
        }
    }

    /// Takes in what comes while a long answer is under way.
    func hold(_ bytes: UnsafeRawBufferPointer, isWhole: Bool) {
        keep(bytes)
        guard isWhole, let work = unfinished else { return }
        if let reason = work.skipped {
            work.skipped = nil
            work.long?.behind.append(.skipped(reason))
        } else {
            work.long?.waitingBytes += work.reply.count
            work.long?.behind.append(.whole(HeldBuffer(work.reply.takeAll())))
        }
        if owedBytes > worker.comfortableOutputBytes { noteUnsent() }
    }

    /// Bytes that wait for the client to read, whether they have been rendered or not.
    var owedBytes: Int { bufferedBytes + (unfinished?.long?.owedBytes ?? 0) }

    /// How many of the commands in flight have their reply already.
    var answeredInFlight: Int { unfinished?.long.map { 1 + $0.behind.count } ?? 0 }
}
