import Bytes

/// The rules by which ``MasterAgreement`` decides.
extension MasterAgreement {
    /// Candidates that are asked at a time: a liar may name some.
    private static let probesMax = 4
    /// How far an epoch may be above the one that a majority has reached. Failovers raise it by one or a few; a leap to the highest
    /// there is would leave none for the next master.
    private static let epochLeapMax: UInt64 = 1000

    /// Whether `epoch` is one that few sentinels, or one, may be ahead with. Those that are silent now count by what they said last.
    func isWithinReach(_ epoch: UInt64) -> Bool {
        let epochs = reports.values.compactMap(\.claim?.epoch).sorted(by: >)
        guard let reached = epochs.count >= majority ? epochs[majority - 1] : adopted?.epoch else { return true }
        return epoch <= reached || epoch - reached <= Self.epochLeapMax
    }

    mutating func decide(_ now: Int) -> [Action] {
        var actions = quorumChange(now) + newContradictions(now)
        let candidates = candidates(now)
        probes = probes.filter { candidates.contains($0.key) }
        guard let strongest = candidates.first else { return actions }
        if let adopted, !isSuspended, strongest.epoch > adopted.epoch, strongest.endpoint != adopted.endpoint,
            fresh(now).compactMap(\.claim).count(where: {
                $0.epoch > adopted.epoch && $0.endpoint != adopted.endpoint && servers.contains($0.endpoint) && isWithinReach($0.epoch)
            }) >= majority
        {
            isSuspended = true
            actions.append(.suspend(adopted))
        }
        for claim in candidates.prefix(Self.probesMax) {
            if mayAsk(claim, now) {
                probes[claim] = Probe(startedAt: now, refusedAt: nil, firstAskedAt: probes[claim]?.firstAskedAt ?? now)
                actions.append(.probe(claim))
            }
            // A weaker one has its turn only where the stronger does not confirm.
            guard isStuck(claim, now) else { break }
        }
        return actions
    }

    private func mayAsk(_ claim: MasterClaim, _ now: Int) -> Bool {
        guard let probe = probes[claim] else { return true }
        guard let refusedAt = probe.refusedAt else { return now - probe.startedAt >= timing.probeTimeoutMilliseconds }
        let isLate = now - probe.firstAskedAt > timing.lowerEpochMilliseconds
        return now - refusedAt >= (isLate ? timing.lateProbeRetryMilliseconds : timing.probeRetryMilliseconds)
    }

    private func isStuck(_ claim: MasterClaim, _ now: Int) -> Bool {
        guard let probe = probes[claim] else { return false }
        return probe.refusedAt != nil || now - probe.firstAskedAt >= timing.probePatienceMilliseconds
    }

    /// Whether `claim` is to be adopted once its server says that it is master: no stronger one may still confirm.
    mutating func isWanted(_ claim: MasterClaim, _ now: Int) -> Bool {
        let candidates = candidates(now)
        guard let place = candidates.firstIndex(of: claim) else { return false }
        return candidates[..<place].allSatisfy { isStuck($0, now) }
    }

    /// The claims that ought to be adopted, the strongest first; none when the adopted one stands.
    mutating func candidates(_ now: Int) -> [MasterClaim] {
        let answers = fresh(now)
        let claims = answers.compactMap(\.claim).filter { knows($0.endpoint) && isWithinReach($0.epoch) }
        guard let adopted else {
            let awaited = (known.count + expectedCount) / 2 + 1
            guard answers.count >= awaited || now - startedAt >= timing.startWaitMilliseconds else { return [] }
            return ordered(claims.map { atEpochOfMajority($0, claims) }, claims)
        }
        let others = claims.filter { $0.endpoint != adopted.endpoint }
        // Somebody knows of a later time at which the adopted one became master anew: what is between is an old story, unless
        // a majority tells it.
        let shield = claims.reduce(adopted.epoch) { $1.endpoint == adopted.endpoint ? max($0, $1.epoch) : $0 }
        var result: [MasterClaim] = []
        if let claim = helloCandidate(others.reduce(shield) { max($0, $1.epoch) }, now) { result.append(claim) }
        result += ordered(others.filter { $0.epoch > shield || $0.epoch > adopted.epoch && votes($0, claims) >= majority }, claims)
        let lifted = claims.filter { $0.endpoint == adopted.endpoint }.map { atEpochOfMajority($0, claims) }.max { $0.epoch < $1.epoch }
        if let lifted, lifted.epoch > adopted.epoch, claims.count(where: { $0.endpoint == lifted.endpoint }) >= majority { result.append(lifted) }
        // A suspended master that is named again after all, its successor forgotten, has to confirm like any other.
        if let (claim, votes) = mostNamed(claims.filter { $0.epoch == adopted.epoch }), votes >= majority, claim.endpoint != adopted.endpoint || isSuspended {
            result.append(claim)
        }
        if let claim = lowerEpochCandidate(claims, adopted, now) { result.append(claim) }
        return unique(result)
    }

