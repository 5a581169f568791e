import Bytes
import EventLoop
import Logging
import Sentinel

/// Watches one monitored master: feeds the agreement, asks candidates for their role, and tells the directory where
/// links may go.
final class MasterWatch {
    /// Pause between two looks at the clock while a candidate awaits confirmation, in milliseconds.
    private static let tickMilliseconds = 50
    /// How long the master may leave questions unanswered before it counts as none, should a majority name an older one.
    private static let silenceMilliseconds = 10_000

    let index: Int
    let name: String
    let control: ControlPlane
    private var agreement: MasterAgreement
    private var tick: LoopTimer?
    private var monitorTimer: LoopTimer?
    private var probes: [MasterClaim: RoleConnection] = [:]
    private var monitor: RoleConnection?
    /// Where the adopted master's name led when it last said that it is a master.
    private var address: SocketAddress?
    /// The same of the candidate that answered last, which need not come to be adopted.
    private var candidateAddress: SocketAddress?
    private var hasMajority: Bool?
    var topology: Topology
    private var published: Topology?
    /// Why the candidate for the master is not adopted, in words.
    var candidateTrouble: String?
    var lastRefusal: String?
    /// Hellos that name another master are heeded so many times in a second: whoever may publish there can say anything.
    private var helloPace = LinePace(linesMax: 10, milliseconds: 1000)
    var refusalLines = LinePace(linesMax: 50, milliseconds: 10_000)
    /// Whether the master answered the last question for its role as a master.
    private(set) var isAnswering = false
    /// Since when the master has not answered.
    private var silentSince: Int?
    var replicas: [ReplicaState] = []
    /// What is awaited after a sleep before the loops may go on; nil when they may.
    private var confirmation: Confirmation?
    private enum Confirmation { case awaitingRole, awaitingSentinels }
    private(set) var recorder: FailoverRecorder
    private lazy var hellos = HelloListeners(control) { [unowned self] in heard($0, on: $1) }
    /// Ends the hold that the promotion of a replica has begun, when nothing comes of it.
    private var promotionEnd: LoopTimer?
    /// The same for the hold that a hello has begun.
    private var helloEnd: LoopTimer?
    private var isLeaseValid = true
    var planned: PlannedFailover?
    private var offsets: (master: UInt64, replicas: [Endpoint: UInt64]) = (0, [:])

    init(_ control: ControlPlane, index: Int, name: String) {
        self.control = control
        self.index = index
        self.name = name
        var timing = MasterAgreement.Timing()
        timing.startWaitMilliseconds = control.settings.sentinel.startWaitMilliseconds
        timing.answerMilliseconds = control.settings.sentinel.connectTimeoutMilliseconds
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
        closeProbes()
        monitor?.close()
        hellos.close()
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

    /// A hello on one of the servers names this master: where it is news, all sentinels are asked.
    private func heard(_ hello: SentinelHello, on server: Endpoint) {
        guard hello.masterName == name, let adopted = topology.master, hello.claim.epoch > adopted.epoch, hello.claim.endpoint != adopted.endpoint
        else { return }
        // What no majority of the sentinels ever told of is no replica of this master.
        guard agreement.knows(hello.claim.endpoint), helloPace.takes(now: control.loop.nowMilliseconds) else { return }
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

    /// Stops the service, where that is the policy, when no majority of the sentinels has confirmed the master for too long.
    private func checkLease() {
        guard control.refusesWithoutMajority, topology.master != nil else { return }
        let isValid = agreement.confirmedAt.map { control.loop.nowMilliseconds - $0 <= control.settings.sentinel.leaseMilliseconds } ?? false
        guard isValid != isLeaseValid else { return }
        isLeaseValid = isValid
        recorder.note(isValid ? "the lease is renewed" : "the lease is over: no majority of the sentinels confirms the master")
        settle()
    }

    func sentinelsBecameKnown(_ sentinels: Set<SentinelID>, expected: Int) {
        perform(agreement.sentinelsBecameKnown(sentinels, expected: expected, now: control.loop.nowMilliseconds))
        surroundingsChanged()
    }

    func reported(_ sentinel: SentinelID, _ report: SentinelReport, askedAt: Int) {
        perform(
            agreement.sentinelReported(
                sentinel, report.claim, replicas: report.replicas.map(\.endpoint), askedAt: askedAt, now: control.loop.nowMilliseconds))
        // Who names the adopted master knows its replicas; those that he alone names are none.
        if !report.replicas.isEmpty, report.claim?.endpoint == agreement.adopted?.endpoint, report.claim?.epoch ?? 0 >= agreement.adopted?.epoch ?? 0 {
            replicas = report.replicas.filter { agreement.knows($0.endpoint) }
            if let master = topology.master { hellos.follow(master.endpoint, replicas) }
        }
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
            case .contradicted(let sentinel, let claim):
                let address = control.sentinelStates(masterName: name).first { $0.id == sentinel }?.endpoint.description ?? sentinel.text
                control.log.warning(
                    "a sentinel contradicts the majority",
                    metadata: ["master": "\(name)", "sentinel": "\(address)", "names": "\(claim)", "majority": "\(topology.master.map { "\($0)" } ?? "none")"])
            }
        }
        if helloEnd != nil, agreement.pendingHello == nil { helloIsSettled() }
    }

