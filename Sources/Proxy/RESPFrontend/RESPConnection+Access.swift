import Forwarding

/// Whom Redis takes the client for: nobody who has shown it no password since it has begun to ask, or the user that it has shown.
extension RESPConnection {
    /// Whether nothing may be sent for the client, though a link may be there: it has waited for too long to learn whether Redis serves it.
    var isAccessOverdue: Bool { isRefusing && !isAccessKnown }

    /// Learns whether Redis serves a client that comes now and shows no password; false where it has to wait for that.
    func learnsAccess() -> Bool {
        guard session.state.identity == 0, session.asksRedis else {
            isAccessKnown = true
            return true
        }
        switch pool.accessOfNewcomers() {
        case .served: break
        case .refused: session.state.identity = SessionState.stranger
        case .unknown where isRefusing: return true
        case .unknown:
            waitForLink()
            return false
        }
        isAccessKnown = true
        return true
    }

    /// All that the client has settled is forgotten, so that it is as one that comes now.
    func forgetAll() {
        session.forgotAll()
        heldIdentity = 0
        isAccessKnown = false
    }

    /// Whether a link of the client's own can be asked for now. Where Redis makes no more links for who shows no password, it is one of
    /// those from before, or the client is a stranger to it from now on, as if it had come anew.
    func mayTakeOwnLink() -> Bool {
        if session.state.identity == SessionState.stranger, pool.standsOtherwise(SessionState.stranger) { session.state.identity = 0 }
        guard session.state.identity == 0, !session.needsLinkForLogin, pool.refusesStrangers, !pool.hasOwnLinkReady else { return true }
        if pool.freesSharedLink(identity: 0) { return false }
        session.state.identity = SessionState.stranger
        return true
    }

    /// What a link must carry on which a password is shown: nothing that the client's present user might not choose.
    var stateForLogin: SessionState {
        SessionState(identity: pool.refusesStrangers || session.state.identity == SessionState.stranger ? SessionState.stranger : 0)
    }

    /// Redis has accepted a password on the client's own link.
    func authenticated(_ user: [UInt8]?, _ password: [UInt8], on link: UpstreamLink) {
        let former = session.state.identity
        guard let identity = pool.identity(user: user, password: password) else {
            // It stays on this link, which must carry all that it has settled before.
            if let preparation = LinkPreparation(from: link.carried.named(as: session.state), to: session.state) { link.prepare(session.state, preparation) }
            return session.pinForGood(isIrreplaceable: true)
        }
        pool.shown(identity, by: former)
        session.state.identity = identity
        heldIdentity = identity
        link.carried = session.state
    }

    /// Redis would not have the link that the client needs for itself: what it was for is answered so, and the client goes on.
    func ownLinkRefused(_ words: String) {
        let reply = Array("-\(words)\r\n".utf8)
        let isUserRefused = ClientAuthentication.isRefusal(reply)
        if isUserRefused { noteRefusal(reply, of: Span()) }
        // What it had left behind on its last link does not come back; and what stands behind a refused MULTI must not run outside of
        // a transaction.
        guard !isUserRefused, !session.needsRestoration, returned.isEmpty, !session.isMidRequest, !session.needsLinkForTransaction else {
            answer(reply)
            return leave()
        }
        session.unpinned()
        stopWaiting()
        linkRefusal = reply
        processPending()
        linkRefusal = nil
        if hasEnded { closeWhenSettled() }
    }
}
