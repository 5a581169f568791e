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
    /// Most sentinels that are connected to, or whose names are looked up, so that no list of theirs can exhaust us.
    private static let sentinelsMax = 64
    /// How long a name that another sentinel gave and that did not resolve is left alone, in milliseconds.
    private static let unresolvedRestMilliseconds = 5000
    /// Least time between two questions to all that events cause, in milliseconds.
    private static let eventQuestionMilliseconds = 5

    private let control: ControlPlane
    private let masters: [MasterWatch]
    private var connections: [SocketAddress: SentinelConnection] = [:]
    private var resolving: Set<Endpoint> = []
    private var retries: [Endpoint: LoopTimer] = [:]
    /// Names that did not resolve, and when.
    private var unresolved: [Endpoint: Int] = [:]
    /// Seeds whose names are being looked up for the first time: they count, so that nobody decides before them.
    private var pendingSeeds: Set<Endpoint> = []
    /// Who has a say about each master, and how many more may come to have one.
    private var electorates: [String: Electorate] = [:]
    private struct Electorate: Equatable {
        var sentinels: Set<SentinelID> = []
        var expectedCount = 0
    }
    private var vouching: [String: PeerVouching] = [:]
    /// While it runs, events cause no further question to all; what has come meanwhile causes one when it ends.
    private var eventQuestion: LoopTimer?
    private var isEventQuestionDue = false
    private var troubles = SentinelTroubles()

    init(_ control: ControlPlane, masters: [MasterWatch]) {
        self.control = control
        self.masters = masters
    }

    func start() {
        pendingSeeds = Set(control.settings.sentinel.addresses)
        for seed in control.settings.sentinel.addresses { resolve(seed, isSeed: true, runID: nil) }
    }

    func stop() {
        for connection in connections.values { connection.stop() }
        connections = [:]
        retries = [:]
        eventQuestion = nil
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
        connections.values.filter { !$0.isDuplicate && !$0.unmonitored.contains(masterName) }
            .map { connection in
                Topology.SentinelState(
                    id: connection.id, endpoint: connection.address.endpoint,
                    isAnswering: connection.isConnected, isSubscribed: connection.isSubscribed,
                    claim: connection.claims[masterName], lastEvent: connection.lastEvent)
            }
            .sorted { $0.endpoint.description < $1.endpoint.description }
    }

    // MARK: Who is known

    private func resolve(_ endpoint: Endpoint, isSeed: Bool, runID: String?, vouchedFor master: String? = nil) {
        guard resolving.insert(endpoint).inserted else { return }
        control.lookups.resolve(endpoint, isUrgent: isSeed) { [weak self] result in
            guard let self else { return }
            resolving.remove(endpoint)
            pendingSeeds.remove(endpoint)
            defer { knownChanged() }
            switch result {
            case .success(let addresses):
                unresolved[endpoint] = nil
                for address in addresses { add(address, endpoint, isSeed: isSeed, runID: runID, vouchedFor: master) }
                if isSeed { dropSeedsGoneFrom(endpoint, addresses) }
            case .failure(let error):
                if unresolved.count >= Self.sentinelsMax { unresolved = [:] }
                if unresolved.updateValue(control.loop.nowMilliseconds, forKey: endpoint) == nil {
                    troubles.unresolved(endpoint, "\(error)", control)
                    for master in masters { master.troubleChanged() }
                }
                guard isSeed else { return }
                retries[endpoint] = LoopTimer(control.loop, milliseconds: Self.resolveRetryMilliseconds) { [unowned self] in
                    retries[endpoint] = nil
                    resolve(endpoint, isSeed: true, runID: nil)
                }
            }
        }
    }

    private func add(_ address: SocketAddress, _ endpoint: Endpoint, isSeed: Bool, runID: String?, vouchedFor master: String? = nil) {
        if let known = connections[address] {
            known.lastKnownAt = control.loop.nowMilliseconds
            if let master { known.vouchedMasters.insert(master) }
            return
        }
        guard connections.count < Self.sentinelsMax else { return }
        let connection = SentinelConnection(control, address, endpoint, isSeed: isSeed, runID: runID, delegate: self)
        connections[address] = connection
        if let master { connection.vouchedMasters.insert(master) }
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
        troubles.forget(connection.address)
        control.log.info("sentinel forgotten", metadata: ["sentinel": "\(connection.address)"])
        knownChanged()
    }

    private func knownChanged() {
        let expected = connections.values.count { !$0.isDuplicate && !$0.isSeed && !$0.hasAnswered }
        for master in masters {
            let counting = connections.values.filter { $0.counts(for: master.name) }.map(\.id)
            let electorate = Electorate(
                sentinels: Set(counting + pendingSeeds.map { SentinelID($0.description) }), expectedCount: expected)
            guard electorates.updateValue(electorate, forKey: master.name) != electorate else { continue }
            vouching[master.name]?.keep(electorate.sentinels)
            master.sentinelsBecameKnown(electorate.sentinels, expected: expected)
        }
    }

    private func learn(_ peers: [SentinelPeer], of masterName: String, from sentinel: SentinelID) {
        let now = control.loop.nowMilliseconds
        guard let electorate = electorates[masterName]?.sentinels, electorate.contains(sentinel) else { return }
        vouching[masterName, default: PeerVouching()].told(by: sentinel, peers)
        for peer in peers where vouching[masterName]?.isVouched(peer, by: electorate) == true {
            let sameID = connections.values.filter { $0.runID == peer.runID && !$0.isDuplicate }
            for connection in sameID {
                connection.lastKnownAt = now
                connection.vouchedMasters.insert(masterName)
            }
            if sameID.contains(where: \.isConnected) { continue }
            let isResting = unresolved[peer.endpoint].map { now - $0 < Self.unresolvedRestMilliseconds } ?? false
            guard !isResting, connections.count + resolving.count < Self.sentinelsMax else { continue }
            resolve(peer.endpoint, isSeed: false, runID: peer.runID.isEmpty ? nil : peer.runID, vouchedFor: masterName)
            // The same sentinel at a new address: the old one is of no use any more.
            for old in sameID where !old.isSeed && old.endpoint != peer.endpoint { forget(old) }
        }
        for connection in connections.values
        where !connection.isSeed && !connection.isConnected && now - connection.lastKnownAt > Self.forgetAfterMilliseconds {
            forget(connection)
        }
    }

    private func identified(_ connection: SentinelConnection, _ runID: String) {
        connection.hasAnswered = true
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
            if troubles.ended(connection.address, control) { control.log.info("sentinel answers again", metadata: ["sentinel": "\(connection.address)"]) }
            identified(connection, runID)
        case .refused(let text):
            noteFailure(connection, text)
        case .failoverAnswered: break
        case .monitors(let names):
            for name in connection.unmonitored { troubles.unknownMaster(name, known: names, control) }
            for master in masters { master.troubleChanged() }
        case .reported(let masterName, let report):
            guard !connection.isDuplicate else { return }
            connection.claims[masterName] = report.claim
            noteWhether(connection, monitors: masterName, report.isMonitoring)
            learn(report.peers, of: masterName, from: connection.id)
            for master in masters where master.name == masterName {
                master.reported(connection.id, report, askedAt: connection.askedAt)
            }
        }
    }

    func sentinel(_ connection: SentinelConnection, told event: SentinelEvent) {
        for master in masters { master.heard(event, from: connection.address) }
        // Whoever tells it: all are asked, at once, and again a little later where more has come meanwhile.
        guard eventQuestion == nil else {
            isEventQuestionDue = true
            return
        }
        askAll()
        eventQuestion = LoopTimer(control.loop, milliseconds: Self.eventQuestionMilliseconds) { [unowned self] in
            eventQuestion = nil
            if isEventQuestionDue { askAll() }
            isEventQuestionDue = false
        }
    }

    private func noteWhether(_ connection: SentinelConnection, monitors masterName: String, _ isMonitoring: Bool) {
        if isMonitoring {
            guard connection.unmonitored.remove(masterName) != nil else { return }
        } else {
            guard connection.unmonitored.insert(masterName).inserted else { return }
        }
        knownChanged()
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

    private func noteFailure(_ connection: SentinelConnection, _ text: String) {
        if troubles.note(connection.address, text, control) { for master in masters { master.troubleChanged() } }
    }

    /// What goes wrong with the sentinels of a master that is not found, in words; nil for nothing that is known.
    func trouble(masterName: String) -> String? { troubles.words(masterName: masterName) }
}
