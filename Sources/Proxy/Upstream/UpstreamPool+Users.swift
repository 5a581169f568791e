import Forwarding
import RESP

/// What a pool knows of users and of the server.
extension UpstreamPool {
    /// The number of a pair of user and password that Redis has accepted; nil when there are too many.
    func identity(user: [UInt8]?, password: [UInt8], isConfigured: Bool = false) -> Int? {
        guard let (number, forgotten) = identities.number(user: user, password: password, isConfigured: isConfigured) else { return nil }
        if let forgotten { dropGroups(of: forgotten) }
        return number
    }

    /// A client has the identity `new` from now on instead of `old`.
    func identityChanged(from old: Int, to new: Int) {
        guard old != new else { return }
        identities.changeHolders(of: old, by: -1)
        identities.changeHolders(of: new, by: 1)
    }

    private func dropGroups(of identity: Int) {
        for group in groups where group.state.identity == identity { for link in group.links { link?.release() } }
        groups.removeAll { $0.state.identity == identity }
    }

    /// The server does not speak with who has shown no password.
    func learnedToShowPassword() { demandsPassword = true }

    /// A client that has spoken as `former` has shown what `number` stands for.
    func shown(_ number: Int, by former: Int) { identities.note(former, before: number) }

    /// Whether a link that was refused in these words can be made by having somebody else choose its database.
    func findsIntroducer(_ state: SessionState, _ words: String) -> Bool { words.hasPrefix("NOPERM") && identities.mustBeIntroduced(state.identity) }

    func learned(_ facts: ReplyValue, protocolVersion: Int) { self.facts[protocolVersion] = ServerFacts(told: facts, at: loop.nowMilliseconds) }

    /// The server has been configured anew, and what it says of itself may be otherwise.
    func serverReconfigured() {
        access.forget(now: loop.nowMilliseconds)
        for version in facts.keys { facts[version]?.mayHaveChanged = true }
    }

    /// Has the server asked what it says of itself, where it is longer than a second ago that it was: false while that is under way.
    func knowsFactsOfNow(protocolVersion: Int) -> Bool {
        guard var known = facts[protocolVersion], !known.isFresh(now: loop.nowMilliseconds) else { return true }
        if known.isAsking { return false }
        let askedAt = loop.nowMilliseconds
        let question = ServerQuestion(CommandWriter.encode("HELLO", "\(protocolVersion)")) { [unowned self] answered in
            facts[protocolVersion]?.isAsking = false
            if let answered {
                if answered.answer.elements != nil { facts[protocolVersion]?.told = answered.answer }
                facts[protocolVersion]?.at = askedAt
                giveBack(answered.link)
            }
            wakeLater()
        }
        guard let link = link(carrying: SessionState(protocolVersion: protocolVersion), for: question) else { return true }
        (known.isAsking, known.mayHaveChanged) = (true, false)
        facts[protocolVersion] = known
        if link.isReady { question.linkBecameReady(link) }
        return false
    }

    /// What the server says of itself; nil where it does not know HELLO.
    func facts(protocolVersion: Int) -> ReplyValue? { facts[protocolVersion]?.told }

    /// Whether the server can show which library a client uses.
    var showsLibraries: Bool { facts.values.contains { ClientLibrary.isKnown(byServer: $0.told) } }

    /// A client has chosen `state`: links that lie ready had better carry it.
    func expects(_ state: SessionState) { idle.expect(state) }

    // MARK: Who shows no password

    /// Whether clients that show no password are Redis's to judge: the proxy has none to show for them.
    var judgesStrangers: Bool { settings.password == nil }

    /// Whether Redis serves a client that comes now and shows no password. Where that is not known, a link is made to see it, and whoever
    /// waits for a link is woken.
    func accessOfNewcomers() -> DefaultUserAccess.Verdict {
        guard judgesStrangers else { return .served }
        access.newcomer(at: loop.nowMilliseconds)
        let verdict = access.verdict(now: loop.nowMilliseconds)
        if verdict == .unknown { lookAtAccess() }
        return verdict
    }

    /// Makes a link that shows whether Redis serves who shows no password, and that ends then.
    func lookAtAccess() {
        guard idle.settling == nil else { return }
        idle.settling = newLink(carrying: SessionState(), isForLookOnly: true, for: idle)
    }

    /// Looks again at what newcomers have to know, before they have to wait for it.
    func keepAccessFresh(now: Int) {
        if judgesStrangers, route != nil, access.isDue(now: now) { lookAtAccess() }
    }

    /// The server had no room for a link that was to see it: one that lies idle makes room, or what was last seen holds on.
    func couldNotLook() { if idle.count > 0 { idle.releaseOldest() } else { access.holdsOn(now: loop.nowMilliseconds) } }

    /// Whether Redis has just refused a link that showed no password.
    var refusesStrangers: Bool { judgesStrangers && access.verdict(now: loop.nowMilliseconds) == .refused }

    /// A link of the proxy's own identity has settled.
    func served(_ link: UpstreamLink) {
        guard judgesStrangers, link.carried.identity == 0 else { return }
        access.saw(served: true, at: link.startedAt)
        demandsPassword = false
    }

    /// Whether a link that shows no password could not be had now in the standing that `identity` has: Redis takes newcomers otherwise.
    func standsOtherwise(_ identity: Int) -> Bool {
        switch identity {
        case 0: refusesStrangers
        case SessionState.stranger: access.verdict(now: loop.nowMilliseconds) == .served
        default: false
        }
    }

    /// Redis served `link`, which had to be refused, or refused it where it had to be served, without a password; false where it was
    /// another failure.
    func tellsOfAccess(_ link: UpstreamLink, _ failure: HandshakeFailure) -> Bool {
        if failure == .servedWithoutPassword {
            access.saw(served: true, at: link.startedAt)
            demandsPassword = false
            return true
        }
        guard judgesStrangers, link.carried.identity == 0, case .authentication = failure else { return false }
        access.saw(served: false, at: link.startedAt)
        demandsPassword = true
        return true
    }

    /// Whether a link in the proxy's own name lies ready.
    var hasOwnLinkReady: Bool { idle.holdsOwn }

    /// Has a link of many clients become free for one of them, where Redis makes no more such links; false where there is but one.
    func freesSharedLink(identity: Int) -> Bool {
        let ready = groups.filter { $0.state.identity == identity }.flatMap { $0.links.compactMap { $0 } }.filter { $0.isAccepting }
        guard ready.count > 1, let last = ready.last else { return false }
        last.retire()
        return true
    }

    // MARK: What Redis would not have

    /// `link` failed to settle; true when that is Redis's answer to those who want such a link.
    func refused(_ link: SharedLink, _ failure: HandshakeFailure) -> Bool {
        let text: String
        if link.state.identity == 0, refusesStrangers, case .authentication = failure { return true }
        switch failure {
        case .passwordMustComeFirst, .servedWithoutPassword: return true
        case .refused(let words) where findsIntroducer(link.state, words): return true
        case .refused(let words): text = words
        // The proxy's own credentials are for its owner to mend; a client's are the client's.
        case .authentication(let words) where link.state.identity != 0: text = words
        case .authentication where settings.tellsOfRefusedPassword: text = "NOAUTH Authentication required."
        default: return false
        }
        let wanted = link.state.shared
        guard let index = groups.firstIndex(where: { $0.state == wanted }) else { return false }
        groups[index].refusal = (text, loop.nowMilliseconds)
        return true
    }
}
