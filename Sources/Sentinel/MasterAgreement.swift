import Bytes

/// Decides from the sentinels' claims which server is the master. Pure: time is passed in, actions are handed back.
///
///     undecided ──a majority names it──▶ candidate ──ROLE says master──▶ adopted(epoch)
///     adopted(e) ──a claim of a higher epoch, from any one──▶ candidate ──ROLE says master──▶ adopted(e')
///     adopted(e) ──a majority names another server in e──────▶ candidate ──ROLE says master──▶ adopted(e)
///     suspended(e) ──a majority names the same server in e again──▶ candidate ──ROLE says master──▶ adopted(e)
///     adopted(e) ──a server's hello channel names a higher epoch, and no majority of sentinels can be asked──▶ candidate ──…
///     adopted(e) ──a majority names a lower epoch for 3 s and nobody e or higher──▶ candidate ──…──▶ adopted(lower)
///
/// A higher epoch wins from one sentinel alone, since the sentinels give epochs out by majority vote; but only a server that a
/// majority has named before, as master or replica, is asked for its role, and no epoch is believed that no majority comes near
/// (``isWithinReach(_:)``): one sentinel may lie. Several servers
/// inside one epoch are the work of a forced `SENTINEL FAILOVER`, which skips the vote: there the majority of the known
/// sentinels decides. A lower epoch is an old story, unless the master was removed and monitored anew everywhere, or the
/// adopted one says that it is none.
/// Events never decide; they only cause questions. Why each rule: FAILOVER.md, "The protocol".
package struct MasterAgreement: Sendable {
    /// Bounds of the waits, in milliseconds.
    package struct Timing: Sendable, Equatable {
        /// How long the first decision waits for a majority of all who are known, also of those who have yet to answer.
        package var startWaitMilliseconds = 300
        /// How long a sentinel that has just become known has to answer before its silence is news.
        package var answerMilliseconds = 1000
        /// Age up to which a sentinel's last answer counts.
        package var freshnessMilliseconds = 2000
        /// How long a majority must name a lower epoch before it is believed.
        package var lowerEpochMilliseconds = 3000
        /// How long the sentinels have to answer for themselves what was heard on a server's hello channel.
        package var helloWaitMilliseconds = 150
        /// Pause between two ROLE questions to a candidate that did not confirm.
        package var probeRetryMilliseconds = 50
        /// The same once it has not confirmed for a while: what is claimed may never come true.
        package var lateProbeRetryMilliseconds = 1000
        /// How long a ROLE question may stay unanswered.
        package var probeTimeoutMilliseconds = 1000
        /// After how long without an answer the next candidate is asked as well.
        package var probePatienceMilliseconds = 200
        /// How long a sentinel may contradict a majority before it is told of: one hears of a switch up to 2 s late.
        package var contradictionMilliseconds = 2500
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
        /// This sentinel names another master, or a newer epoch, than a majority does; told once, until it agrees again.
        case contradicted(by: SentinelID, MasterClaim)
    }

    struct Report {
        var claim: MasterClaim?
        /// The servers that it names, in whichever role.
        var servers: Set<Endpoint>
        var at: Int
        var askedAt: Int
    }

    struct Probe {
        var startedAt: Int
        /// When ROLE said something else than master, or nothing; nil while the answer is awaited.
        var refusedAt: Int?
        var firstAskedAt: Int
    }

    let timing: Timing
    let startedAt: Int
    /// Start of the time whose answers count, and from which a majority is given time to answer.
    var trustedFrom: Int
    var known: Set<SentinelID> = []
    /// Since when each of them is known.
    var knownSince: [SentinelID: Int] = [:]
    /// Sentinels that are told of and have yet to answer for the first time.
    var expectedCount = 0
    var reports: [SentinelID: Report] = [:]
    var servers = KnownServers()
    /// What candidates were asked, and when.
    var probes: [MasterClaim: Probe] = [:]
    var lowerClaim: (claim: MasterClaim, since: Int)?
    /// The newest claim heard on a server's hello channel that the sentinels have not answered for yet.
    var hello: (claim: MasterClaim, at: Int)?
    var hasQuorum: Bool?
    /// Since when each sentinel that does so contradicts a majority, and whether that was told.
    var contradictions: [SentinelID: (since: Int, isTold: Bool)] = [:]
    /// Whether the adopted master has said last that it is none.
    var hasAbdicated = false

    /// The master in force, nil until the first one is confirmed.
    package internal(set) var adopted: MasterClaim?
    /// Whether a majority has named a successor that has not confirmed yet.
    package internal(set) var isSuspended = false

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

    /// Whether a server belongs to the group: a majority of the sentinels has named it, or it is the master in force.
    package func knows(_ server: Endpoint) -> Bool { servers.contains(server) || server == adopted?.endpoint }

    /// Whether this sentinel has been told of as one that contradicts a majority, and still does.
    package func isContradicted(by sentinel: SentinelID) -> Bool { contradictions[sentinel]?.isTold ?? false }

    /// The sentinels that count from now on; those missing lose their say.
    ///
    /// - Parameter expected: how many more are told of that have never answered. The first decision waits for them a while.
    package mutating func sentinelsBecameKnown(_ sentinels: Set<SentinelID>, expected: Int = 0, now: Int) -> [Action] {
        known = sentinels
        knownSince = Dictionary(uniqueKeysWithValues: sentinels.map { ($0, knownSince[$0] ?? now) })
        expectedCount = expected
        reports = reports.filter { sentinels.contains($0.key) }
        contradictions = contradictions.filter { sentinels.contains($0.key) }
        return decide(now)
    }

    /// A sentinel answered; `claim` is nil when it knows no address of that master.
    ///
    /// - Parameters:
    ///   - replicas: the other servers of the group that it names.
    ///   - askedAt: when it was asked; an answer to a question from before ``wokeUp(now:)`` does not count.
    package mutating func sentinelReported(
        _ sentinel: SentinelID, _ claim: MasterClaim?, replicas: [Endpoint] = [], askedAt: Int? = nil, now: Int
    ) -> [Action] {
        guard known.contains(sentinel), askedAt ?? now >= trustedFrom else { return [] }
        let named = Set(replicas + (claim.map { [$0.endpoint] } ?? []))
        reports[sentinel] = Report(claim: claim, servers: named, at: now, askedAt: askedAt ?? now)
        servers.heard(named, among: fresh(now).map(\.servers), majority: majority, keeping: adopted?.endpoint, now: now)
        return decide(now)
    }

    /// A server's hello channel brought a claim. It counts only where no majority of the sentinels answers for itself.
    package mutating func helloHeard(_ claim: MasterClaim, now: Int) -> [Action] {
        guard let adopted, knows(claim.endpoint), isWithinReach(claim.epoch), claim.epoch > adopted.epoch, claim.epoch > hello?.claim.epoch ?? 0 else { return [] }
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
        guard probes[claim] != nil else { return [] }
        guard isMaster else {
            probes[claim]?.refusedAt = now
            return decide(now)
        }
        // What the sentinels say may have moved on while the question was under way.
        guard isWanted(claim, now) else {
            probes[claim] = nil
            return decide(now)
        }
        probes = [:]
        adopted = claim
        isSuspended = false
        hasAbdicated = false
        lowerClaim = nil
        contradictions = [:]
        if let hello, hello.claim.epoch <= claim.epoch { self.hello = nil }
        return [.adopt(claim)] + decide(now)
    }

    /// What the adopted master has last said of itself.
    package mutating func masterAnswered(isMaster: Bool, now: Int) -> [Action] {
        hasAbdicated = adopted != nil && !isMaster
        return decide(now)
    }

    /// We stood still for a while and may have missed anything: what was heard before does not count any more.
    package mutating func wokeUp(now: Int) {
        reports = [:]
        probes = [:]
        lowerClaim = nil
        hello = nil
        contradictions = [:]
        trustedFrom = now
    }

    /// Whether the adopted master stands after ``wokeUp(now:)``: half of the known sentinels have answered since, or have
    /// had a second to, and none of them gives reason to look elsewhere.
    package mutating func isConfirmed(now: Int) -> Bool {
        // Who has been asked and is no master is no reason, whoever claims that he is.
        guard adopted != nil, !isSuspended, candidates(now).allSatisfy({ probes[$0]?.refusedAt != nil }) else { return false }
        return fresh(now).count >= (known.count + 1) / 2 || now - trustedFrom >= timing.probeTimeoutMilliseconds
    }

    /// Time passed. To be called at least every ``Timing/probeRetryMilliseconds`` while a candidate awaits confirmation.
    package mutating func timePassed(now: Int) -> [Action] { decide(now) }
}
