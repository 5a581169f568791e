import Synchronization

/// How many clients of this process one master serves, by how many connections they all reach it, and how many of them are shown by MONITOR
/// what the master is asked; counted by all loops.
final class ServerCensus: Sendable {
    private let clients = Atomic<Int>(0)
    private let links = Atomic<Int>(0)
    private let monitors = Atomic<Int>(0)
    /// The watch asks the master for its role over one of its own.
    private static let watchLinks = 1

    func addClients(_ difference: Int) { clients.wrappingAdd(difference, ordering: .relaxed) }
    func addLinks(_ difference: Int) { links.wrappingAdd(difference, ordering: .relaxed) }

    fileprivate func addMonitors(_ difference: Int) { monitors.wrappingAdd(difference, ordering: .relaxed) }

    /// Whether anybody is shown what the master is asked.
    var isMonitored: Bool { monitors.load(ordering: .relaxed) > 0 }

    /// What has to be added to the server's count of its connections, so that it is one of clients.
    var clientsLessLinks: Int { clients.load(ordering: .relaxed) &- links.load(ordering: .relaxed) &- Self.watchLinks }
}

/// One client that is shown what a master is asked, for as long as this lives.
final class Monitor {
    private let census: ServerCensus

    init(_ census: ServerCensus) {
        self.census = census
        census.addMonitors(1)
    }

    deinit { census.addMonitors(-1) }
}
