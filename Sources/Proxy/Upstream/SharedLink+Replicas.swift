import Forwarding

/// Writes that a master refuses which has just been promoted, and whose replicas have yet to come.
extension SharedLink {
    /// Whether `error` says so of a write that can wait: nothing that its owner has sent behind it has run before it.
    func isAnswerForWantOfReplicas(_ error: Span<UInt8>) -> Bool {
        NotMasterReply.wantsReplicas(error) && pool.awaitsReplicas && ledger.isNextAlone && ledger.nextKind(worker.kinds).isAnsweredByServer
    }

    /// Gives the write back, to be run in a moment.
    func returnForWantOfReplicas() {
        guard let (owner, request) = ledger.takeFirst() else { return }
        if timedSince != 0 { countTimed() }
        large = nil
        worker.clients[owner]?.returned([request.isEmpty ? .notExecuted : .runAgain(request)], replyHasBegun: false, from: self)
    }
}
