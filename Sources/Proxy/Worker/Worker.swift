import Bytes
import EventLoop
import Forwarding
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
    /// Every connection is looked at in every so many sweeps; those who wait for a master in each.
    private static let sweepsPerConnectionSweep = 5
    /// A longer pause of the loop may have hidden a failover (FAILOVER.md, point 6).
    static let sleepLimitMilliseconds = 400

    let loop: EventLoop
    let index: Int
    let settings: Settings
    let log: Logger
    var counters = LoopCounters()
    let table = CommandTable.standard
    let load: LoopLoad
    let httpLimits: HTTPLimits
    /// Where the loop builds what it sends; empty between two uses.
    var scratch: [UInt8] = []
    /// Capacity of ``scratch`` that is kept.
    static let scratchRetainedBytes = 1 << 20
    private let control: Mailbox<ControlPlane>
    private var pools: [UpstreamPool] = []
    private var respConnections: [ObjectIdentifier: RESPConnection] = [:]
    private var httpConnections = ConnectionTable<HTTPConnection>()
    private var sweepTimer: LoopTimer?
    private var sweepCount = 0
    /// How often the loop has stood still.
    private var sleepCount = 0
    private var drained: (@Sendable () -> Void)?
    private let respLimits: RESPLimits
    private let respAuthentication: ClientAuthentication?

    init(
        _ loop: EventLoop, index: Int, settings: Settings, tls: TLSContexts, masterNames: [String], control: Mailbox<ControlPlane>,
        load: LoopLoad, log: Logger
    ) {
        self.loop = loop
        self.index = index
        self.settings = settings
        self.control = control
        self.load = load
        self.log = log
        var httpLimits = HTTPLimits()
        httpLimits.headBytesMax = settings.http.maxHeadBytes
        httpLimits.requestLineBytesMax = settings.http.maxRequestLineBytes
        httpLimits.headerCountMax = settings.http.maxHeaders
        httpLimits.bodyBytesMax = settings.http.maxBodyBytes
        self.httpLimits = httpLimits
        respLimits = RESPLimits(
            bulkBytesMax: settings.listen.maxBulkBytes, argumentCountMax: settings.listen.maxArguments,
            inlineBytesMax: settings.listen.maxInlineBytes, nestingDepthMax: settings.listen.maxNesting,
            unauthenticatedBulkBytesMax: settings.listen.maxRequestBeforeAuthBytes)
        respAuthentication = settings.listen.credentials.map(ClientAuthentication.init)
        let upstream = UpstreamSettings(settings)
        for (index, name) in masterNames.enumerated() {
            pools.append(UpstreamPool(self, masterIndex: index, name: name, settings: upstream, tls: tls.redis))
        }
        if settings.source == .sentinels {
            loop.sleepLimitMilliseconds = Self.sleepLimitMilliseconds
            loop.slept = { [unowned self] milliseconds in slept(milliseconds) }
        }
        sweepTimer = LoopTimer(loop, milliseconds: Self.sweepMilliseconds, repeating: true) { [unowned self] in sweep() }
    }

    var holdMilliseconds: Int { settings.failover.holdMilliseconds }
    var respIdleTimeoutMilliseconds: Int { settings.listen.idleTimeoutMilliseconds }

    // MARK: Messages of the control loop

    func serve(_ accepted: AcceptedSocket, _ front: Front, masterIndex: Int) {
        let pool = pools[masterIndex]
        switch front {
        case .resp:
            counters.respConnections += 1
            counters.respConnectionsTotal += 1
            let session = ClientSession(table: table, limits: respLimits, authentication: respAuthentication)
            let connection = RESPConnection(self, pool, accepted, session)
            respConnections[ObjectIdentifier(connection)] = connection
            if drained != nil { connection.drain() }
        case .http:
            counters.httpConnections += 1
            counters.httpConnectionsTotal += 1
            let owner = httpConnections.reserve()
            let connection = HTTPConnection(self, pool, accepted, owner)
            httpConnections.fill(owner, connection)
            if drained != nil { connection.drain() }
        }
    }

    /// Cuts every link to the master `masterIndex`; nothing goes to it until ``open(masterIndex:_:)``.
    func fence(masterIndex: Int) { pools[masterIndex].fence() }

    /// What is known of the master `masterIndex` has changed.
    func topologyChanged(masterIndex: Int, _ topology: Topology) { pools[masterIndex].topology = topology }

    /// - Parameter sleepCount: the loop's sleeps that were known when this was decided. A route from before the last one is
    ///   not to be trusted; a newer word follows.
    func open(masterIndex: Int, _ route: MasterRoute, sleepCount: Int) {
        if sleepCount == self.sleepCount { pools[masterIndex].open(route) }
    }

    /// Links made from now on speak TLS with this.
    func redisTLSChanged(_ tls: TLSClientContext?) { for pool in pools { pool.tls = tls } }

    /// Lets what is in flight end and closes every connection; `done` is called once none is left.
    func drain(_ done: @escaping @Sendable () -> Void) {
        drained = done
        for connection in Array(respConnections.values) { connection.drain() }
        for connection in httpConnections.all { connection.drain() }
        checkDrained()
    }

    /// Ends the loop; connections that are left are cut.
    func stop() {
        for pool in pools { pool.fence() }
        loop.stop()
    }

    /// A copy of the counters and the number of links.
    var snapshot: (counters: LoopCounters, links: Int) { (counters, pools.reduce(0) { $0 + $1.linkCount }) }

    // MARK: What connections tell

    func remove(_ connection: RESPConnection) {
        guard respConnections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        counters.respConnections -= 1
        load.add(.resp, -1)
        loop.atTurnEnd { [self] in
            withExtendedLifetime(connection) {}
            checkDrained()
        }
    }

    func remove(_ connection: HTTPConnection, _ owner: RequestLedger.Owner) {
        guard httpConnections.remove(owner) else { return }
        counters.httpConnections -= 1
        load.add(.http, -1)
        loop.atTurnEnd { [self] in
            withExtendedLifetime(connection) {}
            checkDrained()
        }
    }

    /// A reply on a shared link. Its owner may have left: then it is nobody's.
    func deliver(_ reply: UnsafeRawBufferPointer, to owner: RequestLedger.Owner, from link: SharedLink) {
        httpConnections[owner]?.received(reply, from: link)
    }

    func fail(_ failure: RequestFailure, for owner: RequestLedger.Owner, from link: SharedLink) {
        httpConnections[owner]?.failed(failure, from: link)
    }

    /// A client never got through its TLS handshake.
    func handshakeFailed(_ front: Front, _ error: IOError) {
        switch front {
        case .resp: counters.respHandshakesFailed += 1
        case .http: counters.httpHandshakesFailed += 1
        }
        log.debug("handshake failed", metadata: ["front": "\(front.name)", "error": "\(error)"])
    }

    func sawReadOnly(_ pool: UpstreamPool) {
        counters.readOnlyReplies += 1
        control.post { $0.masterDoubted() }
    }

    func linkFailed(masterIndex: Int, generation: UInt64, _ text: String) {
        log.debug("link failed", metadata: ["loop": "\(index)", "error": "\(text)"])
        control.post { $0.masterDoubted() }
    }

    // MARK: Time

    /// The process or the machine stood still: what is known of the master may be old, and commands that came in
    /// meanwhile must not reach it before it is confirmed.
    private func slept(_ milliseconds: Int) {
        sleepCount += 1
        for pool in pools { pool.suspend() }
        control.post { [index, sleepCount] in $0.loopSlept(milliseconds, loop: index, count: sleepCount) }
    }

    private func sweep() {
        let now = loop.nowMilliseconds
        for pool in pools { pool.sweep(now: now) }
        sweepCount &+= 1
        guard sweepCount % Self.sweepsPerConnectionSweep == 0 else { return }
        for connection in Array(respConnections.values) { connection.sweep(now: now) }
        for connection in httpConnections.all { connection.sweep(now: now) }
        checkDrained()
    }

    private func checkDrained() {
        guard let drained, respConnections.isEmpty, httpConnections.isEmpty else { return }
        self.drained = nil
        drained()
    }
}

extension UpstreamSettings {
    init(_ settings: Settings) {
        self.init(
            user: settings.redis.credentials?.user.map { Array($0.utf8) },
            password: settings.redis.credentials?.password.revealedBytes,
            verifiesRole: settings.source == .sentinels,
            connectTimeoutMilliseconds: settings.redis.connectTimeoutMilliseconds,
            userTimeoutMilliseconds: settings.redis.tcpUserTimeoutMilliseconds,
            commandTimeoutMilliseconds: settings.redis.commandTimeoutMilliseconds,
            linkBufferBytes: settings.redis.linkBufferBytes, linksMax: settings.redis.dedicatedLinksMax,
            sharedLinkName: settings.redis.clientName,
            sharedLinksPerLoop: settings.redis.sharedLinks, replyBytesMax: settings.http.maxReplyBytes,
            nestingDepthMax: settings.listen.maxNesting)
    }
}
