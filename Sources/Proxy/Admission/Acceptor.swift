import Access
import Bytes
import EventLoop
import Logging
import Settings

/// Takes connections in at every listener, lets in whom the allowlist names, and hands each to the loop that has the
/// fewest.
///
/// It lives on the first worker loop: a connection that stays there changes no thread, and with one loop all do.
final class Acceptor {
    private static let maxClientsReply = Array("-ERR max number of clients reached\r\n".utf8)
    private static let unavailableReply = Array(
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".utf8)

    private unowned let home: Worker
    private let workers: [Mailbox<Worker>]
    private let loads: [LoopLoad]
    private let counts: AdmissionCounts
    private let log: Logger
    private var listeners: [Listener] = []
    /// Clients of all fronts together, as far as there are descriptors.
    private let clientsMax: Int
    private var fullPaces: [Front: LinePace] = [:]
    private var fullLook: LoopTimer?
    private var lastDenialLogged: [IPAddress: Int] = [:]
    /// Who is let in, from now on.
    var admission: Admission
    /// What clients of secure listeners speak TLS with, from now on.
    var tls: TLSContexts

    /// - Parameters:
    ///   - home: the worker on whose loop this runs: the first of `workers`.
    ///   - loads: of each worker, in the same order.
    ///   - clientsMax: clients of all fronts together.
    init(
        on home: Worker, _ fronts: [FrontListener], workers: [Mailbox<Worker>], loads: [LoopLoad], counts: AdmissionCounts,
        tls: TLSContexts, admission: Admission, clientsMax: Int, log: Logger
    ) {
        self.home = home
        self.workers = workers
        self.loads = loads
        self.counts = counts
        self.tls = tls
        self.admission = admission
        self.clientsMax = clientsMax
        self.log = log
        listeners = fronts.map { front in
            Listener(home.loop, front.socket) { [unowned self] accepted in receive(accepted, front) }
        }
    }

    /// Who is let in at each front, and how many of them.
    struct Admission: Sendable {
        private let resp: (allowlist: Allowlist, maxClients: Int, proxies: [CIDRRange])
        private let http: (allowlist: Allowlist, maxClients: Int, proxies: [CIDRRange])

        init(_ settings: Settings) {
            resp = (settings.listen.allowlist, settings.listen.maxClients, settings.listen.proxyHeaderPeers)
            http = (settings.http.allowlist, settings.http.maxClients, settings.http.proxyHeaderPeers)
        }

        func allows(_ address: IPAddress, at front: Front) -> Bool { (front == .resp ? resp : http).allowlist.contains(address) }
        func maxClients(of front: Front) -> Int { (front == .resp ? resp : http).maxClients }

        /// Whether `peer` is believed for whom it connects. Who comes over a Unix socket has been let in by its file's mode.
        func mayStateClient(_ peer: SocketAddress, at front: Front) -> Bool {
            guard let address = peer.ip else { return true }
            return (front == .resp ? resp : http).proxies.contains { $0.contains(address) }
        }
    }

    /// Whether nobody new is taken in.
    private var hasStopped = false

    /// Takes nobody in any more. Who is here and has yet to say for whom it speaks is still served, on this loop.
    func stop() {
        listeners = []
        hasStopped = true
    }

    /// Whether somebody has yet to say for whom it speaks.
    var awaitsHeaders: Bool { !preambles.isEmpty }

    /// Proxies that have yet to say for whom they have connected.
    private var preambles: [ObjectIdentifier: PreambleReader] = [:]

    /// Takes in who has connected directly, and whom a proxy speaks for once it has said who that is.
    private func receive(_ accepted: AcceptedSocket, _ listener: FrontListener) {
        guard listener.expectsProxyHeader else { return admit(accepted, listener) }
        guard admission.mayStateClient(accepted.peer, at: listener.front) else {
            counts.add(listener.front, .address)
            if let ip = accepted.peer.ip { logDenial(ip, listener.front, "peer refused: not in proxy_protocol_from") }
            return accepted.refuse(with: [])
        }
        guard preambles.count < admission.maxClients(of: listener.front), total + preambles.count < clientsMax else {
            noteFull(listener.front)
            return accepted.refuse(with: [])
        }
        var source: SocketAddress?
        let reader = PreambleReader(
            home.loop, accepted, bytesMax: ProxyHeader.bytesMax, timeoutMilliseconds: home.settings.handshakeTimeoutMilliseconds
        ) { bytes in
            switch ProxyHeader.parse(bytes.span) {
            case .incomplete: return .incomplete
            case .malformed: return .malformed
            case .header(let count, let address, let port):
                source = address.map { SocketAddress($0, port: port) }
                return .complete(byteCount: count)
            }
        } done: { [unowned self] reader, socket in
            preambles[ObjectIdentifier(reader)] = nil
            guard var socket else { return }
            socket.stated = source
            admit(socket, listener)
        }
        preambles[ObjectIdentifier(reader)] = reader
    }

    private func admit(_ accepted: AcceptedSocket, _ listener: FrontListener) {
        let front = listener.front
        // Over a Unix socket there is no address; its file's mode has let the peer in.
        if let ip = (accepted.stated ?? accepted.peer).ip, !admission.allows(ip, at: front) {
            counts.add(front, .address)
            logDenial(ip, front, "peer refused by allowlist")
            return accepted.refuse(with: [])
        }
        guard clientCount(front) < admission.maxClients(of: front), total < clientsMax else {
            counts.add(front, .maxClients)
            noteFull(front)
            let reply = front == .resp ? Self.maxClientsReply : Self.unavailableReply
            return accepted.refuse(with: listener.isSecure ? [] : reply)
        }
        var accepted = accepted
        if listener.isSecure {
            // A certificate that is not there must not turn a secure port into an open one.
            guard let tls = tls[front] else { return accepted.refuse(with: []) }
            accepted.tls = tls
        }
        var least = 0
        // Other loops may have nobody left by then, and say so.
        if !hasStopped {
            for index in loads.indices where loads[index].total < loads[least].total { least = index }
        }
        loads[least].add(front, 1)
        if least == 0 { return home.serve(accepted, front, masterIndex: listener.masterIndex) }
        workers[least].post { [accepted, index = listener.masterIndex] in $0.serve(accepted, front, masterIndex: index) }
    }

    private func clientCount(_ front: Front) -> Int {
        var count = 0
        for load in loads { count += load.count(front) }
        return count
    }

    private var total: Int {
        var count = 0
        for load in loads { count += load.total }
        return count
    }

    private static let fullMilliseconds = 10_000

    /// A client is turned away, as there are as many as may be: told at once, and then every 10 s how many more.
    private func noteFull(_ front: Front) {
        let now = home.loop.nowMilliseconds
        if fullPaces[front, default: LinePace(linesMax: 1, milliseconds: Self.fullMilliseconds)].takes(now: now) { logFull(front, refused: 1) }
        guard fullLook == nil else { return }
        fullLook = LoopTimer(home.loop, milliseconds: Self.fullMilliseconds) { [unowned self] in
            fullLook = nil
            for front in Front.allCases {
                guard let refused = fullPaces[front]?.suppressedToTell(now: home.loop.nowMilliseconds) else { continue }
                _ = fullPaces[front]?.takes(now: home.loop.nowMilliseconds)
                logFull(front, refused: refused)
            }
        }
    }

    private func logFull(_ front: Front, refused: Int) {
        let ownMax = admission.maxClients(of: front)
        let isOwn = clientCount(front) >= ownMax
        log.warning(
            "no more clients are taken in", metadata: [
                "front": "\(front.name)", "refused": "\(refused)", "limit": "\(isOwn ? "max_clients" : "open files")", "clients_max": "\(isOwn ? ownMax : clientsMax)",
            ])
    }

    /// One line per peer and minute, however often it knocks.
    private func logDenial(_ peer: IPAddress, _ front: Front, _ text: Logger.Message) {
        let now = home.loop.nowMilliseconds
        if let last = lastDenialLogged[peer], now - last < 60_000 { return }
        if lastDenialLogged.count >= 1024 { lastDenialLogged.removeAll() }
        lastDenialLogged[peer] = now
        log.warning(text, metadata: ["front": "\(front.name)", "peer": "\(peer)"])
    }
}
