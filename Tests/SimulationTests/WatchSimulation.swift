import Bytes
import Sentinel

/// One proxy's watch over a ``SentinelWorld``: polls, events and ticks as MasterWatch and SentinelWatcher drive them, and
/// a judge of every action that the agreement takes.
struct WatchSimulation {
    private enum Event {
        case tick
        case poll(Int)
        case question(Int)
        case answer(Int, MasterClaim?, replicas: [Endpoint])
        case connectionFailed(Int)
        case notice(Int)
        case roleQuestion(MasterClaim, probe: Int)
        case roleAnswer(MasterClaim, probe: Int, isMaster: Bool)
        case gossip(Int)
        case hello(from: Int, to: Int)
        case promoted(node: Int, epoch: UInt64, leader: Int, era: Int)
        case leaderKnows(MasterClaim, leader: Int, era: Int)
        case demoted(node: Int, era: Int)
        case fault
        case healed
    }

    private struct Line {
        var isAsking = false
        var isAskingAgainDue = false
        var last: (claim: MasterClaim?, at: Int)?
    }

    static let healsAt = 9_000
    static let convergesWithin = 5_000
    /// A lower epoch must have been told for three seconds, by sentinels that hear of it up to two seconds late.
    static let convergesToLowerWithin = 10_000

    private var random: SeededGenerator
    private var queue = EventQueue<Event>()
    private var now = 0
    private var world: SentinelWorld
    private var agreement: MasterAgreement
    private var lines: [Line]
    private var ids: [SentinelID]
    /// The sentinel that nobody tells the proxy of at the moment.
    private var unknown: Int?
    private var probe = 0
    private var confirmed: MasterClaim?
    /// Every answer that came in: when and which epoch.
    private var told: [(at: Int, epoch: UInt64)] = []
    private var hasQuorum: Bool?
    private var asleepUntil = 0
    private var lossPercent: Int

