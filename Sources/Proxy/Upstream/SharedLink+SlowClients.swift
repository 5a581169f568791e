import Forwarding

/// Clients that read more slowly than Redis answers.
extension SharedLink {
    /// `owner` has more unsent than a link may have: nobody new comes to wait behind it, and where nobody does, the link waits
    /// for it to read, for as long as it takes.
    func waitIfAlone(_ owner: RequestLedger.Owner) {
        if ledger.isOnly(owner) { waitFor(owner) } else { retire() }
    }

    /// `owner` has more unsent than its limit: the link waits for it, but not for long where others wait behind; and not at
    /// all where it has nothing more for it.
    func waitFor(_ owner: RequestLedger.Owner) {
        guard ledger.awaits(owner) else { return }
        retire()
        guard pausedSince == nil else { return }
        // Others have waited for one client long enough: they do not wait for the next as well.
        if patienceSpentMilliseconds > pool.outputGraceMilliseconds, !ledger.isOnly(owner) {
            worker.clients[owner]?.outlastedPatience(of: self)
            return
        }
        pausedSince = loop.nowMilliseconds
        fullOwner = owner
        link?.pauseReading()
    }

    /// The client reads again.
    func clientDrained(_ owner: RequestLedger.Owner) {
        guard fullOwner == owner else { return }
        goOn()
    }

    /// Ends the wait for a client that others have waited behind for too long.
    func loseOutlastedPatience(now: Int) {
        guard let pausedSince, let owner = fullOwner, !ledger.isOnly(owner),
            patienceSpentMilliseconds + now - pausedSince > pool.outputGraceMilliseconds
        else { return }
        goOn()
        worker.clients[owner]?.outlastedPatience(of: self)
    }

    private func goOn() {
        waitingSince = loop.nowMilliseconds
        if let pausedSince, let fullOwner, !ledger.isOnly(fullOwner) { patienceSpentMilliseconds += waitingSince - pausedSince }
        pausedSince = nil
        fullOwner = nil
        link?.resumeReading()
    }
}