    // MARK: What the servers say

    private func ask(_ claim: MasterClaim) {
        probes[claim]?.close()
        let candidate = RoleConnection(control, claim.endpoint) { [unowned self] in answered(claim, $0) }
        probes[claim] = candidate
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
        case .role(.undisclosed, let from) where control.clientsBringPassword:
            isMaster = agreement.isNamedByMajority(claim, now: control.loop.nowMilliseconds)
            candidateAddress = from
            noteRefusal(claim, isMaster ? Self.passwordIsBrought : "NOAUTH Authentication required.")
        case .role(let role, _): noteRefusal(claim, "\(role)")
        case .failed(let text): noteRefusal(claim, text)
        }
        // One question each: the next is another connection's.
        probes.removeValue(forKey: claim)?.close()
        perform(agreement.roleAnswered(claim, isMaster: isMaster, now: control.loop.nowMilliseconds))
    }

    private func adopted(_ claim: MasterClaim) {
        closeProbes()
        candidateTrouble = nil
        let old = topology.master
        topology.master = claim
        if let old, old.endpoint != claim.endpoint {
            recorder.sign("decided for \(claim), which says that it is a master", master: old.endpoint.description)
            recorder.switched(to: claim.endpoint.description)
            planned?.decided(for: claim)
            planned = nil
            hellos.forget(old.endpoint)
        }
        address = candidateAddress
        if old?.endpoint != claim.endpoint {
            topology.sinceMilliseconds = MonotonicClock.wallMilliseconds()
            control.log.notice(
                "master adopted",
                metadata: ["master": "\(name)", "old": "\(old.map { "\($0)" } ?? "none")", "new": "\(claim)"])
        }
        isAnswering = true
        silentSince = nil
        // What was adopted has just said that it is a master.
        confirmation = nil
        startMonitor(claim.endpoint)
        promotionEnd = nil
        settle()
        // Behind the new route, so that the old one does not come to life again.
        control.directory.release(index, .unconfirmed)
        control.directory.release(index, .promotion)
        hellos.follow(claim.endpoint, replicas)
    }

    private func closeProbes() {
        for probe in probes.values { probe.close() }
        probes = [:]
    }

    private func startMonitor(_ endpoint: Endpoint) {
        monitor?.close()
        monitor = RoleConnection(control, endpoint) { [unowned self] answer in monitored(answer) }
    }

    // MARK: After a sleep

    /// Asks everybody again after a sleep: the loops have stopped sending until they hear that the route still holds.
    func confirmAnew() {
        agreement.wokeUp(now: control.loop.nowMilliseconds)
        closeProbes()
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
            offsets = (offset, replicas)
            isThere(from)
        case .role(.undisclosed, let from) where control.clientsBringPassword: isThere(from)
        case .role(let role, _):
            isAnswering = false
            if confirmation == .awaitingSentinels { confirmation = .awaitingRole }
            switch role {
            case .refused, .undisclosed: break
            // Only a server that says what it is has said that it is no master.
            case .master, .replica, .sentinel:
                if confirmation == nil { doubted("its role is \(role)") }
                perform(agreement.masterAnswered(isMaster: false, now: control.loop.nowMilliseconds))
            }
        case .failed(let text):
            isAnswering = false
            let since = silentSince ?? control.loop.nowMilliseconds
            silentSince = since
            if control.loop.nowMilliseconds - since > Self.silenceMilliseconds {
                perform(agreement.masterAnswered(isMaster: false, now: control.loop.nowMilliseconds))
            }
            if answeredBefore {
                recorder.sign("the master does not answer: \(text)", master: topology.master?.endpoint.description)
                control.log.warning("master does not answer", metadata: ["master": "\(name)", "error": "\(text)"])
            }
        }
        if answeredBefore, !isAnswering { control.askSentinels() }
        surroundingsChanged()
    }

    /// The master has answered from this address.
    private func isThere(_ from: SocketAddress) {
        isAnswering = true
        silentSince = nil
        perform(agreement.masterAnswered(isMaster: true, now: control.loop.nowMilliseconds))
        if confirmation == .awaitingRole { confirmation = .awaitingSentinels }
        confirmWhenSettled()
        guard address != from else { return }
        address = from
        settle()
    }

    // MARK: What follows

    /// Brings the fronts into line with what is known: open to the adopted master, or closed with the reason.
    func settle() {
        if let master = topology.master, let address, !agreement.isSuspended, (hasMajority == true && isLeaseValid) || !control.refusesWithoutMajority {
            topology.availability = .serving
            topology.generation = control.directory.open(index, address, serverName: master.endpoint.host)
        } else {
            let reason =
                topology.master == nil
                ? noMasterReason
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
        topology.sentinels = control.sentinelStates(masterName: name).map { state in
            var state = state
            state.isContradicting = agreement.isContradicted(by: state.id)
            return state
        }
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
