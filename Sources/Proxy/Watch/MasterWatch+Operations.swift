import Sentinel

/// What an operator asks of a master's watch.
extension MasterWatch {
    /// Has a sentinel move the master to a replica, and tells what came of it.
    func failOver(_ done: @escaping (PlannedFailover.Outcome) -> Void) {
        guard let master = topology.master, control.directory.isOpen(index) else { return done(.failed("there is no master in use at the moment")) }
        guard planned?.isOver ?? true else { return done(.failed("a failover is under way already")) }
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
}
