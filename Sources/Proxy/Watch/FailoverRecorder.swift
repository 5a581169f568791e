import EventLoop
import Logging
import Observability

/// Keeps the story of each failover of one master, and logs it in one record when it is over.
final class FailoverRecorder {
    private let control: ControlPlane
    private let masterName: String
    private(set) var timeline = FailoverTimeline()
    private var isEnding = false
    /// The figures of quiet times: those before the last ones were taken, and the last ones. Clients may have begun to wait
    /// before there was a sign, so a story counts from the former.
    private var quietCounters: (before: LoopCounters, last: LoopCounters) = (LoopCounters(), LoopCounters())
    private var quietAt = 0
    private static let quietMilliseconds = 1000
    /// How long switches took, from the first sign to the decision, and when the last one began, in milliseconds since 1970.
    private(set) var durations = DurationCounts()
    private(set) var lastBeganAtMilliseconds: Int?
    /// Switches to another master since the start, the first adoption left out.
    var switchCount: Int { durations.count }

    init(_ control: ControlPlane, masterName: String) {
        self.control = control
        self.masterName = masterName
    }

    /// A sign that the master is in trouble.
    func sign(_ text: String, from source: String = "mastergate", master: String?) {
        let isFirst = timeline.sign(
            text, from: source, master: master, now: control.loop.nowMilliseconds, wallMilliseconds: MonotonicClock.wallMilliseconds())
        if isFirst { timeline.began(with: quietCounters.before) }
    }

    /// Something that belongs into the story, while there is one.
    func note(_ text: String, from source: String = "mastergate") { timeline.note(text, from: source, now: control.loop.nowMilliseconds) }

    func switched(to master: String) { timeline.switched(to: master, now: control.loop.nowMilliseconds) }

    /// Ends the story when it is over; takes the figures of now and then while there is none.
    func timePassed() {
        if timeline.current == nil, control.loop.nowMilliseconds - quietAt >= Self.quietMilliseconds {
            quietAt = control.loop.nowMilliseconds
            control.collectCounters { [weak self] counters, _ in
                guard let self, timeline.current == nil else { return }
                quietCounters = (quietCounters.last, counters)
            }
        }
        guard !isEnding, timeline.isOver(now: control.loop.nowMilliseconds) else { return }
        isEnding = true
        control.collectCounters { [weak self] counters, _ in
            guard let self else { return }
            isEnding = false
            guard let record = timeline.ended(with: counters) else { return }
            if let duration = record.switchedAfterMilliseconds {
                durations.record(duration * 1000)
                lastBeganAtMilliseconds = record.beganAtMilliseconds
            }
            log(record)
        }
    }

    private func log(_ record: FailoverRecord) {
        control.log.notice(
            record.newMaster == nil ? "the master was in trouble and stayed" : "failover",
            metadata: [
                "master": "\(masterName)", "number": "\(record.number)", "old": "\(record.oldMaster ?? "none")",
                "new": "\(record.newMaster ?? "none")", "switched_after_ms": "\(record.switchedAfterMilliseconds.map(String.init) ?? "none")",
                "links_cut": "\(record.linksCut)", "clients_held": "\(record.clientsHeld)", "run_again": "\(record.requestsRunAgain)",
                "refused": "\(record.requestsRefused)", "unknown": "\(record.outcomesUnknown)",
                "dropped_entries": "\(record.droppedEntries)", "story": "\(record.story)",
            ])
    }
}
