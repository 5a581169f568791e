import Access
import Bytes
import EventLoop
import Logging
import Observability
import Sentinel
import Settings

/// What lives on the control loop: the watch of the sentinels, the directory of masters, the listeners, the admin port.
final class ControlPlane {
    let loop: EventLoop
    let mailbox: Mailbox<ControlPlane>
    let configuration: Configuration
    var settings: Settings { configuration.current.settings }
    let log: Logger
    /// What the process says of itself.
    let version: String
    /// Ends the service as SIGTERM does.
    var beginDrain: () -> Void = {}
    /// Has another process take over.
    var beginUpgrade: (@escaping (Upgrade.Outcome) -> Void) -> Void = { $0(.failed("not serving yet")) }
    private(set) var history = TrafficHistory()
    private var historyTimer: LoopTimer?
    /// Called when what the status page shows has changed.
    private var statusChanged: (() -> Void)?
    let startedAtMilliseconds = MonotonicClock.wallMilliseconds()
    /// The worker loops, by index.
    private(set) var workerMailboxes: [Mailbox<Worker>] = []
    private(set) lazy var directory = MasterDirectory(self, masterCount: masterNames.count)
    private(set) var tls: TLSContexts
    /// The names of the masters that are watched; of a fixed server, one that stands for it.
    let masterNames: [String]
    /// One for each of them.
    let censuses: [ServerCensus]
    private(set) var watches: [MasterWatch] = []
    private(set) var watcher: SentinelWatcher?
    private(set) var fixed: FixedUpstream?
    private(set) lazy var lookups = NameLookups(self)
    private var generator = SystemRandomNumberGenerator()
    private var hintedAt = 0
    /// Whether the process is on its way out: not ready any more.
    var isDraining = false
    let collections = CounterCollections()
    /// While commands in flight are waited for, once for each who wants to know.
    var quietWaits: [Int: LoopTimer] = [:]
    var lastQuietWait = 0
    /// Called once for each worker loop whose connections have all ended, with the number of the round in which it was asked to.
    var drained: ((Int) -> Void)?

    init(_ loop: EventLoop, _ mailbox: Mailbox<ControlPlane>, _ configuration: Configuration, version: String, _ log: Logger) throws {
        self.loop = loop
        self.mailbox = mailbox
        self.configuration = configuration
        self.version = version
        self.log = log
        let settings = configuration.current.settings
        switch settings.source {
        case .sentinels: masterNames = settings.sentinel.masterNames
        case .fixed(let endpoints): masterNames = [settings.sentinel.masterNames.first ?? endpoints.map(\.description).joined(separator: ",")]
        }
        censuses = masterNames.map { _ in ServerCensus() }
        tls = try TLSContexts(settings)
        TLSContexts.warn(settings, log)
    }

    /// Starts to look for masters; routes go to `workers`.
    func start(workers: [Mailbox<Worker>]) {
        workerMailboxes = workers
        if let first = workers.first { for worker in workers { worker.post { $0.archives.home = first } } }
        doubtCounts = workers.map { _ in masterNames.map { _ in 0 } }
        switch settings.source {
        case .fixed(let endpoints):
            fixed = FixedUpstream(self, endpoints, name: masterNames[0])
            fixed?.start()
        case .sentinels:
            watches = masterNames.enumerated().map { MasterWatch(self, index: $0.offset, name: $0.element) }
            watcher = SentinelWatcher(self, masters: watches)
            loop.sleepLimitMilliseconds = Worker.sleepLimitMilliseconds
            loop.slept = { [unowned self] in confirmAnew($0) }
            for watch in watches { watch.start() }
            watcher?.start()
        }
    }

    /// How often each worker loop has doubted each master, as far as is known here: by loop, then by master.
    private(set) var doubtCounts: [[Int]] = []

    /// A worker loop stood still for so long; it has doubted each master so many times by now.
    func loopSlept(_ milliseconds: Int, loop index: Int, counts: [Int]) {
        doubtCounts[index] = counts
        confirmAnew(milliseconds)
    }

    /// A worker loop saw a reply that no usable master gives, and sends nothing more until the master is confirmed.
    func masterDoubted(_ masterIndex: Int, loop index: Int, count: Int) {
        doubtCounts[index][masterIndex] = count
        if watches.indices.contains(masterIndex) { watches[masterIndex].doubted("a reply that no master gives") }
        fixed?.doubted()
    }

    private var linkRefusals = LinkRefusals()

    /// A master refuses the password of a loop's link, in these words; nil where it has taken one again.
    func linksRefused(_ masterIndex: Int, _ words: String?) {
        guard let words else { return linkRefusals.ended(masterIndex) }
        linkRefusals.refused(masterIndex, name: masterNames[masterIndex], words, log, now: loop.nowMilliseconds)
    }

    /// Whether a master refuses the password of the links for clients.
    func areLinksRefused(_ masterIndex: Int) -> Bool { linkRefusals.isRefused(masterIndex, now: loop.nowMilliseconds) }

