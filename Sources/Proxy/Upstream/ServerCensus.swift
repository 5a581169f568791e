import Synchronization

/// How many clients of this process one master serves, and by how many connections they all reach it; counted by all loops.
final class ServerCensus: Sendable {
    private let clients = Atomic<Int>(0)
    private let links = Atomic<Int>(0)
    /// The watch asks the master for its role over one of its own.
    private static let watchLinks = 1

    func addClients(_ difference: Int) { clients.wrappingAdd(difference, ordering: .relaxed) }
    func addLinks(_ difference: Int) { links.wrappingAdd(difference, ordering: .relaxed) }

    /// What has to be added to the server's count of its connections, so that it is one of clients.
    var clientsLessLinks: Int { clients.load(ordering: .relaxed) &- links.load(ordering: .relaxed) &- Self.watchLinks }
}
