import EventLoop
import Observability
import Sentinel

/// The state of the watch in words, for people at a shell.
enum StatusText {
    static func text(_ control: ControlPlane) -> String {
        let now = MonotonicClock.wallMilliseconds()
        var lines = ["mastergate: \(Readiness.problem(control) ?? Readiness.degradation(control).map { "ready, but degraded: \($0)" } ?? "ready")"]
        for (index, topology) in control.topologies.enumerated() {
            lines.append("")
            lines += master(topology, isAnswering: control.mastersAnswering[index], now: now)
            lines += topology.sentinels.map { sentinel($0, topology) }
            lines += topology.replicas.map(replica)
            lines += control.failovers(ofMaster: index).suffix(failoversMax).map { failover($0, now: now) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let failoversMax = 5

    private static func master(_ topology: Topology, isAnswering: Bool, now: Int) -> [String] {
        guard let master = topology.master else {
            guard case .unavailable(let reason) = topology.availability else { return ["\(topology.masterName): no master"] }
            return ["\(topology.masterName): no master: \(reason)"]
        }
        var line = "\(topology.masterName): \(master.endpoint), epoch \(master.epoch), for \(duration(now - topology.sinceMilliseconds))"
        if topology.isPaused { line += ", paused" }
        if !isAnswering { line += ", does not answer" }
        if case .unavailable(let reason) = topology.availability { line += ", held: \(reason)" }
        return [line]
    }

    private static func sentinel(_ state: Topology.SentinelState, _ topology: Topology) -> String {
        guard state.isAnswering else { return "  sentinel \(state.endpoint): does not answer" }
        var line = "  sentinel \(state.endpoint): "
        if let claim = state.claim {
            line += topology.isAgreed(by: state) ? "agrees, epoch \(claim.epoch)" : "names \(claim.endpoint), epoch \(claim.epoch)"
        } else {
            line += "names no master"
        }
        if state.isContradicting { line += ", contradicts the majority" }
        if !state.isSubscribed { line += ", not subscribed" }
        return line + (state.lastEvent.map { ", last said \($0)" } ?? "")
    }

    private static func replica(_ replica: ReplicaState) -> String {
        "  replica \(replica.endpoint): \(replica.isOnline ? "online" : "offline")\(replica.lagBytes.map { ", \($0) bytes behind" } ?? "")"
    }

    private static func failover(_ record: FailoverRecord, now: Int) -> String {
        let switched = record.newMaster.map { "\(record.oldMaster ?? "none") -> \($0)" } ?? "\(record.oldMaster ?? "none") stayed"
        let after = record.switchedAfterMilliseconds.map { " in \($0) ms" } ?? ""
        return "  \(record.title.lowercased()), \(duration(now - record.beganAtMilliseconds)) ago: \(switched)\(after); \(record.requestsRunAgain) run again, "
            + "\(record.requestsRefused) refused, \(record.outcomesUnknown) unknown"
    }

    /// The two largest units of a time.
    static func duration(_ milliseconds: Int) -> String {
        let seconds = max(0, milliseconds) / 1000
        return switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min \(seconds % 60) s"
        case ..<86_400: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        default: "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
        }
    }
}
