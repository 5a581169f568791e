import Bytes
import EventLoop
import Logging
import Sentinel

/// Servers that are given, instead of what sentinels say: one that is taken as soon as it answers, or several of which the one is
/// taken that says it is the master. Names are followed when they lead to other addresses.
///
///     unknown ──answers──▶ serving ──says that it is a replica now──▶ held ──a master──▶ serving
///                                                                      └──for too long──▶ serving, as the replica that it is
final class FixedUpstream {
    /// How often names are looked up again.
    private static let lookupMilliseconds = 5000
    private static let addressPatienceMilliseconds = 2000
    /// How often a trouble is told that stays.
    private static let reminderMilliseconds = 10_000

    /// One of the servers, and what it last said.
    private final class Server {
        let endpoint: Endpoint
        var monitor: RoleConnection?
        var role: ServerRole?
        var address: SocketAddress?
        /// Whether it has been doubted and not answered since: what it said before counts no more, and no other is taken before it.
        var isDoubted = false
        /// Whether it has been told in the log that its role is not to be had.
        var isRoleUnknown = false
        /// Why it is of no use, as it was last told in the log, and when.
        var trouble: String?
        var troubleToldAt = 0

        init(_ endpoint: Endpoint) { self.endpoint = endpoint }
    }

    private let control: ControlPlane
    private let servers: [Server]
    /// The server that is in use.
    private var current: Int?
    private var timer: LoopTimer?
    private var lookupTimer: LoopTimer?
    /// Whether the one in use has said that it is a master, and since when it says that it is not.
    private var wasMaster = false
    private var replicaSince: Int?
    private(set) var topology: Topology
    /// Whether the server answered the last question.
    private(set) var isAnswering = false

    init(_ control: ControlPlane, _ endpoints: [Endpoint], name: String) {
        self.control = control
        servers = endpoints.map(Server.init)
        topology = Topology(masterName: name)
        let names = endpoints.map(\.description).joined(separator: ", ")
        topology.availability = .unavailable(endpoints.count > 1 ? "none of \(names) is a master that answers" : "\(names) has not answered yet")
    }

    func start() {
        control.publish(topology, of: 0)
        for (index, server) in servers.enumerated() {
            server.monitor = RoleConnection(control, server.endpoint) { [unowned self] in monitored(index, $0) }
        }
        ask()
        timer = LoopTimer(control.loop, milliseconds: control.settings.redis.probeIntervalMilliseconds, repeating: true) { [unowned self] in ask() }
        guard servers.contains(where: { $0.endpoint.address == nil && $0.endpoint.unixPath == nil }) else { return }
        lookupTimer = LoopTimer(control.loop, milliseconds: Self.lookupMilliseconds, repeating: true) { [unowned self] in lookUp() }
    }

    private func ask() { for server in servers { server.monitor?.ask() } }

    /// How long another master is waited for behind `server`, which is a replica now: shorter than commands wait, so that whoever waits
    /// hears the server's own words in the end. An address leads elsewhere only where another machine takes it over.
    private func patienceMilliseconds(with server: Server) -> Int {
        let hold = control.settings.failover.holdMilliseconds
        let isName = server.endpoint.address == nil && server.endpoint.unixPath == nil
        return isName ? hold / 4 * 3 : min(hold / 2, Self.addressPatienceMilliseconds)
    }

    /// Connects anew where a name does not lead to where we are any more.
    private func lookUp() {
        for server in servers where server.endpoint.address == nil && server.endpoint.unixPath == nil {
            control.lookups.resolve(server.endpoint, isUrgent: false) { result in
                guard case .success(let addresses) = result, let address = server.address, !addresses.contains(address) else { return }
                server.monitor?.restart()
                server.monitor?.ask()
            }
        }
    }

    /// Holds all commands back, or lets them go on, as an operator wants it.
    func pause(_ isPaused: Bool) {
        topology.isPaused = isPaused
        if !isPaused { control.directory.release(0, .pause) }
        control.publish(topology, of: 0)
        if isPaused { control.directory.hold(0, .pause) }
    }

