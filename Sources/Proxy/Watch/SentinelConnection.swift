import Bytes
import EventLoop
import RESP
import Sentinel

/// What a ``SentinelConnection`` tells the watcher.
protocol SentinelConnectionDelegate: AnyObject {
    func sentinel(_ connection: SentinelConnection, answered answer: SentinelQuerySession.Answer)
    func sentinel(_ connection: SentinelConnection, told event: SentinelEvent)
    /// Connected or lost, subscribed or not.
    func sentinelChanged(_ connection: SentinelConnection)
    /// A connection was lost or could not be made; the pause before the next attempt begins.
    func sentinelFailed(_ connection: SentinelConnection, _ text: String)
}

/// The two connections to one sentinel: one that asks, one that hears its events. Each is made again for ever, with a
/// growing, jittered pause; one that stays silent is given up.
final class SentinelConnection {
    let address: SocketAddress
    /// The sentinel's name or address as configured or announced; what its certificate must carry.
    let endpoint: Endpoint
    /// Whether the configuration names it; others are forgotten when no sentinel tells of them any more.
    let isSeed: Bool
    /// The sentinel's own identity, once known.
    var runID: String?
    /// Another connection reaches the same sentinel already; this one stays closed.
    private(set) var isDuplicate = false
    private(set) var isSubscribed = false
    private(set) var lastEvent: String?
    /// Whether it has refused us on a connection since it last told who it is: it is asked more seldom then.
    private var isRefusing = false
    /// The pause before the next attempt where it refuses us, in milliseconds: only a changed configuration would help.
    private static let refusedPauseMilliseconds = 1000
    /// Whether it has ever told who it is.
    var hasAnswered = false
    /// Masters that it does not monitor, by name.
    var unmonitored: Set<String> = []
    /// Masters for which a majority of their sentinels has named it; a seed needs nobody's word.
    var vouchedMasters: Set<String> = []
    private var events: SentinelEventLog
    private var eventPace = LinePace(linesMax: SentinelConnection.eventsPerSecond, milliseconds: 1000)
    /// Events of one sentinel that are heeded in a second. Whoever sends more is asked all the same.
    private static let eventsPerSecond = 100
    /// The latest claim, by master name.
    var claims: [String: MasterClaim] = [:]
    /// When a sentinel last told of this one, or it answered itself; monotonic milliseconds.
    var lastKnownAt: Int

    /// When the questions were sent whose answers come next; monotonic milliseconds.
    private(set) var askedAt = 0

    private let control: ControlPlane
    private unowned let delegate: any SentinelConnectionDelegate
    private var query: Channel?
    private var subscription: Channel?
    private var querySession: SentinelQuerySession
    private var subscriptionSession = SentinelSubscriptionSession()
    private var poll: LoopTimer?
    private var failoverAnswered: ((String?) -> Void)?

    init(
        _ control: ControlPlane, _ address: SocketAddress, _ endpoint: Endpoint, isSeed: Bool, runID: String?,
        delegate: any SentinelConnectionDelegate
    ) {
        self.control = control
        self.address = address
        self.endpoint = endpoint
        self.isSeed = isSeed
        self.runID = runID
        self.delegate = delegate
        events = SentinelEventLog(control.log, address)
        lastKnownAt = control.loop.nowMilliseconds
        querySession = SentinelQuerySession(masterNames: control.settings.sentinel.masterNames)
    }

    /// How the agreement counts it.
    var id: SentinelID { SentinelID(runID ?? address.description) }

    var isConnected: Bool { query?.isOpen ?? false }

    /// Whether it has a say about a master: of the sentinels that others name only those that have answered, since nobody
    /// knows whether the rest exist.
    func counts(for masterName: String) -> Bool {
        !isDuplicate && !unmonitored.contains(masterName) && (isSeed || hasAnswered && vouchedMasters.contains(masterName))
    }

    func start() {
        // Subscribed before asked, so that no event falls between the two.
        subscription = Channel(self, isQuery: false)
        query = Channel(self, isQuery: true)
        subscription?.connect()
        query?.connect()
        schedulePoll()
    }

    func stop() {
        poll = nil
        query?.close()
        subscription?.close()
        query = nil
        subscription = nil
        isSubscribed = false
    }

    func markDuplicate() {
        isDuplicate = true
        stop()
    }

    /// Asks for everything, at once; behind the questions under way, if there are any.
    func ask() {
        guard let query, query.isOpen else { return }
        if !querySession.isAsking { askedAt = control.loop.nowMilliseconds }
        query.send(querySession.ask())
    }

    /// Asks this sentinel for a failover now; `done` gets its refusal, or nil where it has begun one.
    func failOver(_ masterName: String, _ done: @escaping (String?) -> Void) {
        guard let query, query.isOpen else { return done("the sentinel is not connected") }
        failoverAnswered?("another failover was asked for")
        failoverAnswered = done
        query.send(querySession.failOver(masterName))
    }

    private func failoverEnded(_ refusal: String?) {
        let done = failoverAnswered
        failoverAnswered = nil
        done?(refusal)
    }

    private func schedulePoll() {
        let interval = control.settings.sentinel.pollIntervalMilliseconds
        let jitter = Int(control.random() % UInt64(max(1, interval / 5)))
        poll = LoopTimer(control.loop, milliseconds: interval - interval / 10 + jitter) { [unowned self] in
            ask()
            subscription?.checkSilence()
            query?.checkSilence()
            if let subscription, subscription.isOpen { subscription.send(subscriptionSession.ping()) }
            events.timePassed(now: control.loop.nowMilliseconds)
            schedulePoll()
        }
    }

