import Bytes
import Sentinel

/// The servers of one master's group on which the hellos of its sentinels are heard: the master and its replicas that are online.
final class HelloListeners {
    /// Replicas that are listened to, at most.
    private static let replicasMax = 16

    private let control: ControlPlane
    private let heard: (SentinelHello, Endpoint) -> Void
    private var connections: [Endpoint: HelloConnection] = [:]

    /// - Parameter heard: gets each hello and the server that it came by.
    init(_ control: ControlPlane, heard: @escaping (SentinelHello, Endpoint) -> Void) {
        self.control = control
        self.heard = heard
    }

    /// Listens on these servers, and on no other any more.
    func follow(_ master: Endpoint, _ replicas: [ReplicaState]) {
        let known = Set([master] + replicas.prefix(Self.replicasMax).map(\.endpoint))
        for endpoint in connections.keys where !known.contains(endpoint) { forget(endpoint) }
        // A former master that does not follow yet has nothing to tell; a replica that was followed may lose its master.
        let online = replicas.prefix(Self.replicasMax).filter(\.isOnline).map(\.endpoint)
        for endpoint in [master] + online where connections[endpoint] == nil {
            connections[endpoint] = HelloConnection(control, endpoint) { [unowned self] in heard($0, endpoint) }
        }
    }

    func forget(_ server: Endpoint) { connections.removeValue(forKey: server)?.close() }

    func close() {
        for connection in connections.values { connection.close() }
        connections = [:]
    }
}
