/// Decides from the sentinels' claims which server is the master. Pure: time is passed in, actions are handed back.
///
///     undecided ──majority answered, or start wait over──▶ candidate ──ROLE says master──▶ adopted(epoch)
///     adopted(e) ──a claim of a higher epoch, from any one──▶ candidate ──ROLE says master──▶ adopted(e')
///     adopted(e) ──a majority names another server in e──────▶ candidate ──ROLE says master──▶ adopted(e)
///     suspended(e) ──a majority names the same server in e again──▶ candidate ──ROLE says master──▶ adopted(e)
///     adopted(e) ──a server's hello channel names a higher epoch, and no majority of sentinels can be asked──▶ candidate ──…
///     adopted(e) ──a majority names a lower epoch for 3 s and nobody e or higher──▶ candidate ──…──▶ adopted(lower)
///
/// A higher epoch wins from one sentinel alone, since the sentinels give epochs out by majority vote. Several servers
/// inside one epoch are the work of a forced `SENTINEL FAILOVER`, which skips the vote: there the majority of the known
/// sentinels decides. A lower epoch is an old story, unless the master was removed and monitored anew everywhere.
/// Events never decide; they only cause questions. Why each rule: FAILOVER.md, "The protocol".
package struct MasterAgreement: Sendable {
    /// Bounds of the waits, in milliseconds.
    package struct Timing: Sendable, Equatable {
        /// How long the first decision waits for a majority of answers.
        package var startWaitMilliseconds = 300
        /// Age up to which a sentinel's last answer counts.
        package var freshnessMilliseconds = 2000
        /// How long a majority must name a lower epoch before it is believed.
        package var lowerEpochMilliseconds = 3000
        /// How long the sentinels have to answer for themselves what was heard on a server's hello channel.
        package var helloWaitMilliseconds = 150
        /// Pause between two ROLE questions to a candidate that did not confirm.
        package var probeRetryMilliseconds = 50
        /// How long a ROLE question may stay unanswered.
        package var probeTimeoutMilliseconds = 1000
        package init() {}
    }

    package enum Action: Sendable, Equatable {
        /// Ask this server for its ROLE and tell ``roleAnswered(_:isMaster:now:)``.
        case probe(MasterClaim)
        /// The master from now on; the same server may come again with a newer epoch. Every link to another server is
        /// to be cut first.
        case adopt(MasterClaim)
        /// A majority says that the adopted master is master no more, and its successor has not confirmed yet: nothing
        /// may be sent to the adopted one any more.
        case suspend(MasterClaim)
        /// Fewer than a majority of the known sentinels answer.
        case quorumLost(answering: Int, known: Int)
        /// A majority answers (again).
        case quorumReached(answering: Int, known: Int)
    }

    private struct Report {
        var claim: MasterClaim?
        var at: Int
        var askedAt: Int
    }

    private struct Probe {
        var claim: MasterClaim
        var startedAt: Int
        /// When ROLE said something else than master, or nothing; nil while the answer is awaited.
        var refusedAt: Int?
    }

    private let timing: Timing
    private let startedAt: Int
    /// Start of the time whose answers count, and from which a majority is given time to answer.
    private var trustedFrom: Int
    private var known: Set<SentinelID> = []
    private var reports: [SentinelID: Report] = [:]
    private var probe: Probe?
    private var lowerClaim: (claim: MasterClaim, since: Int)?
    /// The newest claim heard on a server's hello channel that the sentinels have not answered for yet.
    private var hello: (claim: MasterClaim, at: Int)?
    private var hasQuorum: Bool?

    /// The master in force, nil until the first one is confirmed.
    package private(set) var adopted: MasterClaim?
    /// Whether a majority has named a successor that has not confirmed yet.
    package private(set) var isSuspended = false

    /// - Parameter now: monotonic milliseconds, as in all other calls.
    package init(timing: Timing = Timing(), now: Int) {
        self.timing = timing
        startedAt = now
        trustedFrom = now
    }

    /// Number of known sentinels that make a majority.
    package var majority: Int { known.count / 2 + 1 }

    /// Number of sentinels known.
    package var knownCount: Int { known.count }

    /// Number of sentinels whose last answer is fresh.
    package func answeringCount(now: Int) -> Int { fresh(now).count }

    /// Number of sentinels that freshly name the adopted master.
    package func agreeingCount(now: Int) -> Int {
        fresh(now).count { $0.claim?.endpoint == adopted?.endpoint && adopted != nil }
    }

    /// The sentinels that count from now on; those missing lose their say.
    package mutating func sentinelsBecameKnown(_ sentinels: Set<SentinelID>, now: Int) -> [Action] {
        known = sentinels
        reports = reports.filter { sentinels.contains($0.key) }
        return decide(now)
    }

    /// A sentinel answered; `claim` is nil when it knows no master of that name.
    ///
    /// - Parameter askedAt: when it was asked; an answer to a question from before ``wokeUp(now:)`` does not count.
    package mutating func sentinelReported(
        _ sentinel: SentinelID, _ claim: MasterClaim?, askedAt: Int? = nil, now: Int
    ) -> [Action] {
        guard known.contains(sentinel), askedAt ?? now >= trustedFrom else { return [] }
        reports[sentinel] = Report(claim: claim, at: now, askedAt: askedAt ?? now)
        return decide(now)
    }

    /// A server's hello channel brought a claim. It counts only where no majority of the sentinels answers for itself.
    package mutating func helloHeard(_ claim: MasterClaim, now: Int) -> [Action] {
        guard let adopted, claim.epoch > adopted.epoch, claim.epoch > hello?.claim.epoch ?? 0 else { return [] }
        hello = (claim, now)
        return decide(now)
    }

    /// The claim of a hello that the sentinels have not answered for yet.
    package var pendingHello: MasterClaim? { hello?.claim }

    /// When a majority of the known sentinels had last been asked, each of which named the adopted master; nil where fewer have.
    package var confirmedAt: Int? {
        guard let adopted, !known.isEmpty else { return nil }
        let times = reports.values.filter { $0.claim?.endpoint == adopted.endpoint }.map(\.askedAt).sorted(by: >)
        return times.count >= majority ? times[majority - 1] : nil
    }

    /// The answer to a ``Action/probe(_:)``; `isMaster` is false as well when there was none.
    package mutating func roleAnswered(_ claim: MasterClaim, isMaster: Bool, now: Int) -> [Action] {
        guard let current = probe, current.claim == claim else { return [] }
        guard isMaster else {
            probe?.refusedAt = now
            return decide(now)
        }
        probe = nil
        // What the sentinels say may have moved on while the question was under way.
        guard candidate(now) == claim else { return decide(now) }
        adopted = claim
        isSuspended = false
        lowerClaim = nil
        if let hello, hello.claim.epoch <= claim.epoch { self.hello = nil }
        return [.adopt(claim)] + decide(now)
    }

    /// We stood still for a while and may have missed anything: what was heard before does not count any more.
    package mutating func wokeUp(now: Int) {
        reports = [:]
        probe = nil
        lowerClaim = nil
        hello = nil
        trustedFrom = now
    }

    /// Whether the adopted master stands after ``wokeUp(now:)``: half of the known sentinels have answered since, or have
    /// had a second to, and none of them gives reason to look elsewhere.
    package mutating func isConfirmed(now: Int) -> Bool {
        guard adopted != nil, !isSuspended, candidate(now) == nil else { return false }
        return fresh(now).count >= (known.count + 1) / 2 || now - trustedFrom >= timing.probeTimeoutMilliseconds
    }

    /// Time passed. To be called at least every ``Timing/probeRetryMilliseconds`` while a candidate awaits confirmation.
    package mutating func timePassed(now: Int) -> [Action] { decide(now) }

    // MARK: The rules

    private mutating func decide(_ now: Int) -> [Action] {
        var actions = quorumChange(now)
        guard let claim = candidate(now) else {
            probe = nil
            return actions
        }
        if let adopted, !isSuspended, claim.epoch > adopted.epoch, claim.endpoint != adopted.endpoint,
            fresh(now).count(where: { ($0.claim?.epoch ?? 0) > adopted.epoch && $0.claim?.endpoint != adopted.endpoint }) >= majority
        {
            isSuspended = true
            actions.append(.suspend(adopted))
        }
        if let current = probe, current.claim == claim {
            let isWaiting = current.refusedAt.map { now - $0 < timing.probeRetryMilliseconds }
                ?? (now - current.startedAt < timing.probeTimeoutMilliseconds)
            if isWaiting { return actions }
        }
        probe = Probe(claim: claim, startedAt: now)
        actions.append(.probe(claim))
        return actions
    }

    /// The claim that ought to be adopted next, nil when the adopted one stands.
    private mutating func candidate(_ now: Int) -> MasterClaim? {
        let answers = fresh(now)
        let claims = answers.compactMap(\.claim)
        guard let adopted else {
            guard answers.count >= majority || now - startedAt >= timing.startWaitMilliseconds else { return nil }
            return strongest(claims)
        }
        let newest = claims.map(\.epoch).max() ?? 0
        if let claim = helloCandidate(newest, now) { return claim }
        if newest > adopted.epoch {
            lowerClaim = nil
            return strongest(claims)
        }
        if newest == adopted.epoch, !claims.isEmpty {
            lowerClaim = nil
            guard let (claim, votes) = mostNamed(claims.filter({ $0.epoch == adopted.epoch })), votes >= majority else { return nil }
            // A suspended master that is named again after all, its successor forgotten, has to confirm like any other.
            return claim.endpoint != adopted.endpoint || isSuspended ? claim : nil
        }
        return lowerEpochCandidate(claims, now)
    }

    /// What a hello channel told, when the sentinels have had time to answer for themselves and too few did.
    private mutating func helloCandidate(_ newest: UInt64, _ now: Int) -> MasterClaim? {
        guard let (claim, at) = hello else { return nil }
        let answered = reports.values.count { $0.askedAt >= at }
        guard claim.epoch > newest, answered < majority else {
            hello = nil
            return nil
        }
        return now - at >= timing.helloWaitMilliseconds ? claim : nil
    }

    /// The claim of the highest epoch; where that epoch names several servers, the one that a majority names.
    private func strongest(_ claims: [MasterClaim]) -> MasterClaim? {
        guard let newest = claims.map(\.epoch).max() else { return nil }
        let inEpoch = claims.filter { $0.epoch == newest }
        guard Set(inEpoch).count > 1 else { return inEpoch.first }
        return mostNamed(inEpoch).flatMap { $0.votes >= majority ? $0.claim : nil }
    }

    private mutating func lowerEpochCandidate(_ claims: [MasterClaim], _ now: Int) -> MasterClaim? {
        guard let (claim, votes) = mostNamed(claims), votes >= majority else {
            lowerClaim = nil
            return nil
        }
        if lowerClaim?.claim != claim { lowerClaim = (claim, now) }
        guard let since = lowerClaim?.since, now - since >= timing.lowerEpochMilliseconds else { return nil }
        return claim
    }

    private func mostNamed(_ claims: [MasterClaim]) -> (claim: MasterClaim, votes: Int)? {
        var votes: [MasterClaim: Int] = [:]
        for claim in claims { votes[claim, default: 0] += 1 }
        return votes.max { $0.value < $1.value }.map { ($0.key, $0.value) }
    }

    private func fresh(_ now: Int) -> [Report] {
        reports.values.filter { now - $0.at <= timing.freshnessMilliseconds }
    }

    private mutating func quorumChange(_ now: Int) -> [Action] {
        let answering = fresh(now).count
        let holds = !known.isEmpty && answering >= majority
        // Before the first answers can be in, their lack is no news.
        let isBeginning = hasQuorum == nil || trustedFrom > startedAt
        if !holds, isBeginning, now - trustedFrom < timing.freshnessMilliseconds { return [] }
        guard holds != hasQuorum else { return [] }
        hasQuorum = holds
        return [holds ? .quorumReached(answering: answering, known: known.count) : .quorumLost(answering: answering, known: known.count)]
    }
}