    /// Nothing that was learned before a standstill counts until it is confirmed.
    private func confirmAnew(_ milliseconds: Int) {
        log.warning("a loop stood still; the master is confirmed anew", metadata: ["milliseconds": "\(milliseconds)"])
        for watch in watches { watch.confirmAnew() }
    }

    func stop() {
        watcher?.stop()
        for watch in watches { watch.stop() }
        fixed?.stop()
    }

    /// Keeps the last quarter of an hour for the status page from now on; `changed` is called when what that shows has changed.
    func gatherHistory(_ changed: @escaping () -> Void) {
        statusChanged = changed
        historyTimer = LoopTimer(loop, milliseconds: TrafficHistory.stepMilliseconds, repeating: true) { [unowned self] in
            collectCounters { [weak self] counters, _ in
                self?.history.add(counters)
                self?.statusChanged?()
            }
        }
    }

    /// Reads the TLS files of every leg again, for connections made from now on; hands back what is wrong with them.
    func rereadTLS() -> [String] {
        let problems = tls.reread(settings, log)
        for worker in workerMailboxes { worker.post { [tls] in $0.tlsChanged(tls) } }
        return problems
    }

    // MARK: What is known

    /// One snapshot per master.
    var topologies: [Topology] { fixed.map { [$0.topology] } ?? watches.map(\.topology) }

    /// Whether each master answered its last question, in the order of ``topologies``.
    var mastersAnswering: [Bool] { fixed.map { [$0.isAnswering] } ?? watches.map(\.isAnswering) }

    /// The last failovers of one master, the oldest first; the one under way stands last.
    func failovers(ofMaster index: Int) -> [FailoverRecord] {
        guard watches.indices.contains(index) else { return [] }
        let timeline = watches[index].recorder.timeline
        return timeline.records + (timeline.current.map { [$0] } ?? [])
    }

    func isFailoverUnderWay(ofMaster index: Int) -> Bool { watches.indices.contains(index) && watches[index].recorder.timeline.current != nil }

    /// Whether every master has been found.
    var isMasterKnown: Bool { topologies.allSatisfy { $0.master != nil } }

    func sentinelStates(masterName: String) -> [Topology.SentinelState] {
        watcher?.states(masterName: masterName, now: loop.nowMilliseconds) ?? []
    }

    /// Asks all sentinels now; for whoever has seen a sign that the master is none any more.
    func askSentinels() { watcher?.askAll() }

    /// A loop saw a link fail. Many such signs make one question.
    func masterMissed() {
        guard loop.nowMilliseconds - hintedAt >= 50 else { return }
        hintedAt = loop.nowMilliseconds
        askSentinels()
        fixed?.missed()
    }

    // MARK: What the watch needs

    /// Gives every loop the snapshot of one master.
    func publish(_ topology: Topology, of index: Int) {
        for worker in workerMailboxes { worker.post { $0.topologyChanged(masterIndex: index, topology) } }
        statusChanged?()
    }

    var refusesWithoutMajority: Bool { settings.sentinel.onQuorumLoss == .refuse }
    /// Whether a fixed server is led to although it refuses the proxy's password, so that clients hear of that, as from Webdis.
    var servesDespiteRefusedPassword: Bool { !settings.source.verifiesRole && settings.http.gateway.isWebdis }
    /// Whether servers that want a password are led to although the proxy has none: clients show theirs.
    var clientsBringPassword: Bool { hasSentinels && redisPassword == nil }
    var hasSentinels: Bool { settings.source == .sentinels }
    var sentinelUser: [UInt8]? { settings.sentinel.credentials?.user.map { Array($0.utf8) } }
    var sentinelPassword: [UInt8]? { settings.sentinel.credentials?.password.revealedBytes }
    /// What the watch's own connections to servers show.
    private var watchCredentials: Credentials? {
        hasSentinels ? settings.sentinel.redisCredentials ?? settings.redis.credentials : settings.redis.credentials
    }
    var redisUser: [UInt8]? { watchCredentials?.user.map { Array($0.utf8) } }
    var redisPassword: [UInt8]? { watchCredentials?.password.revealedBytes }

    /// How sentinels, and servers, are spoken to, for whoever says what is wrong with that.
    var mannerTowardsSentinels: TroubleCause.Manner { .init(showsPassword: sentinelPassword != nil, speaksTLS: tls.sentinel != nil) }
    var mannerTowardsServers: TroubleCause.Manner { .init(showsPassword: redisPassword != nil, speaksTLS: tls.redis != nil) }

    /// How a connection of the watch to a Redis server is made, whose certificate must carry `serverName`.
    func redisConnectOptions(serverName: String) -> ConnectOptions {
        ConnectOptions(
            timeoutMilliseconds: settings.redis.connectTimeoutMilliseconds, userTimeoutMilliseconds: settings.redis.tcpUserTimeoutMilliseconds,
            tls: tls.redis, serverName: serverName)
    }

    func random() -> UInt64 { generator.next() }

}
