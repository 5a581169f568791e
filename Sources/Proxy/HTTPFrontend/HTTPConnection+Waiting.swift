import Gateway

/// An HTTP client that waits for a master.
extension HTTPConnection {
    func waitForMaster() {
        if heldSince == nil {
            begunWork.heldSince = worker.loop.nowMilliseconds
            if !pool.hasRoute { worker.counters.clientsHeld += 1 }
        }
        pool.addWaiter(self)
    }

    func stopWaiting() {
        guard let unfinished, unfinished.heldSince != nil else { return }
        unfinished.heldSince = nil
        pool.removeWaiter(self)
    }

    func masterMayBeReachable() { pump() }

    func giveUpWaiting(now: Int) {
        if let heldSince, now - heldSince >= pool.holdMilliseconds { refuseHeld() }
    }

    /// The hold time is over: nothing of what waits was sent.
    private func refuseHeld() {
        stopWaiting()
        dropLink()
        for step in begunWork.backlog.takeAll() where socket != nil {
            switch step {
            case .respond(let answer, let framing): respond(answer, framing)
            case .run(let command) where command.isRerun:
                worker.counters.unknownOutcomes += 1
                respond(.outcomeUnknown, command.presentation)
            case .run(let command):
                worker.counters.refusedNoMaster += 1
                respond(.masterUnavailable, command.presentation)
            case .reply(let shown, let reply): respond(shown, reply: reply)
            case .refusedPart(let answer, let shown): respond(answer, shown)
            case .batch(let batch):
                while let part = batch.next {
                    batch.advance()
                    switch part {
                    case .command(let command):
                        worker.counters.refusedNoMaster += 1
                        respond(.masterUnavailable, command.presentation)
                    case .refused(let answer, let shown): respond(answer, shown)
                    }
                }
            case .transaction(let batch):
                worker.counters.refusedNoMaster += 1
                respond(.masterUnavailable, batch.answer.presentation)
            case .proceed, .upgrade, .subscription, .refuseAfterSubscription: begunWork.backlog.append(step)
            }
        }
        pump()
    }
}
