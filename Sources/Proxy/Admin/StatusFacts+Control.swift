import EventLoop
import Observability
import Sentinel

extension StatusFacts {
    /// What is known at this moment.
    init(_ control: ControlPlane, _ counters: LoopCounters, links: Int) {
        self.init()
        let now = MonotonicClock.wallMilliseconds()
        version = control.version
        uptime = StatusText.duration(now - control.startedAtMilliseconds)
        if let problem = Readiness.problem(control) {
            (state, stateText) = (.unavailable, problem)
        } else if let problem = Readiness.degradation(control) {
            (state, stateText) = (.degraded, "Serving, but \(problem)")
        } else {
            (state, stateText) = (.serving, "Serving")
        }
        masters = control.topologies.enumerated().map { index, topology in
            Master(topology, isAnswering: control.mastersAnswering[index], failovers: control.failovers(ofMaster: index), isUnderWay: control.isFailoverUnderWay(ofMaster: index), now: now)
        }
        self.counters = counters
        self.links = links
        history = control.history
        problems = control.configuration.problems.all
        configuration = control.configuration.current.yaml
    }
}

extension StatusFacts.Master {
    fileprivate init(_ topology: Topology, isAnswering: Bool, failovers: [FailoverRecord], isUnderWay: Bool, now: Int) {
        self.init()
        name = topology.masterName
        address = topology.master?.endpoint.description
        epoch = Int(clamping: topology.master?.epoch ?? 0)
        held = StatusText.duration(now - topology.sinceMilliseconds)
        if case .unavailable(let reason) = topology.availability { problem = reason } else if topology.isPaused { problem = "paused by an operator" }
        else if !isAnswering, topology.master != nil { problem = "does not answer" }
        sentinels = topology.sentinels.map { state in
            StatusFacts.Sentinel(
                address: state.endpoint.description, isAnswering: state.isAnswering, isSubscribed: state.isSubscribed,
                claim: state.claim?.endpoint.description, epoch: state.claim.map { Int(clamping: $0.epoch) },
                agrees: topology.isAgreed(by: state), lastEvent: state.lastEvent)
        }
        replicas = topology.replicas.map {
            StatusFacts.Replica(address: $0.endpoint.description, isOnline: $0.isOnline, lagBytes: $0.lagBytes.map { Int(clamping: $0) })
        }
        self.failovers = failovers
        isFailoverUnderWay = isUnderWay
    }
}