    private(set) var violations: [String] = []
    private(set) var adoptions: [MasterClaim] = []
    private(set) var suspensions = 0
    private(set) var sameEpochChanges = 0
    private(set) var lowerings = 0
    private(set) var quorumLosses = 0
    private(set) var lies = 0
    private(set) var convergedAfter = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        world = SentinelWorld(&random)
        agreement = MasterAgreement(now: 0)
        lines = world.peers.map { _ in Line() }
        ids = world.peers.indices.map { SentinelID("sentinel-\($0)") }
        lossPercent = random.chance(50) ? 0 : random.number(1...30)
        let count = random.number(2...9)
        for _ in 0..<count { queue.put(.fault, at: random.number(300...(Self.healsAt - 200))) }
        for peer in world.peers.indices {
            queue.put(.poll(peer), at: random.number(0...100))
            queue.put(.gossip(peer), at: random.number(0...2000))
        }
        queue.put(.tick, at: 50)
        queue.put(.healed, at: Self.healsAt)
    }

    /// Runs to the end of the world, or until what must come to pass has.
    mutating func run() {
        perform(agreement.sentinelsBecameKnown(Set(ids), now: 0))
        let latest = Self.healsAt + Self.convergesToLowerWithin
        while let (time, event) = queue.take(), violations.isEmpty {
            now = max(now, time)
            if isOurs(event), now < asleepUntil {
                queue.put(event, at: asleepUntil)
                continue
            }
            handle(event)
            guard let truth = world.truth, now > Self.healsAt + 2_600 else { continue }
            let isFound = lies > 0 ? agreement.adopted?.endpoint == truth.endpoint : agreement.adopted == truth
            if isFound, !agreement.isSuspended {
                convergedAfter = now - Self.healsAt
                return
            }
            // Where not even those who never lie make a majority, nobody can know.
            if lies > 0, world.peers.count(where: { !$0.isLiar && $0.claim == truth }) < agreement.majority { return }
            let isLowering = (agreement.adopted?.epoch ?? 0) > truth.epoch || lowerings > 0
            if now > (isLowering ? latest : Self.healsAt + Self.convergesWithin) {
                return violations.append("at \(now) adopted is \(adopted), suspended \(agreement.isSuspended), truth \(truth), known \(world.peers.map(\.claim))")
            }
        }
    }

    private var adopted: String { agreement.adopted.map { "\($0)" } ?? "none" }

    /// Whether the proxy takes part in `event`, and so has to be awake.
    private func isOurs(_ event: Event) -> Bool {
        switch event {
        case .tick, .poll, .answer, .connectionFailed, .notice, .roleAnswer: true
        default: false
        }
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .tick:
            perform(agreement.timePassed(now: now))
            monitor()
            queue.put(.tick, at: now + 50)
        case .poll(let peer):
            ask(peer)
            queue.put(.poll(peer), at: now + random.number(400...600))
        case .question(let peer): question(peer)
        case .answer(let peer, let claim, let replicas): answer(peer, claim, replicas)
        case .connectionFailed(let peer):
            lines[peer].isAsking = false
            if lines[peer].isAskingAgainDue { ask(peer) }
        case .notice: for peer in lines.indices { ask(peer) }
        case .roleQuestion(let claim, let probe): roleQuestion(claim, probe)
        case .roleAnswer(let claim, let probe, let isMaster):
            guard probe == self.probe else { return }
            if isMaster { confirmed = claim }
            perform(agreement.roleAnswered(claim, isMaster: isMaster, now: now))
        default: worldEvent(event)
        }
    }

    // MARK: The watch

    private mutating func ask(_ peer: Int) {
        guard !lines[peer].isAsking else {
            lines[peer].isAskingAgainDue = true
            return
        }
        lines[peer].isAsking = true
        lines[peer].isAskingAgainDue = false
        queue.put(.question(peer), at: now + random.number(0...15))
    }

    private mutating func question(_ peer: Int) {
        let sentinel = world.peers[peer]
        if !sentinel.isReachable || random.chance(now < Self.healsAt ? lossPercent : 0) {
            queue.put(.connectionFailed(peer), at: now + 2000)
        } else if !sentinel.isUp {
            queue.put(.connectionFailed(peer), at: now + random.number(1...20))
        } else {
            var (claim, replicas) = (sentinel.claim, Array(SentinelWorld.endpoints.prefix(world.nodes.count)))
            if sentinel.isLiar, random.chance(70) {
                let lie = world.lie(&random)
                (claim, replicas) = (lie.claim, lie.replicas)
                // Of a group's server it may turn out to be true.
                if lie.claim.endpoint != SentinelWorld.foreign { world.claimed.insert(lie.claim) }
                lies += 1
            }
            queue.put(.answer(peer, claim, replicas: replicas), at: now + sentinel.lag + random.number(0...15))
        }
    }

    private mutating func answer(_ peer: Int, _ claim: MasterClaim?, _ replicas: [Endpoint]) {
        lines[peer].isAsking = false
        if peer != unknown {
            lines[peer].last = (claim, now)
            if let claim, !world.peers[peer].isLiar { told.append((now, claim.epoch)) }
        }
        perform(agreement.sentinelReported(ids[peer], claim, replicas: replicas, now: now))
        if lines[peer].isAskingAgainDue { ask(peer) }
    }

    private mutating func perform(_ actions: [MasterAgreement.Action]) {
        for action in actions {
            switch action {
            case .probe(let claim):
                probe += 1
                queue.put(.roleQuestion(claim, probe: probe), at: now + random.number(0...20))
            case .adopt(let claim): judgeAdoption(claim)
            case .suspend(let claim):
                suspensions += 1
                let others = fresh.count { $0.epoch > claim.epoch && $0.endpoint != claim.endpoint }
                if others < agreement.majority { violations.append("at \(now) suspended \(claim) with \(others) against it") }
            case .contradicted(let sentinel, let claim):
                if claim == agreement.adopted { violations.append("at \(now) \(sentinel) contradicts nobody by \(claim)") }
            case .quorumReached:
                if hasQuorum == true { violations.append("at \(now) quorum reached twice") }
                hasQuorum = true
            case .quorumLost:
                if hasQuorum == false { violations.append("at \(now) quorum lost twice") }
                hasQuorum = false
                quorumLosses += 1
            }
        }
    }

    private mutating func roleQuestion(_ claim: MasterClaim, _ probe: Int) {
        if claim.endpoint == SentinelWorld.foreign { return violations.append("at \(now) asked a server that only liars name") }
        guard let index = world.node(claim.endpoint), index < world.nodes.count else {
            return violations.append("at \(now) asked \(claim), which is no server")
        }
        let node = world.nodes[index]
        guard node.isReachable else { return }
        queue.put(.roleAnswer(claim, probe: probe, isMaster: node.isUp && node.isMaster), at: now + random.number(0...20))
    }

    /// The adopted master is asked again and again; who does not answer says nothing.
    private mutating func monitor() {
        guard let adopted = agreement.adopted, let index = world.node(adopted.endpoint), index < world.nodes.count else { return }
        let node = world.nodes[index]
        if node.isReachable, node.isUp { perform(agreement.masterAnswered(isMaster: node.isMaster, now: now)) }
    }

    // MARK: The judge

    /// The claims whose last telling is fresh.
    private var fresh: [MasterClaim] {
        lines.compactMap { line in line.last.flatMap { now - $0.at <= 2000 ? $0.claim : nil } }
    }

    private mutating func judgeAdoption(_ claim: MasterClaim) {
        defer { adoptions.append(claim) }
        let named = fresh.count { $0 == claim }
        if !world.claimed.contains(claim) { violations.append("at \(now) adopted \(claim), which nobody ever claimed") }
        if confirmed != claim { violations.append("at \(now) adopted \(claim), which never said that it is master") }
        if named == 0 { violations.append("at \(now) adopted \(claim), which nobody names") }
        let rivals = fresh.count { $0.epoch == claim.epoch && $0.endpoint != claim.endpoint && $0.endpoint != SentinelWorld.foreign }
        if rivals > 0, named < agreement.majority { violations.append("at \(now) adopted \(claim), which \(named) name, against \(rivals) in its epoch") }
        guard let old = adoptions.last else { return }
        if claim.epoch == old.epoch, claim.endpoint != old.endpoint {
            sameEpochChanges += 1
            if named < agreement.majority { violations.append("at \(now) went from \(old) to \(claim), which only \(named) name") }
        }
        if claim.epoch < old.epoch {
            lowerings += 1
            let newer = told.last { $0.epoch >= old.epoch }
            if named < agreement.majority { violations.append("at \(now) went back from \(old) to \(claim), which only \(named) name") }
            if claim.endpoint != old.endpoint, let newer, now - newer.at < 3000 { violations.append("at \(now) went back from \(old) to \(claim), though one told \(newer)") }
        }
    }
}

