import Bytes
import EventLoop
import Forwarding
import Gateway
import HTTP1
import Logging
import Observability
import RESP
import Sentinel
import Settings

/// What lives on one worker loop: its clients of both fronts, its links to each master, its counters.
final class Worker {
    /// Pause between two looks at what time brings, in milliseconds.
    private static let sweepMilliseconds = 50
    /// Each sweep looks at one in so many connections, the next one at the next; at those who wait for a master each does.
    private static let connectionSweepParts = 5
    /// A longer pause of the loop may have hidden a failover (FAILOVER.md, point 6).
    static let sleepLimitMilliseconds = 400

    let loop: EventLoop
    let index: Int
    private(set) var settings: Settings
    let log: Logger
    var counters = LoopCounters()
    let kinds = CommandKinds.standard
    /// Commands of both fronts, by kind.
    let tally = CommandTally()
    /// The ids of links that clients of any loop know.
    let toldIDs = ToldClientIDs()
    let turns = DurationHistogram()
    let latencies = DurationHistogram()
    let httpLatencies = DurationHistogram()
    /// One HTTP request at a time is timed: whose it is, 0 for nobody's, and when it was read.
    var timedRequest: (owner: UInt64, since: Int) = (0, 0)
    var memory: MemoryBounds
    /// Unsent bytes that a client may have before what it asks for waits.
    var comfortableOutputBytes = 0
    var postponed = PostponedWork()
    /// For clients that connect from now on.
    private(set) var sessionRules: SessionRules
    /// The clients of both fronts.
    var clients = ConnectionTable()
    let load: LoopLoad
    /// Links to each master, as far as there are descriptors.
    private let linksMax: Int
    private(set) var gatewayRules: GatewayRules
    /// What the HTTP client has sent that is being read, as far as it is not dealt with.
    var arriving: (owner: RequestLedger.Owner, bytes: UnsafeRawBufferPointer?) = (RequestLedger.Owner(slot: 0, generation: 0), nil)
    /// The fields of the last request of an HTTP client.
    var fieldMemo = FieldMemo()
    /// The command of the request that is being read.
    var commandSlot = CommandSlot()
    /// Memory for what is in flight of HTTP clients.
    var presentationReserve = QueueReserve<ReplyPresentation>()
    /// Where the loop builds what it sends; empty between two uses.
    var scratch: [UInt8] = []
    /// Capacity of ``scratch`` that is kept.
    static let scratchRetainedBytes = 1 << 20
    /// Where other threads reach this loop.
    let mailbox: Mailbox<Worker>
    private var renderThread: LoopThread<RenderRoom>?
    var notices: WorkerNotices
    private let control: Mailbox<ControlPlane>
    private(set) var pools: [UpstreamPool] = []
    let archives = ChannelArchives()
    var ownTraffic = OwnTraffic()
    private var sweepTimer: LoopTimer?
    private var sweepCount = 0
    /// How often this loop has doubted each master: after standing still, after a reply that no master gives.
    private var doubtCounts: [Int]
    private var drained: (@Sendable () -> Void)?
    private var ending = Ending.none
    private var webEnd: LoopTimer?
    /// How long web clients are told by their next response that it is the last, before those are closed who ask for nothing.
    private static let webFarewellMilliseconds = 1000

    /// What becomes of connections.
    private enum Ending {
        case none
        /// They are served until the clients leave, as another process takes new ones in.
        case retiring
        /// They are closed as soon as nothing is awaited.
        case draining
    }

    /// Whether a web client had better connect anew for its next request.
    var tellsWebClientsToLeave: Bool { ending != .none }
    private var clientIDCount: Int64 = 0

