import EventLoop
import Logging
import Sentinel

/// Logs the events of one sentinel: each when it is new, and what comes again and again as a count, so that no sentinel fills
/// the log.
struct SentinelEventLog {
    /// Texts that are told apart; more are counted together.
    private static let textsMax = 32
    private static let linesPerSecond = 20
    private static let repetitionMilliseconds = 10_000

    private let log: Logger
    private let address: SocketAddress
    private var seen: [SentinelEvent: (loggedAt: Int, repeated: Int)] = [:]
    private var pace = LinePace(linesMax: linesPerSecond, milliseconds: 1000)

    init(_ log: Logger, _ address: SocketAddress) {
        self.log = log
        self.address = address
    }

    mutating func heard(_ event: SentinelEvent, now: Int) {
        if seen[event] != nil {
            seen[event]?.repeated += 1
            return
        }
        guard seen.count < Self.textsMax, pace.takes(now: now) else {
            uncounted += 1
            return
        }
        seen[event] = (now, 0)
        log.info("sentinel event", metadata: ["sentinel": "\(address)", "said": "\(event.name)", "details": "\(event.details)"])
    }

    /// Events that were not told apart.
    private var uncounted = 0

    /// An event was not looked at, as too many came.
    mutating func dropped() { uncounted += 1 }

    /// Tells what has come again.
    mutating func timePassed(now: Int) {
        for (event, entry) in seen where now - entry.loggedAt >= Self.repetitionMilliseconds {
            seen[event] = nil
            guard entry.repeated > 0 else { continue }
            log.info(
                "sentinel event, repeated",
                metadata: ["sentinel": "\(address)", "said": "\(event.name)", "details": "\(event.details)", "times": "\(entry.repeated)"])
        }
        guard uncounted > 0, now - uncountedToldAt >= Self.repetitionMilliseconds else { return }
        log.warning("a sentinel sends more events than are logged", metadata: ["sentinel": "\(address)", "events": "\(uncounted)"])
        uncounted = 0
        uncountedToldAt = now
    }

    private var uncountedToldAt = Int.min / 2
}
