import Bytes
import EventLoop
import Logging
import Sentinel

/// Keeps connections to every known sentinel, finds further ones, and passes on what they say to the masters' watches.
///
/// A seed's name stands for all of its addresses (a headless Kubernetes service), and is resolved again whenever a
/// connection to one of them fails. Who discovers whom does not matter: sentinels are told apart by run id.
final class SentinelWatcher: SentinelConnectionDelegate {
    /// Longest pause between two attempts to connect while no master is known, in milliseconds.
    static let reconnectCeilingWithoutMaster = 250
    /// How long a sentinel that nobody tells of and that does not answer is kept, in milliseconds.
    private static let forgetAfterMilliseconds = 10_000
    /// Pause before a name that did not resolve is tried again, in milliseconds.
    private static let resolveRetryMilliseconds = 500
    /// Most sentinels that are connected to, so that no list of theirs can exhaust us.
    private static let sentinelsMax = 64

    private let control: ControlPlane
    private let masters: [MasterWatch]
    private var connections: [SocketAddress: SentinelConnection] = [:]
    private var resolving: Set<Endpoint> = []
    private var retries: [Endpoint: LoopTimer] = [:]
    private var knownIDs: Set<SentinelID> = []
    private var lastFailures: [SocketAddress: String] = [:]

    init(_ control: ControlPlane, masters: [MasterWatch]) {
        self.control = control
        self.masters = masters
    }

    func start() {
        for seed in control.settings.sentinel.addresses { resolve(seed, isSeed: true, runID: nil) }
    }

    func stop() {
        for connection in connections.values { connection.stop() }
        connections = [:]
        retries = [:]
    }

    /// Asks every sentinel at once.
    func askAll() {
        for connection in connections.values { connection.ask() }
    }

    /// Asks one sentinel for a failover of `masterName` now. It leads that failover, so one is taken whose events are heard:
    /// it tells before the promotion, and commands wait from then on.
    func failOver(_ masterName: String, _ done: @escaping (String?) -> Void) {
        let usable = connections.values.filter { $0.isConnected && $0.isSubscribed && $0.claims[masterName] != nil }
        let newest = usable.compactMap { $0.claims[masterName]?.epoch }.max()
        guard let sentinel = usable.filter({ $0.claims[masterName]?.epoch == newest }).min(by: { $0.id < $1.id }) else {
            return done("no sentinel of that master is connected")
        }
        sentinel.failOver(masterName, done)
    }

    /// The state of each sentinel with regard to one master.
    func states(masterName: String, now: Int) -> [Topology.SentinelState] {
        connections.values.filter { !$0.isDuplicate }
            .map { connection in
                Topology.SentinelState(
                    id: connection.id, endpoint: connection.address.endpoint,
                    isAnswering: connection.isConnected, isSubscribed: connection.isSubscribed,
                    claim: connection.claims[masterName], lastEvent: connection.lastEvent)
            }
            .sorted { $0.endpoint.description < $1.endpoint.description }
    }

    // MARK: Who is known

    private func resolve(_ endpoint: Endpoint, isSeed: Bool, runID: String?) {
        guard resolving.insert(endpoint).inserted else { return }
        control.resolve(endpoint) { [weak self] result in
            guard let self else { return }
            resolving.remove(endpoint)
            switch result {
            case .success(let addresses):
                for address in addresses { add(address, endpoint, isSeed: isSeed, runID: runID) }
                if isSeed { dropSeedsGoneFrom(endpoint, addresses) }
            case .failure(let error):
                control.log.warning("sentinel name not resolved", metadata: ["sentinel": "\(endpoint)", "error": "\(error)"])
                guard isSeed else { return }
                retries[endpoint] = LoopTimer(control.loop, milliseconds: Self.resolveRetryMilliseconds) { [unowned self] in
                    retries[endpoint] = nil
                    resolve(endpoint, isSeed: true, runID: nil)
                }
            }
        }
    }

    private func add(_ address: SocketAddress, _ endpoint: Endpoint, isSeed: Bool, runID: String?) {
        if let known = connections[address] {
            known.lastKnownAt = control.loop.nowMilliseconds
            return
        }
        guard connections.count < Self.sentinelsMax else { return }
        let connection = SentinelConnection(control, address, endpoint, isSeed: isSeed, runID: runID, delegate: self)
        connections[address] = connection
        control.log.info(
            "sentinel known", metadata: ["sentinel": "\(address)", "source": isSeed ? "configuration" : "another sentinel"])
        connection.start()
        knownChanged()
    }

