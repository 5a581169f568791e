import EventLoop
import Logging

/// Says to every loop where its links may go, in two steps: first every loop cuts its links and says so, then every
/// loop gets the new route. So not one byte reaches an old master after the first one to the new.
///
///     closed ──open──▶ cutting ──every loop has cut──▶ open ◀──────┐
///        ▲                                              │ hold     │ the last hold is released
///        └───────────────── close, or another master ───┴──▶ held ─┘   (links stay, nothing is sent)
final class MasterDirectory {
    private struct Entry {
        var generation: UInt64 = 0
        /// The route that is open or about to be; nil while closed.
        var route: MasterRoute?
        var awaitedLoops: Set<Int> = []
        var closedAtMicroseconds = 0
        var holds: Set<Hold> = []
        /// The generation that each loop serves, as far as it has told.
        var served: [Int: UInt64] = [:]
    }

    private let control: ControlPlane
    private var entries: [Entry]

    init(_ control: ControlPlane, masterCount: Int) {
        self.control = control
        entries = Array(repeating: Entry(), count: masterCount)
    }

    /// Whether every loop serves by the route in force.
    func isOpen(_ index: Int) -> Bool {
        guard let route = entries[index].route, entries[index].awaitedLoops.isEmpty, entries[index].holds.isEmpty else { return false }
        return control.workerMailboxes.indices.allSatisfy { entries[index].served[$0] == route.generation }
    }

    /// A loop tells in which generation it serves; nil for not at all.
    func loopServes(_ index: Int, _ loopIndex: Int, _ generation: UInt64?) { entries[index].served[loopIndex] = generation }

    /// Why nothing is sent although there is a route.
    func holds(_ index: Int) -> Set<Hold> { entries[index].holds }

    /// Opens the way to `address`, unless it is open already; hands back the generation in force. With a new way the promotion
    /// is over that it came from.
    func open(_ index: Int, _ address: SocketAddress, serverName: String) -> UInt64 {
        if let route = entries[index].route, route.address == address, route.serverName == serverName {
            return route.generation
        }
        close(index)
        entries[index].holds.subtract([.promotion, .succession])
        entries[index].route = MasterRoute(
            generation: entries[index].generation, address: address, serverName: serverName)
        openWhenAllClosed(index)
        return entries[index].generation
    }

    /// Has every loop send nothing more, and keep its links, until ``release(_:_:)``.
    func hold(_ index: Int, _ reason: Hold) {
        guard entries[index].holds.insert(reason).inserted, entries[index].route != nil else { return }
        for worker in control.workerMailboxes { worker.post { $0.suspend(masterIndex: index, reason) } }
    }

    /// Lets every loop go on, unless it is held for another reason.
    func release(_ index: Int, _ reason: Hold) {
        guard entries[index].holds.remove(reason) != nil, entries[index].awaitedLoops.isEmpty else { return }
        openWhenAllClosed(index)
    }

    /// Cuts every link in every loop. Nothing is sent until the next ``open(_:_:serverName:)``.
    func close(_ index: Int) {
        let isFirst = entries[index].generation == 0
        guard isFirst || entries[index].route != nil else { return }
        entries[index].route = nil
        entries[index].generation += 1
        entries[index].closedAtMicroseconds = MonotonicClock.nowMicroseconds()
        entries[index].awaitedLoops = Set(control.workerMailboxes.indices)
        let generation = entries[index].generation
        let mailbox = control.mailbox
        for (loopIndex, worker) in control.workerMailboxes.enumerated() {
            worker.post { worker in
                worker.fence(masterIndex: index)
                mailbox.post { $0.directory.loopClosed(index, loopIndex, generation: generation) }
            }
        }
    }

    private func loopClosed(_ index: Int, _ loopIndex: Int, generation: UInt64) {
        guard entries[index].generation == generation else { return }
        entries[index].awaitedLoops.remove(loopIndex)
        guard entries[index].awaitedLoops.isEmpty, let route = entries[index].route else { return }
        let microseconds = MonotonicClock.nowMicroseconds() - entries[index].closedAtMicroseconds
        control.log.info(
            "links may go", metadata: ["to": "\(route.address)", "generation": "\(route.generation)", "fence_us": "\(microseconds)"])
        openWhenAllClosed(index)
    }

    private func openWhenAllClosed(_ index: Int) {
        guard entries[index].awaitedLoops.isEmpty, entries[index].holds.isEmpty, let route = entries[index].route else { return }
        for (loopIndex, worker) in control.workerMailboxes.enumerated() {
            worker.post { [doubtCount = control.doubtCounts[loopIndex][index]] in $0.open(masterIndex: index, route, doubtCount: doubtCount) }
        }
    }
}
