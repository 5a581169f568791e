import Bytes
import EventLoop
import Logging
import Sentinel

/// Watches one monitored master: feeds the agreement, asks candidates for their role, and tells the directory where
/// links may go.
final class MasterWatch {
    /// Pause between two looks at the clock while a candidate awaits confirmation, in milliseconds.
    private static let tickMilliseconds = 50

    let index: Int
    let name: String
    private let control: ControlPlane
    private var agreement: MasterAgreement
    private var tick: LoopTimer?
    private var monitorTimer: LoopTimer?
    private var probe: RoleConnection?
    private var monitor: RoleConnection?
    /// Where the adopted master's name led when it last said that it is a master.
    private var address: SocketAddress?
    /// The same of the candidate that answered last, which need not come to be adopted.
    private var candidateAddress: SocketAddress?
    private var hasMajority: Bool?
    private(set) var topology: Topology
    private var published: Topology?
    private var lastRefusal: String?
    /// Whether the master answered the last question for its role as a master.
    private(set) var isAnswering = false
    private var replicas: [ReplicaState] = []
    /// What is awaited after a sleep before the loops may go on; nil when they may.
    private var confirmation: Confirmation?
    private enum Confirmation { case awaitingRole, awaitingSentinels }
    private var offsets: (master: UInt64, replicas: [Endpoint: UInt64]) = (0, [:])

    init(_ control: ControlPlane, index: Int, name: String) {
        self.control = control
        self.index = index
        self.name = name
        var timing = MasterAgreement.Timing()
        timing.startWaitMilliseconds = control.settings.sentinel.startWaitMilliseconds
        timing.freshnessMilliseconds = max(
            control.settings.sentinel.silenceTimeoutMilliseconds, 2 * control.settings.sentinel.pollIntervalMilliseconds)
        timing.probeTimeoutMilliseconds = control.settings.redis.probeTimeoutMilliseconds
        agreement = MasterAgreement(timing: timing, now: control.loop.nowMilliseconds)
        topology = Topology(masterName: name)
    }

    func start() {
        tick = LoopTimer(control.loop, milliseconds: Self.tickMilliseconds, repeating: true) { [unowned self] in
            perform(agreement.timePassed(now: control.loop.nowMilliseconds))
            confirmWhenSettled()
        }
        monitorTimer = LoopTimer(
            control.loop, milliseconds: control.settings.redis.probeIntervalMilliseconds, repeating: true
        ) { [unowned self] in monitor?.ask() }
    }

    func stop() {
        tick = nil
        monitorTimer = nil
        probe?.close()
        monitor?.close()
    }

    // MARK: What the sentinels say

    func sentinelsBecameKnown(_ sentinels: Set<SentinelID>) {
        perform(agreement.sentinelsBecameKnown(sentinels, now: control.loop.nowMilliseconds))
        surroundingsChanged()
    }

    func reported(_ sentinel: SentinelID, _ report: SentinelReport, askedAt: Int) {
        // The newest epoch's account of the replicas is the right one.
        if !report.replicas.isEmpty, report.claim?.epoch ?? 0 >= agreement.adopted?.epoch ?? 0 { replicas = report.replicas }
        perform(agreement.sentinelReported(sentinel, report.claim, askedAt: askedAt, now: control.loop.nowMilliseconds))
        confirmWhenSettled()
        surroundingsChanged()
    }

    private func perform(_ actions: [MasterAgreement.Action]) {
        for action in actions {
            switch action {
            case .probe(let claim): ask(claim)
            case .adopt(let claim): adopted(claim)
            case .suspend(let claim):
                control.log.warning("master superseded", metadata: ["master": "\(name)", "old": "\(claim)"])
                settle()
            case .quorumLost(let answering, let known):
                hasMajority = false
                control.log.error(
                    "no majority of sentinels answers",
                    metadata: [
                        "master": "\(name)", "answering": "\(answering)", "known": "\(known)",
                        "policy": "\(control.refusesWithoutMajority ? "refuse" : "serve")",
                    ])
                settle()
            case .quorumReached(let answering, let known):
                hasMajority = true
                control.log.info(
                    "a majority of sentinels answers",
                    metadata: ["master": "\(name)", "answering": "\(answering)", "known": "\(known)"])
                settle()
            }
        }
    }

    // MARK: What the servers say

    private func ask(_ claim: MasterClaim) {
        probe?.close()
        let candidate = RoleConnection(control, claim.endpoint) { [unowned self] answer in
            answered(claim, answer)
        }
        probe = candidate
        candidate.ask()
    }

