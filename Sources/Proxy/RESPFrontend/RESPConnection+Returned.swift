import Bytes
import EventLoop
import Forwarding

/// What comes back to a client from a link that is gone: told where its outcome is not known, run again where it is safe.
extension RESPConnection {
    /// The shared link answers no more.
    func returned(_ requests: [ReturnedRequest], replyHasBegun: Bool, from link: SharedLink) {
        guard link === shared, socket != nil else { return }
        shared = nil
        session.sharedLinkLost(requests.count)
        guard pool.keepsClients, !replyHasBegun else {
            worker.counters.unknownOutcomes += requests.count
            return leave()
        }
        takeBack(requests)
    }

    func handedOver(_ reads: [ReturnedRequest], from link: SharedLink) {
        guard link === shared, socket != nil else { return }
        shared = nil
        session.sharedLinkLost(reads.count)
        takeBack(reads)
    }

    /// Puts `requests` before all that the client has sent since, and goes on with them.
    func takeBack(_ requests: [ReturnedRequest]) {
        // Nothing is run once more for nobody.
        if hasEnded { return leave() }
        for request in requests {
            switch request {
            case .runAgain, .rerun: worker.counters.requestsRunAgain += 1
            case .unknown: worker.counters.unknownOutcomes += 1
            case .notExecuted: worker.counters.refusedNoMaster += 1
            case .reply: break
            }
        }
        returned.insert(contentsOf: requests, at: 0)
        // A master that is lost is not asked again at once: whoever waits is woken.
        if pool.hasRoute, !isWaiting, requests.contains(where: \.isToRun) {
            waitForLink()
        } else {
            processPending()
        }
    }

    /// Goes on with what has come back; false while some of it has to wait.
    func processReturned() -> Bool {
        guard !returned.isEmpty else { return true }
        let beginning = session.setBeginningAside()
        defer { session.takeUp(beginning) }
        return runReturned()
    }

    private func runReturned() -> Bool {
        while socket != nil, let first = returned.first {
            switch first {
            case .runAgain(let request):
                let used = request.withUnsafeBytes { process($0) }
                guard used >= request.count else { return false }
            case .rerun(let request):
                guard session.awaitedCount == 0 else { return false }
                guard !isRefusing, pool.mayRerun || !pool.hasRoute else {
                    worker.counters.unknownOutcomes += 1
                    answer(ReturnedRequest.unknownReply)
                    break
                }
                guard runOnceMore(request) else { return false }
            case .reply(let reply):
                guard session.awaitedCount == 0 else { return false }
                answer(reply)
            case .unknown:
                guard session.awaitedCount == 0 else { return false }
                answer(ReturnedRequest.unknownReply)
            case .notExecuted:
                guard session.awaitedCount == 0 else { return false }
                answer(ReturnedRequest.notExecutedReply)
            }
            if !returned.isEmpty { returned.removeFirst() }
        }
        return true
    }

    /// Sends a request that may be what cost a link, alone on a link of its own; false while it has to wait.
    private func runOnceMore(_ request: [UInt8]) -> Bool {
        session.isRerunning = true
        defer { session.isRerunning = false }
        return request.withUnsafeBytes { process($0) } >= request.count
    }

    /// Shares a link with nobody, for one request that is run once more.
    func shareAlone(_ request: UnsafeRawBufferPointer, reads: Int) -> Progress {
        if shared?.isForRerun != true || shared?.isGone != false { shared = pool.rerunLink(carrying: session.state) }
        guard let shared, shared.isReady else { return refuseIfOverdue(1) }
        submit(request, 1, reads: reads, to: shared)
        shared.retire()
        return .done
    }

    // MARK: The client's own link

    /// The own link is gone, or its server will run nothing: true when the client goes on without noticing more than it must.
    ///
    /// - Parameter firstRanNot: whether the server has said that it did not run the first request in flight.
    func keptWithoutLink(unsentBytes: Int, firstRanNot: Bool = false, closedBy generation: UInt64? = nil) -> Bool {
        guard pool.keepsClients else { return false }
        session.timePassed(now: worker.loop.nowMilliseconds)
        let awaited = session.awaitedCount
        let wasBlocked = session.isBlocking
        let replyHasBegun = (own?.replies.partialBytes ?? 0) > 0 && own?.replies.restoration == nil
        guard let requests = session.ownLinkLost(unsentBytes: unsentBytes, replyHasBegun: replyHasBegun, firstRanNot: firstRanNot) else {
            worker.counters.unknownOutcomes += awaited
            return false
        }
        if wasBlocked, requests.contains(.unknown), pool.settings.closesBlocked {
            worker.counters.unknownOutcomes += awaited
            return false
        }
        own = nil
        nameHidden()
        if let generation { pool.lost(requests.count, isBlocked: wasBlocked, generation: generation) }
        if session.needsRestoration { waitForLink() }
        takeBack(requests)
        return true
    }

    /// Makes what the client had left behind on a link that is gone stand again on a new one; false while that is under way.
    func restoreOwnLink() -> Bool {
        if !session.isPinned {
            guard takeOwnLink() else {
                waitForLink()
                return false
            }
        }
        guard let own, own.link.isReady, own.replies.restoration == nil else { return false }
        guard let replies = session.restorationReplies(nestingDepthMax: pool.nestingDepthMax) else { return true }
        own.replies.restoration = RestoringLink(replies)
        own.link.send(session.restorationRequests)
        return false
    }

    /// What the new link brings until all stands again.
    func readRestoration(_ bytes: UnsafeRawBufferPointer) {
        guard let own, let restoring = own.replies.restoration else { return }
        var messages: [UInt8] = []
        let outcome = restoring.replies.received(bytes, messages: &messages)
        if !messages.isEmpty { answer(messages) }
        switch outcome {
        case .restoring:
            if restoring.replies.partialBytes > pool.largeReplyBytes { leave() }
        case .refused:
            worker.log.warning("a client is closed: what it had subscribed to, or settled, the new master would not have")
            leave()
        case .restored(let rest):
            own.replies.restoration = nil
            answer(session.restored())
            if session.isEndless { own.replies.monitors(pool) }
            if !rest.isEmpty { rest.withUnsafeBytes { link(own.link, received: $0) } }
            processPending()
        }
    }
}