// MARK: - The world's own course

extension WatchSimulation {
    private mutating func worldEvent(_ event: Event) {
        switch event {
        case .gossip(let peer):
            for other in world.peers.indices where other != peer { queue.put(.hello(from: peer, to: other), at: now + random.number(1...100)) }
            queue.put(.gossip(peer), at: now + 2000)
        case .hello(let from, let to): if world.hello(from: from, to: to) { changed(to, after: 0) }
        case .promoted(let node, let epoch, let leader, let era):
            guard era == world.era else { return }
            if world.nodes[node].isUp { world.nodes[node].isMaster = true }
            let claim = MasterClaim(SentinelWorld.endpoints[node], epoch: epoch)
            queue.put(.leaderKnows(claim, leader: leader, era: era), at: now + random.number(0...1000))
        case .leaderKnows(let claim, let leader, let era):
            guard era == world.era, world.peers[leader].isUp else { return }
            let old = world.peers[leader].claim
            guard world.learn(leader, claim) else { return }
            // The leader announces last.
            changed(leader, after: random.number(900...1100))
            for other in world.peers.indices where other != leader {
                queue.put(.hello(from: leader, to: other), at: now + random.number(40...120))
            }
            if let old, let node = world.node(old.endpoint) { queue.put(.demoted(node: node, era: era), at: now + 10_000) }
        case .demoted(let node, let era):
            if era == world.era, world.truth?.endpoint != SentinelWorld.endpoints[node] { world.nodes[node].isMaster = false }
        case .fault: if now < Self.healsAt { fault() }
        case .healed: heal()
        default: break
        }
    }

    /// A sentinel names another master: it says so, if the message comes through.
    private mutating func changed(_ peer: Int, after delay: Int) {
        guard world.peers[peer].isReachable, !random.chance(lossPercent) else { return }
        queue.put(.notice(peer), at: now + delay + random.number(0...20))
    }

    private mutating func failOver(leader: Int, isForced: Bool) {
        guard let (node, epoch) = world.beginFailover(leader, isForced: isForced, &random) else { return }
        queue.put(.promoted(node: node, epoch: epoch, leader: leader, era: world.era), at: now + random.number(50...500))
    }

    private mutating func fault() {
        let peer = random.number(0...(world.peers.count - 1))
        let node = random.number(0...(world.nodes.count - 1))
        switch random.number(0...19) {
        case 0, 1, 2: failOver(leader: peer, isForced: false)
        case 3, 4:
            failOver(leader: peer, isForced: true)
            failOver(leader: (peer + 1) % world.peers.count, isForced: true)
        case 5: failOver(leader: peer, isForced: true)
        case 6, 7: world.peers[peer].isUp = false
        case 8, 9: world.restart(peer, &random)
        case 10: world.peers[peer].lag = random.number(0...2500)
        case 11: world.peers[peer].isReachable.toggle()
        case 12, 13: for index in world.peers.indices { world.peers[index].side = random.number(0...1) }
        case 14: for index in world.peers.indices { world.peers[index].side = 0 }
        case 15:
            world.nodes[node].isUp.toggle()
            if random.chance(50) { world.nodes[node].isMaster = false }
            failOver(leader: peer, isForced: false)
        case 16: world.nodes[node].isReachable.toggle()
        case 17: asleepUntil = now + random.number(100...3000)
        case 18: if random.chance(30) { world.monitorAnew(node) } else { for index in world.peers.indices { world.restart(index, &random) } }
        default:
            unknown = random.chance(50) ? nil : peer
            if let unknown { lines[unknown].last = nil }
            perform(agreement.sentinelsBecameKnown(Set(ids.filter { id in unknown.map { ids[$0] != id } ?? true }), now: now))
        }
    }

    private mutating func heal() {
        world.heal()
        lossPercent = 0
        asleepUntil = 0
        unknown = nil
        perform(agreement.sentinelsBecameKnown(Set(ids), now: now))
        for index in world.nodes.indices where world.truth?.endpoint != SentinelWorld.endpoints[index] {
            // One in ten old masters goes on saying that it is one, where nobody lies that it is.
            if lies > 0 || !random.chance(10) { queue.put(.demoted(node: index, era: world.era), at: now + random.number(0...2000)) }
        }
    }
}