    private func answered(_ claim: MasterClaim, _ answer: RoleConnection.Answer) {
        var isMaster = false
        switch answer {
        case .role(.master(let offset, let replicas), let from):
            isMaster = true
            candidateAddress = from
            offsets = (offset, replicas)
            lastRefusal = nil
        case .role(let role, _): noteRefusal(claim, "\(role)")
        case .failed(let text): noteRefusal(claim, text)
        }
        perform(agreement.roleAnswered(claim, isMaster: isMaster, now: control.loop.nowMilliseconds))
    }

    /// Logs why a candidate is not adopted when the reason is new, not at each of the many questions.
    private func noteRefusal(_ claim: MasterClaim, _ text: String) {
        let refusal = "\(claim): \(text)"
        guard refusal != lastRefusal else { return }
        lastRefusal = refusal
        control.log.info("candidate not confirmed", metadata: ["master": "\(name)", "candidate": "\(claim)", "answer": "\(text)"])
    }

    private func adopted(_ claim: MasterClaim) {
        probe?.close()
        probe = nil
        let old = topology.master
        topology.master = claim
        address = candidateAddress
        if old?.endpoint != claim.endpoint {
            topology.sinceMilliseconds = MonotonicClock.wallMilliseconds()
            control.log.notice(
                "master adopted",
                metadata: ["master": "\(name)", "old": "\(old.map { "\($0)" } ?? "none")", "new": "\(claim)"])
        }
        isAnswering = true
        startMonitor(claim.endpoint)
        settle()
    }

    private func startMonitor(_ endpoint: Endpoint) {
        monitor?.close()
        monitor = RoleConnection(control, endpoint) { [unowned self] answer in monitored(answer) }
    }

    // MARK: After a sleep

    /// Asks everybody again: the loops have stopped sending until they hear that the route still holds.
    func confirmAnew() {
        agreement.wokeUp(now: control.loop.nowMilliseconds)
        probe?.close()
        confirmation = .awaitingRole
        if let master = topology.master { startMonitor(master.endpoint) }
        monitor?.ask()
        control.askSentinels()
    }

    private func confirmWhenSettled() {
        guard confirmation == .awaitingSentinels, agreement.isConfirmed(now: control.loop.nowMilliseconds) else { return }
        confirmation = nil
        control.log.info("master confirmed", metadata: ["master": "\(name)", "address": "\(topology.master.map { "\($0)" } ?? "none")"])
        control.directory.confirm(index)
    }

    private func monitored(_ answer: RoleConnection.Answer) {
        let answeredBefore = isAnswering
        switch answer {
        case .role(.master(let offset, let replicas), let from):
            isAnswering = true
            offsets = (offset, replicas)
            if confirmation == .awaitingRole { confirmation = .awaitingSentinels }
            confirmWhenSettled()
            if address != from {
                address = from
                settle()
            }
        case .role(let role, _):
            isAnswering = false
            if answeredBefore {
                control.log.warning("master says that it is none", metadata: ["master": "\(name)", "role": "\(role)"])
            }
        case .failed(let text):
            isAnswering = false
            if answeredBefore {
                control.log.warning("master does not answer", metadata: ["master": "\(name)", "error": "\(text)"])
            }
        }
        if answeredBefore, !isAnswering { control.askSentinels() }
        surroundingsChanged()
    }

    // MARK: What follows

    /// Brings the fronts into line with what is known: open to the adopted master, or closed with the reason.
    private func settle() {
        if let master = topology.master, let address, !agreement.isSuspended, hasMajority == true || !control.refusesWithoutMajority {
            topology.availability = .serving
            topology.generation = control.directory.open(index, address, serverName: master.endpoint.host)
        } else {
            let reason =
                topology.master == nil
                ? "no master found yet"
                : agreement.isSuspended ? "a new master is being confirmed" : "no majority of sentinels answers"
            topology.availability = .unavailable(reason)
            control.directory.close(index)
        }
        surroundingsChanged()
    }

    /// Takes what changes without a decision into the snapshot.
    func surroundingsChanged() {
        topology.hasQuorum = hasMajority ?? false
        topology.majority = agreement.majority
        topology.sentinels = control.sentinelStates(masterName: name)
        topology.replicas = replicas.map { replica in
            var replica = replica
            replica.lagBytes = offsets.replicas[replica.endpoint].map { offsets.master > $0 ? offsets.master - $0 : 0 }
            return replica
        }
        guard topology != published else { return }
        published = topology
        control.publish(topology, of: index)
    }
}
