import Bytes
import Sentinel

/// Sentinels and servers that crash, lag, part and fail over, as far as one proxy can see them.
///
/// A failover gives its server the role first, then its leader knows, then by and by the others: FAILOVER.md, "The clock".
struct SentinelWorld {
    struct Node {
        var isUp = true
        /// Whether the proxy reaches it.
        var isReachable = true
        /// What it answers to ROLE.
        var isMaster = false
    }

    struct Peer {
        var isUp = true
        var isReachable = true
        /// Sentinels of one side hear each other.
        var side = 0
        /// Milliseconds that it takes longer to answer.
        var lag = 0
        var claim: MasterClaim?
        var currentEpoch: UInt64 = 0
        /// Whether it says what it likes to the proxy. To the other sentinels it is as good as any.
        var isLiar = false
        /// What it knew before the last change: a restart may bring it back.
        var oldClaim: MasterClaim?
    }

    /// A server that belongs to nobody's group, and that says it is a master.
    static let foreign = Endpoint(host: "10.9.9.9", port: 6379)

    static let endpoints = (0..<4).map { Endpoint(host: "10.0.0.\($0)", port: 6379) }

    var nodes: [Node]
    var peers: [Peer]
    /// Every claim that any sentinel has ever made.
    var claimed: Set<MasterClaim> = []
    /// Counts up at the heal, so that failovers from before it come to nothing.
    var era = 0
    /// What all must agree on in the end.
    var truth: MasterClaim?

    init(_ random: inout SeededGenerator) {
        nodes = (0..<random.number(3...4)).map { _ in Node() }
        nodes[0].isMaster = true
        let first = MasterClaim(Self.endpoints[0], epoch: UInt64(random.number(0...3)))
        peers = (0..<random.number(3...5)).map { _ in Peer(claim: first, currentEpoch: first.epoch) }
        if random.chance(30) {
            for index in 0..<((peers.count - 1) / 2) { peers[index].isLiar = true }
        }
        claimed = [first]
    }

    func node(_ endpoint: Endpoint) -> Int? { Self.endpoints.firstIndex(of: endpoint) }

    /// The epoch and the server of a failover that `leader` begins; nil where it finds no majority or no server.
    mutating func beginFailover(_ leader: Int, isForced: Bool, _ random: inout SeededGenerator) -> (node: Int, epoch: UInt64)? {
        guard peers[leader].isUp, let old = peers[leader].claim else { return nil }
        let voters = peers.indices.filter { peers[$0].isUp && peers[$0].side == peers[leader].side }
        guard isForced || voters.count > peers.count / 2 else { return nil }
        let epoch: UInt64
        if isForced {
            epoch = peers[leader].currentEpoch + 1
            peers[leader].currentEpoch = epoch
        } else {
            epoch = (voters.map { peers[$0].currentEpoch }.max() ?? 0) + 1
            for voter in voters { peers[voter].currentEpoch = epoch }
        }
        let others = nodes.indices.filter { nodes[$0].isUp && Self.endpoints[$0] != old.endpoint }
        guard !others.isEmpty else { return nil }
        return (others[random.number(0...(others.count - 1))], epoch)
    }

    /// Sets what a sentinel knows; false where that is nothing new.
    mutating func learn(_ peer: Int, _ claim: MasterClaim) -> Bool {
        peers[peer].currentEpoch = max(peers[peer].currentEpoch, claim.epoch)
        guard peers[peer].isUp, let known = peers[peer].claim, known.epoch < claim.epoch else { return false }
        peers[peer].oldClaim = known
        peers[peer].claim = claim
        claimed.insert(claim)
        return true
    }

    /// A hello of `from` reaches `to`; true where `to` learns of another master by it.
    mutating func hello(from: Int, to: Int) -> Bool {
        guard peers[from].isUp, peers[to].isUp, peers[from].side == peers[to].side, let claim = peers[from].claim else { return false }
        peers[to].currentEpoch = max(peers[to].currentEpoch, peers[from].currentEpoch)
        return learn(to, claim)
    }

    /// What a liar says, and which replicas it names: a foreign server or one of the group, under a high epoch or the highest.
    func lie(_ random: inout SeededGenerator) -> (claim: MasterClaim, replicas: [Endpoint]) {
        let all = Array(Self.endpoints.prefix(nodes.count))
        let epoch = random.chance(50) ? UInt64.max : UInt64(random.number(0...20))
        let server = random.chance(60) ? Self.foreign : all[random.number(0...(all.count - 1))]
        return (MasterClaim(server, epoch: epoch), random.chance(50) ? all + [Self.foreign] : [Self.foreign])
    }

    mutating func restart(_ peer: Int, _ random: inout SeededGenerator) {
        peers[peer].isUp = true
        switch random.number(0...5) {
        case 0, 1: peers[peer].claim = peers[peer].oldClaim ?? peers[peer].claim
        case 2:
            let forgotten = MasterClaim(Self.endpoints[0], epoch: 0)
            peers[peer].claim = forgotten
            peers[peer].currentEpoch = 0
            claimed.insert(forgotten)
        default: break
        }
    }

    /// `SENTINEL REMOVE` and `MONITOR` on all: the old epochs are forgotten.
    mutating func monitorAnew(_ node: Int) {
        let claim = MasterClaim(Self.endpoints[node], epoch: 0)
        nodes[node].isUp = true
        nodes[node].isMaster = true
        for peer in peers.indices {
            peers[peer].claim = claim
            peers[peer].oldClaim = nil
            peers[peer].currentEpoch = 0
        }
        claimed.insert(claim)
    }

    /// All comes up and hears each other again; the newest claim, or the majority's, or at last a new failover holds.
    mutating func heal() {
        era += 1
        for index in nodes.indices { (nodes[index].isUp, nodes[index].isReachable) = (true, true) }
        for index in peers.indices { (peers[index].isUp, peers[index].isReachable, peers[index].side, peers[index].lag) = (true, true, 0, 0) }
        let claims = peers.compactMap(\.claim)
        let newest = claims.map(\.epoch).max() ?? 0
        let rivals = Set(claims.filter { $0.epoch == newest })
        var winner = rivals.count == 1 ? rivals.first : rivals.first { rival in claims.count { $0 == rival } > peers.count / 2 }
        if winner == nil {
            let epoch = (peers.map(\.currentEpoch).max() ?? 0) + 1
            let decided = MasterClaim(Self.endpoints[1], epoch: max(epoch, newest + 1))
            _ = learn(0, decided)
            winner = decided
        }
        truth = winner
        if let winner, let index = node(winner.endpoint) { nodes[index].isMaster = true }
    }
}
