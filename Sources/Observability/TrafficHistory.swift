/// What the loops did in the last quarter of an hour, in steps: for the status page's small pictures. Pure.
package struct TrafficHistory: Sendable {
    /// One step.
    package struct Step: Sendable, Equatable {
        package var commands = 0
        package var errors = 0
        /// Mean of the replies that were timed in it; nil where none was.
        package var latencyMicroseconds: Int?
    }

    package static let stepMilliseconds = 5000
    package static let stepsMax = 180

    /// The oldest first.
    package private(set) var steps: [Step] = []
    private var before: LoopCounters?

    package init() {}

    /// Another step has passed, behind which the loops have counted this since their start.
    package mutating func add(_ counters: LoopCounters) {
        defer { before = counters }
        guard let before else { return }
        var step = Step(commands: counters.commands - before.commands, errors: counters.errorReplies - before.errorReplies)
        step.errors += counters.refusedNoMaster - before.refusedNoMaster + counters.unknownOutcomes - before.unknownOutcomes
        let timed = counters.latencies.count - before.latencies.count
        if timed > 0 { step.latencyMicroseconds = (counters.latencies.sumMicroseconds - before.latencies.sumMicroseconds) / timed }
        if steps.count == Self.stepsMax { steps.removeFirst() }
        steps.append(step)
    }
}