    /// A name that resolves to other addresses now: those it left, and that do not answer, are forgotten.
    private func dropSeedsGoneFrom(_ endpoint: Endpoint, _ addresses: [SocketAddress]) {
        for connection in connections.values
        where connection.isSeed && connection.endpoint == endpoint && !addresses.contains(connection.address)
            && !connection.isConnected
        { forget(connection) }
    }

    private func forget(_ connection: SentinelConnection) {
        connection.stop()
        connections[connection.address] = nil
        lastFailures[connection.address] = nil
        control.log.info("sentinel forgotten", metadata: ["sentinel": "\(connection.address)"])
        knownChanged()
    }

    private func knownChanged() {
        let ids = Set(connections.values.filter { !$0.isDuplicate }.map(\.id))
        guard ids != knownIDs else { return }
        knownIDs = ids
        for master in masters { master.sentinelsBecameKnown(ids) }
    }

    private func learn(_ peers: [SentinelPeer]) {
        let now = control.loop.nowMilliseconds
        for peer in peers {
            let sameID = connections.values.filter { $0.runID == peer.runID && !$0.isDuplicate }
            for connection in sameID { connection.lastKnownAt = now }
            if sameID.contains(where: \.isConnected) { continue }
            resolve(peer.endpoint, isSeed: false, runID: peer.runID.isEmpty ? nil : peer.runID)
            // The same sentinel at a new address: the old one is of no use any more.
            for old in sameID where !old.isSeed && old.endpoint != peer.endpoint { forget(old) }
        }
        for connection in connections.values
        where !connection.isSeed && !connection.isConnected && now - connection.lastKnownAt > Self.forgetAfterMilliseconds {
            forget(connection)
        }
    }

    private func identified(_ connection: SentinelConnection, _ runID: String) {
        if let twin = connections.values.first(where: { $0 !== connection && $0.runID == runID && $0.isConnected && !$0.isDuplicate }) {
            control.log.info(
                "two addresses of one sentinel", metadata: ["sentinel": "\(twin.address)", "also": "\(connection.address)"])
            connection.markDuplicate()
        } else {
            connection.runID = runID
        }
        knownChanged()
    }

    // MARK: SentinelConnectionDelegate

    func sentinel(_ connection: SentinelConnection, answered answer: SentinelQuerySession.Answer) {
        connection.lastKnownAt = control.loop.nowMilliseconds
        switch answer {
        case .identified(let runID):
            if lastFailures.removeValue(forKey: connection.address) != nil {
                control.log.info("sentinel answers again", metadata: ["sentinel": "\(connection.address)"])
            }
            identified(connection, runID)
        case .refused(let text):
            noteFailure(connection, text)
        case .failoverAnswered: break
        case .reported(let masterName, let report):
            guard !connection.isDuplicate else { return }
            connection.claims[masterName] = report.claim
            learn(report.peers)
            for master in masters where master.name == masterName {
                master.reported(connection.id, report, askedAt: connection.askedAt)
            }
        }
    }

    func sentinel(_ connection: SentinelConnection, told event: SentinelEvent) {
        connection.lastEvent = "\(event.name) \(event.details)"
        control.log.info(
            "sentinel event",
            metadata: ["sentinel": "\(connection.address)", "said": "\(event.name)", "details": "\(event.details)"])
        for master in masters { master.heard(event, from: connection.address) }
        // Whoever tells it: all are asked, at once.
        askAll()
    }

    func sentinelChanged(_ connection: SentinelConnection) {
        for master in masters { master.surroundingsChanged() }
    }

    func sentinelFailed(_ connection: SentinelConnection, _ text: String) {
        noteFailure(connection, text)
        if connection.isSeed, connection.endpoint.address == nil { resolve(connection.endpoint, isSeed: true, runID: nil) }
        // A second address of the lost sentinel may still lead to it.
        for twin in connections.values where twin.isDuplicate {
            connections[twin.address] = nil
            add(twin.address, twin.endpoint, isSeed: twin.isSeed, runID: nil)
        }
    }

    /// Logs what goes wrong with a sentinel when it begins and when it changes, not at every attempt.
    private func noteFailure(_ connection: SentinelConnection, _ text: String) {
        guard lastFailures.updateValue(text, forKey: connection.address) != text else { return }
        control.log.warning("sentinel not usable", metadata: ["sentinel": "\(connection.address)", "error": "\(text)"])
    }
}