    /// A loop sends nothing more: it goes on when a master has answered, at wherever the name leads to now.
    func doubted() {
        control.directory.hold(0, .unconfirmed)
        if let current {
            (servers[current].role, servers[current].isDoubted) = (nil, true)
            servers[current].monitor?.restart()
        }
        ask()
    }

    /// A link is lost, or could not be made.
    func missed() { ask() }

    func stop() {
        timer = nil
        lookupTimer = nil
        for server in servers { server.monitor?.close() }
    }

    private func monitored(_ index: Int, _ answer: RoleConnection.Answer) {
        let server = servers[index]
        server.isDoubted = false
        switch answer {
        case .role(.refused(let text), _) where RoleConnection.isUnusable(text): failed(index, text)
        case .role(let role, let from):
            (server.role, server.address) = (role, from)
            server.trouble = nil
            if case .refused(let text) = role { noteUnknownRole(server, text) }
            choose()
        case .failed(let text): failed(index, text)
        }
    }

    private func noteUnknownRole(_ server: Server, _ text: String) {
        guard !server.isRoleUnknown else { return }
        server.isRoleUnknown = true
        control.log.warning(
            "the upstream does not tell its role; let redis.user call ROLE, INFO or HELLO",
            metadata: ["upstream": "\(server.endpoint)", "error": "\(text)", "taken": servers.count > 1 ? "no" : "as it is"])
    }

    /// Tells of a server that is of no use: once, and again where that has another reason, or lasts.
    private func noteTrouble(_ server: Server, _ text: String) {
        let now = control.loop.nowMilliseconds
        let cause = TroubleCause.words(text, of: .redis, control.mannerTowardsServers)
        let words = cause ?? text
        guard words != server.trouble || now - server.troubleToldAt >= Self.reminderMilliseconds else { return }
        (server.trouble, server.troubleToldAt) = (words, now)
        control.log.warning("upstream does not answer", metadata: ["upstream": "\(server.endpoint)", "error": "\(words)", "words": "\(text)"])
        guard current == nil else { return }
        topology.availability = .unavailable("\(server.endpoint) is of no use yet: \(words)")
        control.publish(topology, of: 0)
    }

    private func failed(_ index: Int, _ text: String) {
        let server = servers[index]
        server.role = nil
        guard current == nil || current == index else { return }
        noteTrouble(server, text)
        isAnswering = false
        choose()
    }

    private func choose() {
        guard servers.count > 1 else {
            if let role = servers[0].role { take(0, role) }
            return
        }
        if let current, servers[current].isDoubted { return }
        let masters = servers.indices.filter { servers[$0].role?.isMaster == true }
        guard let index = masters.first(where: { $0 == current }) ?? masters.first, let role = servers[index].role else {
            if let current, case .replica = servers[current].role { control.directory.hold(0, .unconfirmed) }
            return
        }
        take(index, role)
    }

    private func take(_ index: Int, _ role: ServerRole) {
        let server = servers[index]
        guard let from = server.address else { return }
        isAnswering = true
        if case .replica = role, wasMaster, index == current {
            // The name may lead to the new master in a moment.
            let since = replicaSince ?? control.loop.nowMilliseconds
            replicaSince = since
            control.directory.hold(0, .unconfirmed)
            guard control.loop.nowMilliseconds - since > patienceMilliseconds(with: server) else { return server.monitor?.restart() ?? () }
            control.log.warning("the upstream has become a replica, and its name leads to no master", metadata: ["upstream": "\(server.endpoint)"])
        }
        replicaSince = nil
        wasMaster = role.isMaster
        current = index
        let generation = control.directory.open(0, from, serverName: server.endpoint.host)
        control.directory.release(0, .unconfirmed)
        guard topology.generation != generation else { return }
        topology.generation = generation
        topology.master = MasterClaim(server.endpoint, epoch: 0)
        topology.sinceMilliseconds = MonotonicClock.wallMilliseconds()
        topology.availability = .serving
        control.publish(topology, of: 0)
        control.log.notice("upstream answers", metadata: ["upstream": "\(server.endpoint)", "address": "\(from)"])
    }
}