    private func unique(_ claims: [MasterClaim]) -> [MasterClaim] {
        var seen: Set<MasterClaim> = []
        return claims.filter { seen.insert($0).inserted }
    }

    /// By epoch, the newest first. Of an epoch that names several servers only the one that a majority names stands.
    private func ordered(_ wanted: [MasterClaim], _ claims: [MasterClaim]) -> [MasterClaim] {
        let epochs = Set(wanted.map(\.epoch)).sorted(by: >)
        return epochs.compactMap { epoch in
            let inEpoch = Set(wanted.filter { $0.epoch == epoch })
            guard inEpoch.count > 1 else { return inEpoch.first }
            return inEpoch.first { claim in votes(claim, claims) >= majority }
        }
    }

    /// The claim with the epoch up to which a majority names its server, where a majority does: one alone may not lift it.
    private func atEpochOfMajority(_ claim: MasterClaim, _ claims: [MasterClaim]) -> MasterClaim {
        let epochs = claims.filter { $0.endpoint == claim.endpoint }.map(\.epoch).sorted(by: >)
        return epochs.count >= majority ? MasterClaim(claim.endpoint, epoch: epochs[majority - 1]) : claim
    }

    /// Whether a majority names the server of `claim` now: what counts where it can't say itself that it is a master.
    package mutating func isNamedByMajority(_ claim: MasterClaim, now: Int) -> Bool {
        fresh(now).count { $0.claim?.endpoint == claim.endpoint } >= majority
    }

    private func votes(_ claim: MasterClaim, _ claims: [MasterClaim]) -> Int { claims.count { $0 == claim } }

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

    /// What a majority has named for long enough although it is older: the master was monitored anew, or the adopted epoch was
    /// one sentinel's own. While somebody names the adopted epoch, or a later, the adopted server has to say that it is none.
    private mutating func lowerEpochCandidate(_ claims: [MasterClaim], _ adopted: MasterClaim, _ now: Int) -> MasterClaim? {
        let isTold = claims.contains { $0.epoch >= adopted.epoch }
        guard let (claim, votes) = mostNamed(claims), votes >= majority, claim.epoch < adopted.epoch,
            !isTold || hasAbdicated || claim.endpoint == adopted.endpoint
        else {
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

    func fresh(_ now: Int) -> [Report] {
        reports.values.filter { now - $0.at <= timing.freshnessMilliseconds }
    }

    /// Sentinels that have contradicted a majority for long enough, and were not told of yet.
    private mutating func newContradictions(_ now: Int) -> [Action] {
        guard let adopted, !isSuspended, agreeingCount(now: now) >= majority else {
            contradictions = [:]
            return []
        }
        var actions: [Action] = []
        for (sentinel, report) in reports {
            guard let claim = report.claim, now - report.at <= timing.freshnessMilliseconds,
                claim.endpoint != adopted.endpoint || claim.epoch > adopted.epoch
            else {
                contradictions[sentinel] = nil
                continue
            }
            let contradiction = contradictions[sentinel] ?? (now, false)
            let isDue = now - contradiction.since >= timing.contradictionMilliseconds
            contradictions[sentinel] = (contradiction.since, isDue)
            if isDue, !contradiction.isTold { actions.append(.contradicted(by: sentinel, claim)) }
        }
        return actions
    }

    private mutating func quorumChange(_ now: Int) -> [Action] {
        let answering = fresh(now).count
        let holds = !known.isEmpty && answering >= majority
        // Before the first answers can be in, their lack is no news.
        let isBeginning = hasQuorum == nil || trustedFrom > startedAt
        if !holds, isBeginning, now - trustedFrom < timing.freshnessMilliseconds { return [] }
        // Nor is that of those who have just become known.
        let awaited = known.count { reports[$0] == nil && now - (knownSince[$0] ?? now) < timing.answerMilliseconds }
        if !holds, !known.isEmpty, answering + awaited >= majority { return [] }
        guard holds != hasQuorum else { return [] }
        hasQuorum = holds
        return [holds ? .quorumReached(answering: answering, known: known.count) : .quorumLost(answering: answering, known: known.count)]
    }
}