    init(
        _ loop: EventLoop, index: Int, settings: Settings, tls: TLSContexts, masterNames: [String], mailbox: Mailbox<Worker>, control: Mailbox<ControlPlane>,
        load: LoopLoad, censuses: [ServerCensus], linksMax: Int, log: Logger
    ) {
        self.loop = loop
        self.index = index
        self.settings = settings
        self.mailbox = mailbox
        self.control = control
        self.load = load
        self.linksMax = linksMax
        self.log = log
        memory = MemoryBounds(settings.memory)
        notices = WorkerNotices(log, loopIndex: index)
        gatewayRules = GatewayRules(settings.http)
        sessionRules = SessionRules(settings, kinds, tally, toldIDs)
        doubtCounts = masterNames.map { _ in 0 }
        var upstream = UpstreamSettings(settings)
        upstream.linksMax = min(upstream.linksMax, linksMax)
        for (index, (name, census)) in zip(masterNames, censuses).enumerated() {
            pools.append(UpstreamPool(self, masterIndex: index, name: name, settings: upstream, tls: tls.redis, census))
        }
        if settings.source == .sentinels {
            loop.sleepLimitMilliseconds = Self.sleepLimitMilliseconds
            loop.slept = { [unowned self] milliseconds in slept(milliseconds) }
        }
        lookAtMemory()
        loop.turnEnded = { [unowned self] in turns.record($0) }
        sweepTimer = LoopTimer(loop, milliseconds: Self.sweepMilliseconds, repeating: true) { [unowned self] in sweep() }
    }

    /// An id for a client that asks who it is: of no other client of this process, and of none that Redis gives.
    func nextClientID() -> Int64 {
        clientIDCount += 1
        return 1 << 50 | Int64(index) << 40 | clientIDCount
    }

    // MARK: Messages of the control loop

    func serve(_ accepted: AcceptedSocket, _ front: Front, masterIndex: Int) {
        let pool = pools[masterIndex]
        let owner = clients.reserve()
        let connection: any FrontConnection
        switch front {
        case .resp:
            counters.respConnections += 1
            counters.respConnectionsTotal += 1
            connection = RESPConnection(self, pool, accepted, owner)
        case .http:
            counters.httpConnections += 1
            counters.httpConnectionsTotal += 1
            connection = HTTPConnection(self, pool, .accepted(accepted), owner)
        }
        clients.fill(owner, connection)
        pool.census.addClients(1)
        if ending == .draining, front == .resp || webEnd == nil { connection.drain() }
    }

    /// Cuts every link to the master `masterIndex`; nothing goes to it until ``open(masterIndex:_:)``.
    func fence(masterIndex: Int) {
        pools[masterIndex].fence()
        tellServed(masterIndex, nil)
    }

    /// What is known of the master `masterIndex` has changed.
    func topologyChanged(masterIndex: Int, _ topology: Topology) { pools[masterIndex].topology = topology }

    /// - Parameter doubtCount: the loop's doubts about this master that were known when this was decided. A route from before
    ///   the last one is not to be trusted; a newer word follows.
    func open(masterIndex: Int, _ route: MasterRoute, doubtCount: Int) {
        guard doubtCount == doubtCounts[masterIndex] else { return }
        pools[masterIndex].open(route)
        tellServed(masterIndex, route.generation)
    }

    /// Sends nothing more to the master `masterIndex` until it is opened again; its links stay.
    func suspend(masterIndex: Int, _ reason: Hold) {
        pools[masterIndex].suspend(reason)
        tellServed(masterIndex, nil)
    }

    /// Tells the control loop in which generation of its route this loop serves a master; nil for not at all.
    private func tellServed(_ masterIndex: Int, _ generation: UInt64?) {
        control.post { [index] in $0.directory.loopServes(masterIndex, index, generation) }
    }

    /// Connections made or accepted from now on speak TLS with these.
    /// Settings have been read anew. Who is connected stays so, and goes on by the rules of its session.
    func settingsChanged(_ settings: Settings) {
        self.settings = settings
        memory = MemoryBounds(settings.memory)
        lookAtMemory()
        sessionRules = SessionRules(settings, kinds, tally, toldIDs)
        let access = gatewayRules.access
        gatewayRules = GatewayRules(settings.http)
        if access != gatewayRules.access { for slot in 0..<clients.slotCount { clients[slot: slot]?.gatewayRulesChanged() } }
        // It was read under the limits of before.
        fieldMemo = FieldMemo()
        var upstream = UpstreamSettings(settings)
        upstream.linksMax = min(upstream.linksMax, linksMax)
        for pool in pools { pool.settings = upstream }
        acceptor?.admission = Acceptor.Admission(settings)
    }

