import EventLoop
import Observability

/// The figures of all loops, added up when somebody asks.
extension ControlPlane {
    /// Asks every loop for its counters; `done` gets their sum and the number of links, on the control loop, when all have told.
    ///
    /// - Parameter includingBuffers: see ``Worker/snapshot(includingBuffers:)``.
    func collectCounters(includingBuffers: Bool = false, _ done: @escaping (LoopCounters, Int) -> Void) {
        let token = collections.begin(loops: workerMailboxes.count, done)
        for worker in workerMailboxes {
            worker.post { [mailbox] worker in
                let (counters, links) = worker.snapshot(includingBuffers: includingBuffers)
                mailbox.post { $0.collections.add(token, counters, links) }
            }
        }
    }
}

/// Sums that are being collected.
final class CounterCollections {
    private var all: [Int: (sum: LoopCounters, links: Int, left: Int, done: (LoopCounters, Int) -> Void)] = [:]
    private var next = 0

    func begin(loops: Int, _ done: @escaping (LoopCounters, Int) -> Void) -> Int {
        next += 1
        all[next] = (LoopCounters(), 0, loops, done)
        return next
    }

    func add(_ token: Int, _ counters: LoopCounters, _ links: Int) {
        guard var collection = all[token] else { return }
        collection.sum.add(counters)
        collection.links += links
        collection.left -= 1
        all[token] = collection.left == 0 ? nil : collection
        if collection.left == 0 { collection.done(collection.sum, collection.links) }
    }
}
