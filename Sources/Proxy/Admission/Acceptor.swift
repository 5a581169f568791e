import Access
import Bytes
import EventLoop
import Logging
import Settings
import Synchronization

/// How many connections a worker loop serves; counted by the loop, read by the acceptor.
final class LoopLoad: Sendable {
    private let resp = Atomic<Int>(0)
    private let http = Atomic<Int>(0)

    func count(_ front: Front) -> Int {
        switch front {
        case .resp: resp.load(ordering: .relaxed)
        case .http: http.load(ordering: .relaxed)
        }
    }

    func add(_ front: Front, _ difference: Int) {
        switch front {
        case .resp: resp.wrappingAdd(difference, ordering: .relaxed)
        case .http: http.wrappingAdd(difference, ordering: .relaxed)
        }
    }

    var total: Int { count(.resp) + count(.http) }
}

/// Takes connections in at every listener, lets in whom the allowlist names, and hands each to the loop that has the
/// fewest.
final class Acceptor {
    private let control: ControlPlane
    private let workers: [Mailbox<Worker>]
    private let loads: [LoopLoad]
    private var listeners: [Listener] = []
    /// Peers closed because no allowlist names them, by front.
    private(set) var deniedByAddress = [0, 0]
    /// Peers closed because the front has as many clients as it may, by front.
    private(set) var deniedByCount = [0, 0]
    private var lastDenialLogged: [IPAddress: Int] = [:]

    init(_ control: ControlPlane, workers: [Mailbox<Worker>], loads: [LoopLoad]) {
        self.control = control
        self.workers = workers
        self.loads = loads
    }

    /// Listens for `front` at each of `addresses`.
    ///
    /// - Parameters:
    ///   - unixMode: mode of the files of Unix sockets, if there are any.
    ///   - isSecure: whether clients have to speak TLS there.
    /// - Throws: ``IOError`` naming the address that could not be had.
    func listen(
        _ front: Front, at addresses: [ListenAddress], unixMode: Int = 0, allowlist: Allowlist, maxClients: Int,
        isSecure: Bool = false
    ) throws(IOError) {
        for listen in addresses {
            let masterIndex = listen.masterName.flatMap { control.masterNames.firstIndex(of: $0) } ?? 0
            for address in Self.bindings(listen.endpoint) {
                do {
                    let listener = try Listener(control.loop, on: address, unixMode: unixMode) { [unowned self] accepted in
                        admit(accepted, front, masterIndex, allowlist, maxClients, isSecure: isSecure)
                    }
                    listeners.append(listener)
                    control.log.notice(
                        "listening",
                        metadata: [
                            "front": "\(front.name)", "address": "\(listener.address)", "master": "\(control.masterNames[masterIndex])",
                            "tls": "\(isSecure)",
                        ])
                } catch {
                    // A machine without IPv6 is no reason not to serve IPv4.
                    guard address.ip?.family == .v6, Self.isOptional(listen.endpoint, address) else { throw error }
                    control.log.info("no IPv6 listener", metadata: ["front": "\(front.name)", "error": "\(error)"])
                }
            }
        }
    }

    /// Stops taking connections in.
    func close() { listeners = [] }

    private func admit(
        _ accepted: AcceptedSocket, _ front: Front, _ masterIndex: Int, _ allowlist: Allowlist, _ maxClients: Int, isSecure: Bool
    ) {
        // Over a Unix socket there is no address; its file's mode has let the peer in.
        if let ip = accepted.peer.ip, !allowlist.contains(ip) {
            deniedByAddress[front.rawValue] += 1
            logDenial(ip, front)
            return accepted.refuse(with: [])
        }
        guard loads.reduce(0, { $0 + $1.count(front) }) < maxClients else {
            deniedByCount[front.rawValue] += 1
            let reply = front == .resp ? "-ERR max number of clients reached\r\n" : "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            return accepted.refuse(with: isSecure ? [] : Array(reply.utf8))
        }
        var accepted = accepted
        if isSecure {
            // A certificate that is not there must not turn a secure port into an open one.
            guard let tls = control.tls[front] else { return accepted.refuse(with: []) }
            accepted.tls = tls
        }
        var least = 0
        for index in loads.indices where loads[index].total < loads[least].total { least = index }
        loads[least].add(front, 1)
        workers[least].post { [accepted] in $0.serve(accepted, front, masterIndex: masterIndex) }
    }

    /// One line per peer and minute, however often it knocks.
    private func logDenial(_ peer: IPAddress, _ front: Front) {
        let now = control.loop.nowMilliseconds
        if let last = lastDenialLogged[peer], now - last < 60_000 { return }
        if lastDenialLogged.count >= 1024 { lastDenialLogged.removeAll() }
        lastDenialLogged[peer] = now
        control.log.warning("peer refused by allowlist", metadata: ["front": "\(front.name)", "peer": "\(peer)"])
    }

    /// The socket addresses that an endpoint to listen at stands for: of an empty host, every interface of both families.
    static func bindings(_ endpoint: Endpoint) -> [SocketAddress] {
        if let path = endpoint.unixPath { return SocketAddress(unixPath: path).map { [$0] } ?? [] }
        if let ip = endpoint.address { return [SocketAddress(ip, port: endpoint.port)] }
        return ["0.0.0.0", "::"].compactMap { IPAddress($0) }.map { SocketAddress($0, port: endpoint.port) }
    }

    private static func isOptional(_ endpoint: Endpoint, _ address: SocketAddress) -> Bool {
        endpoint.host.isEmpty || address.ip?.isLoopback == true
    }
}