    func tlsChanged(_ tls: TLSContexts) {
        for pool in pools { pool.tls = tls.redis }
        acceptor?.tls = tls
    }

    /// Another process takes new clients in. Those who are here are served until they leave; `done` is called once none is left.
    func retire(_ done: @escaping @Sendable () -> Void) {
        drained = done
        ending = .retiring
        checkDrained()
    }

    /// Lets what is in flight end and closes every connection; `done` is called once none is left. Who is closed while it sends a
    /// request sees that fail: web clients, who can be told, are told before.
    func drain(_ done: @escaping @Sendable () -> Void) {
        drained = done
        ending = .draining
        acceptor = nil
        for slot in 0..<clients.slotCount where clients[slot: slot] is RESPConnection { clients[slot: slot]?.drain() }
        webEnd = LoopTimer(loop, milliseconds: min(Self.webFarewellMilliseconds, max(1, settings.drainTimeoutMilliseconds / 2))) { [unowned self] in
            webEnd = nil
            for slot in 0..<clients.slotCount { clients[slot: slot]?.drain() }
            checkDrained()
        }
        checkDrained()
    }

    /// Ends the loop; connections that are left are cut.
    func stop() {
        acceptor = nil
        for pool in pools { pool.fence(isEnd: true) }
        renderThread?.mailbox.post { $0.stop() }
        loop.stop()
    }

    /// Where long answers are rendered; nil where the system grants no thread.
    func renderRoom() -> Mailbox<RenderRoom>? {
        if renderThread == nil { renderThread = RenderRoom.start(index) }
        return renderThread?.mailbox
    }

    /// Has `value` let go elsewhere: to give much memory back takes a while.
    func discard<Value>(_ value: consuming Value) {
        let last = Handoff(value)
        renderRoom()?.post { _ in _ = last.take() }
    }

    /// Takes connections in for all loops; on the first one only.
    var acceptor: Acceptor?

    /// A copy of the counters and the number of links.
    ///
    /// - Parameter includingBuffers: whether what waits in buffers is added up, for which every connection is looked at.
    func snapshot(includingBuffers: Bool) -> (counters: LoopCounters, links: Int) {
        var counters = counters
        if pools.contains(where: { !$0.hasRoute }) {
            for slot in 0..<clients.slotCount { counters.inFlightWhileHeld += clients[slot: slot]?.inFlightWhileHeld ?? 0 }
        }
        if includingBuffers {
            for slot in 0..<clients.slotCount { counters.clientBufferBytes += clients[slot: slot]?.bufferedBytes ?? 0 }
            for pool in pools { counters.linkBufferBytes += pool.bufferedBytes }
        }
        for pool in pools { counters.clientsWaiting += pool.waiterCount }
        counters.commandsByClass = tally.byClass
        counters.turns = turns.counts
        counters.latencies = latencies.counts
        counters.httpLatencies = httpLatencies.counts
        counters.errorsByClass = tally.errorsByClass
        for pool in pools { pool.countLinks(in: &counters) }
        return (counters, pools.reduce(0) { $0 + $1.linkCount })
    }

    // MARK: What connections tell

    /// A client's socket is closed.
    func remove(_ connection: any FrontConnection, _ owner: RequestLedger.Owner) {
        guard clients.remove(owner) else { return }
        if let front = connection.front {
            if front == .resp { counters.respConnections -= 1 } else { counters.httpConnections -= 1 }
            load.add(front, -1)
            connection.pool.census.addClients(-1)
        }
        loop.atTurnEnd { [self] in
            withExtendedLifetime(connection) {}
            checkDrained()
        }
    }

    /// A client never got through its TLS handshake.
    func handshakeFailed(_ front: Front, _ error: IOError) {
        switch front {
        case .resp: counters.respHandshakesFailed += 1
        case .http: counters.httpHandshakesFailed += 1
        }
        log.debug("handshake failed", metadata: ["front": "\(front.name)", "error": "\(error)"])
    }

