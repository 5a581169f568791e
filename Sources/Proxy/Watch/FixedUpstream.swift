import Bytes
import EventLoop
import Logging
import Sentinel

/// One server that stays the master, instead of what sentinels say: it is taken as soon as it answers, and followed when
/// its name leads to another address.
final class FixedUpstream {
    private let control: ControlPlane
    private let endpoint: Endpoint
    private var monitor: RoleConnection?
    private var timer: LoopTimer?
    private(set) var topology: Topology
    /// Whether the server answered the last question.
    private(set) var isAnswering = false

    init(_ control: ControlPlane, _ endpoint: Endpoint, name: String) {
        self.control = control
        self.endpoint = endpoint
        topology = Topology(masterName: name)
        topology.availability = .unavailable("\(endpoint) has not answered yet")
    }

    func start() {
        let monitor = RoleConnection(control, endpoint) { [unowned self] in monitored($0) }
        self.monitor = monitor
        control.publish(topology, of: 0)
        monitor.ask()
        timer = LoopTimer(
            control.loop, milliseconds: control.settings.redis.probeIntervalMilliseconds, repeating: true
        ) { monitor.ask() }
    }

    /// Holds all commands back, or lets them go on, as an operator wants it.
    func pause(_ isPaused: Bool) {
        topology.isPaused = isPaused
        if !isPaused { control.directory.release(0, .pause) }
        control.publish(topology, of: 0)
        if isPaused { control.directory.hold(0, .pause) }
    }

    /// A loop sends nothing more: it goes on when the server has answered.
    func doubted() {
        control.directory.hold(0, .unconfirmed)
        monitor?.ask()
    }

    func stop() {
        timer = nil
        monitor?.close()
    }

    private func monitored(_ answer: RoleConnection.Answer) {
        switch answer {
        case .role(_, let from):
            isAnswering = true
            let generation = control.directory.open(0, from, serverName: endpoint.host)
            control.directory.release(0, .unconfirmed)
            guard topology.generation != generation else { return }
            topology.generation = generation
            topology.master = MasterClaim(endpoint, epoch: 0)
            topology.sinceMilliseconds = MonotonicClock.wallMilliseconds()
            topology.availability = .serving
            control.publish(topology, of: 0)
            control.log.notice("upstream answers", metadata: ["upstream": "\(endpoint)", "address": "\(from)"])
        case .failed(let text):
            if isAnswering || topology.master == nil {
                control.log.warning("upstream does not answer", metadata: ["upstream": "\(endpoint)", "error": "\(text)"])
            }
            isAnswering = false
        }
    }
}