    private func heard(_ event: SentinelEvent) {
        let now = control.loop.nowMilliseconds
        guard eventPace.takes(now: now) else { return events.dropped() }
        lastEvent = "\(event.name) \(event.details)"
        events.heard(event, now: now)
        delegate.sentinel(self, told: event)
    }

    fileprivate func opened(_ channel: Channel) {
        let user = control.sentinelUser
        let password = control.sentinelPassword
        if channel.isQuery {
            querySession = SentinelQuerySession(masterNames: control.settings.sentinel.masterNames)
            askedAt = control.loop.nowMilliseconds
            channel.send(querySession.opened(user: user, password: password))
        } else {
            subscriptionSession = SentinelSubscriptionSession()
            channel.send(subscriptionSession.opened(user: user, password: password))
        }
        delegate.sentinelChanged(self)
    }

    fileprivate func received(_ channel: Channel, _ bytes: UnsafeRawBufferPointer) throws(ReplyError) {
        if channel.isQuery {
            let (answers, output) = try querySession.received(bytes)
            for answer in answers {
                switch answer {
                case .failoverAnswered(let refusal): failoverEnded(refusal)
                case .refused: isRefusing = true
                case .identified: isRefusing = false
                case .reported, .monitors: break
                }
                if case .failoverAnswered = answer {} else { delegate.sentinel(self, answered: answer) }
            }
            if !output.isEmpty { askedAt = control.loop.nowMilliseconds }
            channel.send(output)
            return
        }
        for notice in try subscriptionSession.received(bytes) {
            switch notice {
            case .subscribed:
                isSubscribed = true
                delegate.sentinelChanged(self)
                ask()
            case .event(let event): heard(event)
            case .refused(let text):
                isRefusing = true
                delegate.sentinelFailed(self, text)
            }
        }
    }

    fileprivate func lost(_ channel: Channel, _ text: String) {
        if channel.isQuery { failoverEnded("the sentinel was lost before it answered") } else { isSubscribed = false }
        delegate.sentinelFailed(self, text)
        delegate.sentinelChanged(self)
    }

    fileprivate var connectOptions: ConnectOptions {
        ConnectOptions(
            timeoutMilliseconds: control.settings.sentinel.connectTimeoutMilliseconds,
            userTimeoutMilliseconds: control.settings.sentinel.silenceTimeoutMilliseconds, tls: control.tls.sentinel,
            serverName: endpoint.host)
    }

    /// One of the two connections, with its backoff and its watch for silence.
    fileprivate final class Channel: StreamSocketDelegate {
        let isQuery: Bool
        private unowned let owner: SentinelConnection
        private var socket: StreamSocket?
        private var backoff: ReconnectBackoff
        private var retry: LoopTimer?
        private var lastReceived = 0
        private(set) var isOpen = false

        init(_ owner: SentinelConnection, isQuery: Bool) {
            self.owner = owner
            self.isQuery = isQuery
            let settings = owner.control.settings.sentinel
            backoff = ReconnectBackoff(
                minMilliseconds: settings.reconnectMinMilliseconds, maxMilliseconds: settings.reconnectMaxMilliseconds)
        }

        private var loop: EventLoop { owner.control.loop }

        func connect() {
            retry = nil
            socket = StreamSocket(loop, to: owner.address, options: owner.connectOptions, delegate: self)
        }

        func close() {
            retry = nil
            isOpen = false
            let gone = socket
            socket = nil
            gone?.close()
        }

        func send(_ bytes: [UInt8]) { if !bytes.isEmpty { socket?.send(bytes) } }

        /// Gives the connection up when nothing has come for too long: each poll makes a living peer answer.
        func checkSilence() {
            guard isOpen, loop.nowMilliseconds - lastReceived > owner.control.settings.sentinel.silenceTimeoutMilliseconds
            else { return }
            fail("silent for too long")
        }

        func streamOpened(_ socket: StreamSocket) {
            isOpen = true
            lastReceived = loop.nowMilliseconds
            owner.opened(self)
        }

        func stream(_ socket: StreamSocket, received bytes: UnsafeRawBufferPointer) {
            guard socket === self.socket else { return }
            lastReceived = loop.nowMilliseconds
            backoff.succeeded()
            do { try owner.received(self, bytes) } catch { fail("unreadable reply: \(error.kind)") }
        }

        func streamReachedEnd(_ socket: StreamSocket) { if socket === self.socket { fail("closed by the sentinel") } }
        func streamDrained(_ socket: StreamSocket) {}
        func streamClosed(_ socket: StreamSocket, reason: StreamCloseReason) {
            if socket === self.socket { fail(reason.description) }
        }

        private func fail(_ text: String) {
            close()
            let ceiling = owner.control.isMasterKnown ? Int.max : SentinelWatcher.reconnectCeilingWithoutMaster
            let usual = backoff.next(random: owner.control.random(), ceilingMilliseconds: ceiling)
            let pause = owner.isRefusing ? max(usual, SentinelConnection.refusedPauseMilliseconds) : usual
            retry = LoopTimer(loop, milliseconds: pause) { [unowned self] in connect() }
            owner.lost(self, text)
        }
    }
}
