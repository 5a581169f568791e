import EventLoop
import Logging

/// Says to every loop where its links may go, in two steps: first every loop cuts its links and says so, then every
/// loop gets the new route. So not one byte reaches an old master after the first one to the new.
final class MasterDirectory {
    private struct Entry {
        var generation: UInt64 = 0
        /// The route that is open or about to be; nil while closed.
        var route: MasterRoute?
        var awaitedLoops: Set<Int> = []
        var closedAtMicroseconds = 0
    }

    private let control: ControlPlane
    private var entries: [Entry]

    init(_ control: ControlPlane, masterCount: Int) {
        self.control = control
        entries = Array(repeating: Entry(), count: masterCount)
    }

    /// Whether every loop has been given the route, so that whoever connects from now on is served.
    func isOpen(_ index: Int) -> Bool { entries[index].route != nil && entries[index].awaitedLoops.isEmpty }

    /// Opens the way to `address`, unless it is open already; hands back the generation in force.
    func open(_ index: Int, _ address: SocketAddress, serverName: String) -> UInt64 {
        if let route = entries[index].route, route.address == address, route.serverName == serverName {
            return route.generation
        }
        close(index)
        entries[index].route = MasterRoute(
            generation: entries[index].generation, address: address, serverName: serverName)
        openWhenAllClosed(index)
        return entries[index].generation
    }

    /// Says once more that the open route is the right one, to loops that have suspended it.
    func confirm(_ index: Int) {
        guard entries[index].awaitedLoops.isEmpty, let route = entries[index].route else { return }
        send(index, route)
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
        openWhenAllClosed(index)
    }

    private func openWhenAllClosed(_ index: Int) {
        guard entries[index].awaitedLoops.isEmpty, let route = entries[index].route else { return }
        let microseconds = MonotonicClock.nowMicroseconds() - entries[index].closedAtMicroseconds
        control.log.info(
            "links may go", metadata: ["to": "\(route.address)", "generation": "\(route.generation)", "fence_us": "\(microseconds)"])
        send(index, route)
    }

    private func send(_ index: Int, _ route: MasterRoute) {
        for (worker, sleepCount) in zip(control.workerMailboxes, control.sleepCounts) {
            worker.post { $0.open(masterIndex: index, route, sleepCount: sleepCount) }
        }
    }
}