    /// A web page's browser has been pointed at the port for Redis's clients, perhaps.
    func spokeHTTP(_ socket: StreamSocket?) {
        notice("client disconnected: it speaks HTTP on the port for Redis clients", ["peer": "\(socket?.peer.map { "\($0)" } ?? "unknown")"])
    }

    /// A link that was to serve the next client is not as it should be, after these commands. It never may.
    func foundUncleanLink(_ differences: [String], _ trail: [String]) {
        counters.linksUnclean += 1
        log.error(
            "a link to Redis was given back in a state that it should not have; it is closed",
            metadata: ["found": "\(differences.joined(separator: " "))", "after": "\(trail.joined(separator: ", "))"])
    }

    /// A client has been told the id of its link; the other loops hear of it.
    func toldID(_ id: Int) {
        toldIDs.insert(id)
        tellOthers { $0.toldIDs.insert(id) }
    }

    /// A link whose id a client knew is gone.
    func forgotID(_ id: Int) {
        toldIDs.remove(id)
        tellOthers { $0.toldIDs.remove(id) }
    }

    func tellOthers(_ message: @escaping @Sendable (Worker) -> Void) {
        control.post { [index] control in
            for (other, worker) in control.workerMailboxes.enumerated() where other != index { worker.post(message) }
        }
    }

    /// A server has answered that it is no usable master: with `-READONLY`, or with another such word. It is doubted where such
    /// words are believed.
    func foundNoMaster(_ pool: UpstreamPool, isReadOnly: Bool) {
        if isReadOnly { counters.readOnlyReplies += 1 }
        if pool.believesDisavowals { doubt(pool) }
    }

    func linkFailed(masterIndex: Int, generation: UInt64, _ text: String) {
        log.debug("link failed", metadata: ["loop": "\(index)", "error": "\(text)"])
        control.post { $0.masterMissed() }
    }

    /// A master refuses the proxy's password on a link for clients, in these words; nil where it takes it again.
    func linksRefused(masterIndex: Int, _ words: String?) {
        control.post { $0.linksRefused(masterIndex, words) }
    }

    /// A request has told of the server's scripts; the other loops are told where it is news.
    func heard(_ event: ScriptEvent, _ pool: UpstreamPool) {
        guard pool.heard(event) else { return }
        tellOthers { [masterIndex = pool.masterIndex] in _ = $0.pools[masterIndex].heard(event) }
    }

    // MARK: Time

    /// The process or the machine stood still: what is known of the master may be old, and commands that came in
    /// meanwhile must not reach it before it is confirmed.
    private func slept(_ milliseconds: Int) {
        for masterIndex in pools.indices {
            doubtCounts[masterIndex] += 1
            suspend(masterIndex: masterIndex, .unconfirmed)
        }
        control.post { [index, doubtCounts] in $0.loopSlept(milliseconds, loop: index, counts: doubtCounts) }
    }

    /// A server behaves as no master does: nothing more goes to it before it is confirmed.
    private func doubt(_ pool: UpstreamPool) {
        let masterIndex = pool.masterIndex
        doubtCounts[masterIndex] += 1
        pool.disavowed()
        suspend(masterIndex: masterIndex, .unconfirmed)
        control.post { [index, count = doubtCounts[masterIndex]] in $0.masterDoubted(masterIndex, loop: index, count: count) }
    }

    private func sweep() {
        let now = loop.nowMilliseconds
        lookAtMemory()
        if memory.isExceeded { evict() }
        notices.timePassed(now: now)
        for pool in pools { pool.sweep(now: now) }
        sweepCount &+= 1
        for slot in stride(from: sweepCount % Self.connectionSweepParts, to: clients.slotCount, by: Self.connectionSweepParts) {
            clients[slot: slot]?.sweep(now: now)
        }
        checkDrained()
    }

    private func checkDrained() {
        guard let drained, clients.isEmpty, acceptor?.awaitsHeaders != true else { return }
        self.drained = nil
        drained()
    }
}
