import Bytes
import EventLoop
import Logging
import Sentinel

/// Watches one monitored master: feeds the agreement, asks candidates for their role, and tells the directory where
/// links may go.
final class MasterWatch {
    /// Pause between two looks at the clock while a candidate awaits confirmation, in milliseconds.
    private static let tickMilliseconds = 50
    /// Replicas that are listened to, at most.
    private static let hellosMax = 16

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
    private(set) var recorder: FailoverRecorder
    private var hellos: [Endpoint: HelloConnection] = [:]
    /// Ends the hold that the promotion of a replica has begun, when nothing comes of it.
    private var promotionEnd: LoopTimer?
    /// The same for the hold that a hello has begun.
    private var helloEnd: LoopTimer?
    private var isLeaseValid = true
    private var planned: PlannedFailover?
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
        recorder = FailoverRecorder(control, masterName: name)
    }

    func start() {
        tick = LoopTimer(control.loop, milliseconds: Self.tickMilliseconds, repeating: true) { [unowned self] in
            perform(agreement.timePassed(now: control.loop.nowMilliseconds))
            confirmWhenSettled()
            checkLease()
            recorder.timePassed()
        }
        monitorTimer = LoopTimer(
            control.loop, milliseconds: control.settings.redis.probeIntervalMilliseconds, repeating: true
        ) { [unowned self] in monitor?.ask() }
    }

    func stop() {
        tick = nil
        monitorTimer = nil
        promotionEnd = nil
        helloEnd = nil
        probe?.close()
        monitor?.close()
        for hello in hellos.values { hello.close() }
        hellos = [:]
    }

    // MARK: What the sentinels say

    /// An event of a sentinel that concerns this master, or the sentinel as a whole.
    func heard(_ event: SentinelEvent, from sentinel: SocketAddress) {
        let text = "\(event.name) \(event.details)"
        let master = topology.master?.endpoint.description
        // An old story, told late by a sentinel that heard of it late, is about another master.
        let isNews = master == nil || event.masterAddress == nil || event.masterAddress == master
        if event.masterName == name, event.isSignOfTrouble, isNews {
            recorder.sign(text, from: "sentinel \(sentinel)", master: master)
        } else {
            recorder.note(text, from: "sentinel \(sentinel)")
        }
        guard event.masterName == name else { return }
        switch PromotionHint(event) {
        case .begins: if event.masterAddress == master { promotionBegins() }
        case .isGivenUp:
            promotionIsOver("given up")
            planned?.gaveUp()
        case nil: break
        }
    }

    /// Holds commands back while a replica is being promoted, for a while at most.
    private func promotionBegins() {
        let limit = control.settings.failover.earlyHoldMilliseconds
        guard limit > 0, promotionEnd == nil, topology.master != nil else { return }
        control.directory.hold(index, .promotion)
        recorder.note("commands wait: a replica is being promoted")
        promotionEnd = LoopTimer(control.loop, milliseconds: limit) { [unowned self] in promotionIsOver("nothing came of it in time") }
    }

    private func promotionIsOver(_ reason: String) {
        guard promotionEnd != nil else { return }
        promotionEnd = nil
        recorder.note("the wait for the promotion is over: \(reason)")
        control.directory.release(index, .promotion)
    }

    /// Has a sentinel move the master to a replica, and tells what came of it.
    func failOver(_ done: @escaping (PlannedFailover.Outcome) -> Void) {
        guard let master = topology.master, control.directory.isOpen(index) else { return done(.failed("there is no master in use at the moment")) }
        guard planned?.isOver ?? true else { return done(.failed("a failover is under way already")) }
        guard replicas.contains(where: \.isOnline) else { return done(.failed("no replica is online that could take over")) }
        recorder.sign("an operator asks for a failover", master: master.endpoint.description)
        let planned = PlannedFailover(control.loop, from: master, done)
        self.planned = planned
        control.failOver(name) { planned.answered(refusal: $0) }
    }

    /// Holds all commands back, or lets them go on, as an operator wants it.
    func pause(_ isPaused: Bool) {
        topology.isPaused = isPaused
        // Who has waited longer than a failover may last is not to hear of the end before the way is open.
        if !isPaused { control.directory.release(index, .pause) }
        surroundingsChanged()
        if isPaused { control.directory.hold(index, .pause) }
    }

    /// A hello on one of the servers names this master: where it is news, all sentinels are asked.
    private func heard(_ hello: SentinelHello, on server: Endpoint) {
        guard hello.masterName == name, let adopted = topology.master, hello.claim.epoch > adopted.epoch, hello.claim.endpoint != adopted.endpoint
        else { return }
        // What the sentinels never told of is no replica of this master.
        guard replicas.contains(where: { $0.endpoint == hello.claim.endpoint }) else { return }
        recorder.sign("hello: \(hello.claim)", from: "server \(server)", master: adopted.endpoint.description)
        control.askSentinels()
        let before = agreement.pendingHello
        perform(agreement.helloHeard(hello.claim, now: control.loop.nowMilliseconds))
        let limit = control.settings.failover.earlyHoldMilliseconds
        guard limit > 0, helloEnd == nil, agreement.pendingHello != before, agreement.pendingHello != nil else { return }
        control.directory.hold(index, .succession)
        recorder.note("commands wait: the sentinels are asked whether that is so")
        helloEnd = LoopTimer(control.loop, milliseconds: limit) { [unowned self] in helloIsSettled() }
    }

    /// The sentinels have answered for the hello, or have had their time.
    private func helloIsSettled() {
        helloEnd = nil
        control.directory.release(index, .succession)
    }

    /// Listens on every server that the sentinels tell of.
    private func followHellos() {
        guard let master = topology.master else { return }
        let known = Set([master.endpoint] + replicas.prefix(Self.hellosMax).map(\.endpoint))
        for (endpoint, hello) in hellos where !known.contains(endpoint) {
            hello.close()
            hellos[endpoint] = nil
        }
        // A former master that does not follow yet has nothing to tell; a replica that was followed may lose its master.
        let online = replicas.prefix(Self.hellosMax).filter(\.isOnline).map(\.endpoint)
        for endpoint in [master.endpoint] + online where hellos[endpoint] == nil {
            hellos[endpoint] = HelloConnection(control, endpoint) { [unowned self] in heard($0, on: endpoint) }
        }
    }

    /// Stops the service, where that is the policy, when no majority of the sentinels has confirmed the master for too long.
    private func checkLease() {
        guard control.refusesWithoutMajority, topology.master != nil else { return }
        let isValid = agreement.confirmedAt.map { control.loop.nowMilliseconds - $0 <= control.settings.sentinel.leaseMilliseconds } ?? false
        guard isValid != isLeaseValid else { return }
        isLeaseValid = isValid
        recorder.note(isValid ? "the lease is renewed" : "the lease is over: no majority of the sentinels confirms the master")
        settle()
    }

    func sentinelsBecameKnown(_ sentinels: Set<SentinelID>) {
        perform(agreement.sentinelsBecameKnown(sentinels, now: control.loop.nowMilliseconds))
        surroundingsChanged()
    }

    func reported(_ sentinel: SentinelID, _ report: SentinelReport, askedAt: Int) {
        // The newest epoch's account of the replicas is the right one.
        if !report.replicas.isEmpty, report.claim?.epoch ?? 0 >= agreement.adopted?.epoch ?? 0 {
            replicas = report.replicas
            followHellos()
        }
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
                recorder.sign("a majority names another master", master: claim.endpoint.description)
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
        if helloEnd != nil, agreement.pendingHello == nil { helloIsSettled() }
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
        if let old, old.endpoint != claim.endpoint {
            recorder.sign("decided for \(claim), which says that it is a master", master: old.endpoint.description)
            recorder.switched(to: claim.endpoint.description)
            planned?.decided(for: claim)
            planned = nil
            hellos.removeValue(forKey: old.endpoint)?.close()
        }
        address = candidateAddress
        if old?.endpoint != claim.endpoint {
            topology.sinceMilliseconds = MonotonicClock.wallMilliseconds()
            control.log.notice(
                "master adopted",
                metadata: ["master": "\(name)", "old": "\(old.map { "\($0)" } ?? "none")", "new": "\(claim)"])
        }
        isAnswering = true
        // What was adopted has just said that it is a master.
        confirmation = nil
        startMonitor(claim.endpoint)
        promotionEnd = nil
        settle()
        // Behind the new route, so that the old one does not come to life again.
        control.directory.release(index, .unconfirmed)
        control.directory.release(index, .promotion)
        followHellos()
    }

    private func startMonitor(_ endpoint: Endpoint) {
        monitor?.close()
        monitor = RoleConnection(control, endpoint) { [unowned self] answer in monitored(answer) }
    }

    // MARK: After a sleep

    /// Asks everybody again after a sleep: the loops have stopped sending until they hear that the route still holds.
    func confirmAnew() {
        agreement.wokeUp(now: control.loop.nowMilliseconds)
        probe?.close()
        doubted("a loop stood still")
    }

    /// Leaves the master at once, and asks it and the sentinels: it has done what no master does.
    func doubted(_ reason: String) {
        control.log.warning("nothing is sent before the master is confirmed", metadata: ["master": "\(name)", "reason": "\(reason)"])
        recorder.sign("nothing is sent before the master is confirmed: \(reason)", master: topology.master?.endpoint.description)
        control.directory.hold(index, .unconfirmed)
        confirmation = .awaitingRole
        if let master = topology.master { startMonitor(master.endpoint) }
        monitor?.ask()
        control.askSentinels()
    }

    private func confirmWhenSettled() {
        guard confirmation == .awaitingSentinels, agreement.isConfirmed(now: control.loop.nowMilliseconds) else { return }
        confirmation = nil
        recorder.note("the master is confirmed")
        control.log.info("master confirmed", metadata: ["master": "\(name)", "address": "\(topology.master.map { "\($0)" } ?? "none")"])
        control.directory.release(index, .unconfirmed)
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
            if confirmation == .awaitingSentinels { confirmation = .awaitingRole }
            // Only a server that says what it is has said that it is no master.
            if case .refused = role {} else if confirmation == nil { doubted("its role is \(role)") }
        case .failed(let text):
            isAnswering = false
            if answeredBefore {
                recorder.sign("the master does not answer: \(text)", master: topology.master?.endpoint.description)
                control.log.warning("master does not answer", metadata: ["master": "\(name)", "error": "\(text)"])
            }
        }
        if answeredBefore, !isAnswering { control.askSentinels() }
        surroundingsChanged()
    }

    // MARK: What follows

    /// Brings the fronts into line with what is known: open to the adopted master, or closed with the reason.
    private func settle() {
        if let master = topology.master, let address, !agreement.isSuspended, (hasMajority == true && isLeaseValid) || !control.refusesWithoutMajority {
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
