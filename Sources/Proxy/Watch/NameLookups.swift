import Bytes
import EventLoop

/// Names that are being looked up for the control loop, each on a thread of the resolver's, which blocks as long as it likes.
///
/// What sentinels name may be many and may never resolve: so threads, names and waiting are bounded, and names that the
/// configuration gives, or that the master has, always find a thread.
final class NameLookups {
    /// Threads at a time, and how many of them may look up what nobody urgently waits for.
    private static let threadsMax = 16
    private static let patientThreadsMax = 8
    /// Names that wait for a thread.
    private static let waitingMax = 128

    typealias Done = (Result<[SocketAddress], IOError>) -> Void

    private struct Lookup {
        var waiters: [Int: (done: Done, deadline: LoopTimer)] = [:]
        var isUrgent: Bool
        var hasThread = false
    }

    private unowned let control: ControlPlane
    private var lookups: [Endpoint: Lookup] = [:]
    /// Names that wait for a thread, the first to come first.
    private var queue: [Endpoint] = []
    private var nextWaiter = 0

    init(_ control: ControlPlane) { self.control = control }

    /// Looks `endpoint` up; `done` is called on the control loop, never before this call has returned.
    func resolve(_ endpoint: Endpoint, isUrgent: Bool, _ done: @escaping Done) {
        // Who asks for what is under way shares its outcome.
        if lookups[endpoint] == nil {
            guard queue.count < Self.waitingMax else {
                return control.loop.atTurnEnd { done(.failure(IOError("resolve \(endpoint.host)", detail: "too many names are being looked up"))) }
            }
            lookups[endpoint] = Lookup(isUrgent: isUrgent)
            queue.append(endpoint)
        }
        if isUrgent { lookups[endpoint]?.isUrgent = true }
        let waiter = nextWaiter
        nextWaiter += 1
        let deadline = LoopTimer(control.loop, milliseconds: control.settings.sentinel.resolveTimeoutMilliseconds) { [unowned self] in
            guard let late = lookups[endpoint]?.waiters.removeValue(forKey: waiter) else { return }
            late.done(.failure(IOError("resolve \(endpoint.host)", detail: "no answer in time")))
        }
        lookups[endpoint]?.waiters[waiter] = (done, deadline)
        startNext()
    }

    private func startNext() {
        var threads = lookups.values.count { $0.hasThread }
        var patientThreads = lookups.values.count { $0.hasThread && !$0.isUrgent }
        queue.removeAll { endpoint in
            guard let lookup = lookups[endpoint] else { return true }
            // An address in digits, or a path, is known at once.
            if endpoint.address == nil, endpoint.unixPath == nil {
                guard threads < Self.threadsMax, lookup.isUrgent || patientThreads < Self.patientThreadsMax else { return false }
                threads += 1
                if !lookup.isUrgent { patientThreads += 1 }
                lookups[endpoint]?.hasThread = true
            }
            Resolver.resolve(endpoint) { [mailbox = control.mailbox] result in
                mailbox.post { $0.lookups.ended(endpoint, result) }
            }
            return true
        }
    }

    private func ended(_ endpoint: Endpoint, _ result: Result<[SocketAddress], IOError>) {
        let lookup = lookups.removeValue(forKey: endpoint)
        for waiter in lookup?.waiters.sorted(by: { $0.key < $1.key }) ?? [] { waiter.value.done(result) }
        startNext()
    }
}
