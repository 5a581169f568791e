import EventLoop
import Logging

/// Another process takes over from this one, with the sockets it listens at.
///
///     serving ──the other is started──▶ awaiting ──it leads to the master──▶ retired
///        ▲                                 │
///        └────── it ends, or is late ──────┘
final class Upgrade {
    enum Outcome {
        /// The process of this id serves.
        case serves(Int32)
        case failed(String)
    }

    /// How long the other process may take until it leads to the master: a failover may be under way.
    private static let timeoutMilliseconds = 30_000

    private let log: Logger
    private var successor: SuccessorProcess?
    private var isAwaiting = false

    init(_ log: Logger) { self.log = log }

    /// Starts the other process; `done` is called once it serves, or has failed to.
    func begin(_ loop: EventLoop, _ sockets: [ListeningSocket], _ done: @escaping (Outcome) -> Void) {
        guard !isAwaiting else { return done(.failed("an upgrade is under way already")) }
        do throws(IOError) {
            successor = try SuccessorProcess(loop, sockets, timeoutMilliseconds: Self.timeoutMilliseconds) { [unowned self] outcome in
                isAwaiting = false
                switch outcome {
                case .serves:
                    let id = successor?.processID ?? 0
                    log.notice("another process serves from now on", metadata: ["pid": "\(id)"])
                    done(.serves(id))
                case .failed(let reason): fail("the new process does not serve: \(reason)", done)
                }
            }
            isAwaiting = true
            log.notice("upgrade: another process is started", metadata: ["pid": "\(successor?.processID ?? 0)"])
        } catch {
            fail("the new process cannot be started: \(error)", done)
        }
    }

    /// This process is told to end, and nothing is to come after it.
    func giveUp() { if isAwaiting { successor?.giveUp() } }

    private func fail(_ reason: String, _ done: (Outcome) -> Void) {
        log.error("no upgrade", metadata: ["reason": "\(reason)"])
        done(.failed(reason))
    }
}
