import Bytes
import EventLoop
import Forwarding
import Logging
import Observability
import RESP
import Sentinel

/// Whoever waits for a master on one loop.
protocol MasterWaiter: AnyObject {
    /// A master may be reachable (again): try.
    func masterMayBeReachable()
    /// Time passed: gives up what has waited for too long.
    func giveUpWaiting(now: Int)
}

/// All links of one loop to one master, and those who wait for it.
///
/// A route comes and goes as the directory says: ``fence()`` cuts every link, ``open(_:)`` lets new ones be
/// made. Between the two nothing is sent to anybody.
final class UpstreamPool {
    /// Links that may be on their way at a time. More would overflow the server's queue of new connections
    /// (`tcp-backlog`, 511), and a connect that falls out of it is tried again only after a second.
    private static let settlingMax = 128

    let loop: EventLoop
    private let worker: Worker
    private let settings: UpstreamSettings
    private let masterIndex: Int
    /// What links speak TLS with; nil for plain ones.
    var tls: TLSClientContext?
    private(set) var route: MasterRoute?
    /// What the control loop last said of the master.
    var topology: Topology
    private var suspendedSince: Int?
    private var settlingCount = 0
    private var isWakingDue = false
    private var links: [ObjectIdentifier: UpstreamLink] = [:]
    private var shared: [Int: [SharedLink]] = [:]
    private var nextShared = 0
    private var waiters: [ObjectIdentifier: any MasterWaiter] = [:]

    init(_ worker: Worker, masterIndex: Int, name: String, settings: UpstreamSettings, tls: TLSClientContext?) {
        self.worker = worker
        topology = Topology(masterName: name)
        self.masterIndex = masterIndex
        self.settings = settings
        loop = worker.loop
        self.tls = tls
    }

    /// Why nothing can be sent, in words for the client.
    var unavailableReason: String {
        if suspendedSince != nil { return "the master is being confirmed after a pause" }
        if case .unavailable(let reason) = topology.availability { return reason }
        return route == nil ? "the master is being changed" : "the master does not answer"
    }

    var bufferBytes: Int { settings.linkBufferBytes }
    var settleTimeoutMilliseconds: Int { settings.connectTimeoutMilliseconds }
    var sharedLinkName: String { settings.sharedLinkName }
    var replyBytesMax: Int { settings.replyBytesMax }
    var nestingDepthMax: Int { settings.nestingDepthMax }

    /// Number of links, settled or not.
    var linkCount: Int { links.count }

    func connectOptions(serverName: String) -> ConnectOptions {
        ConnectOptions(
            timeoutMilliseconds: settings.connectTimeoutMilliseconds,
            userTimeoutMilliseconds: settings.userTimeoutMilliseconds, tls: tls, serverName: serverName)
    }

    // MARK: The route

    /// Cuts every link by RST and forgets the route; nothing is sent until ``open(_:)``.
    func fence() {
        route = nil
        suspendedSince = nil
        for link in Array(links.values) {
            worker.counters.linksFenced += 1
            link.fence()
        }
    }

    /// Lets links be made to `route`, and those that were suspended in the same generation go on.
    func open(_ route: MasterRoute) {
        self.route = route
        suspendedSince = nil
        for link in links.values { link.resumeWriting() }
        wakeWaiters()
    }

    /// Sends nothing more, and keeps the links, until the route is opened again or fenced: for a loop that has slept and
    /// does not know what happened meanwhile.
    func suspend() {
        guard route != nil else { return }
        route = nil
        suspendedSince = loop.nowMilliseconds
        for link in Array(links.values) {
            // The role that an unsettled link is told may be from before the sleep.
            if link.isReady { link.holdWriting() } else { link.abandon("not settled before a pause") }
        }
    }

    /// Lets those who wait try again. Called on a new route, and by the sweep while links to it fail.
    func wakeWaiters() {
        guard route != nil else { return }
        for waiter in Array(waiters.values) where settlingCount < Self.settlingMax { waiter.masterMayBeReachable() }
    }

    /// A link is settled, so the next may set out; or it has failed, and then the next attempt is left to the sweep, since
    /// it may well fail at once again.
    func settlingEnded(inSuccess: Bool) {
        settlingCount -= 1
        guard inSuccess, !waiters.isEmpty, !isWakingDue else { return }
        isWakingDue = true
        loop.atTurnEnd { [self] in
            isWakingDue = false
            wakeWaiters()
        }
    }

    func addWaiter(_ waiter: any MasterWaiter) { waiters[ObjectIdentifier(waiter)] = waiter }
    func removeWaiter(_ waiter: any MasterWaiter) { waiters[ObjectIdentifier(waiter)] = nil }

    // MARK: Links

    /// A link for `owner` alone; nil while there is no master, when the loop has as many as it may have, or
    /// while too many are on their way: who waits is woken.
    ///
    /// - Parameter name: what CLIENT LIST shows for it; a client's own link has the name that the client gives it.
    func dedicatedLink(database: Int = 0, name: String = "", for owner: any UpstreamLinkOwner) -> UpstreamLink? {
        guard let route, links.count < settings.linksMax, settlingCount < Self.settlingMax else { return nil }
        settlingCount += 1
        let link = UpstreamLink(self, route, handshake(database: database, name: name), owner: owner)
        links[ObjectIdentifier(link)] = link
        worker.counters.linksOpened += 1
        return link
    }

    /// A link that many requests share, for one database; nil while there is no master.
    func sharedLink(database: Int) -> SharedLink? {
        guard route != nil else { return nil }
        var candidates = shared[database] ?? []
        candidates.removeAll(where: \.isGone)
        if candidates.count < settings.sharedLinksPerLoop {
            // A database that nobody may choose must not let the table grow without bound.
            guard shared[database] != nil || shared.count < settings.databasesMax || dropIdleDatabase() else { return nil }
            guard let link = SharedLink(self, worker, database: database) else { return nil }
            candidates.append(link)
        }
        shared[database] = candidates
        nextShared &+= 1
        return candidates[nextShared % candidates.count]
    }

    /// A link for one request that may block or leave something behind; nil while there is no master.
    func exclusiveLink(database: Int) -> SharedLink? { SharedLink(self, worker, database: database) }

    private func dropIdleDatabase() -> Bool {
        guard let (database, links) = shared.first(where: { $0.key != 0 && $0.value.allSatisfy(\.isIdle) }) else { return false }
        for link in links { link.release() }
        shared[database] = nil
        return true
    }

    /// Looks after those who wait, gives up shared links on which a reply is overdue, and all links when a suspension lasts too long.
    func sweep(now: Int) {
        if let suspendedSince, now - suspendedSince > worker.holdMilliseconds { fence() }
        if settings.commandTimeoutMilliseconds > 0 {
            for link in shared.values.joined() { link.giveUpIfOverdue(now: now, limit: settings.commandTimeoutMilliseconds) }
        }
        guard !waiters.isEmpty else { return }
        for waiter in Array(waiters.values) { waiter.giveUpWaiting(now: now) }
        wakeWaiters()
    }

    func linkEnded(_ link: UpstreamLink, _ reason: LinkEnd) {
        switch reason {
        case .fenced, .local: return
        case .handshake, .unreachable: worker.counters.linksFailed += 1
        case .lost: break
        }
        worker.linkFailed(masterIndex: masterIndex, generation: link.generation, "\(reason)")
    }

    func forget(_ link: UpstreamLink) { links[ObjectIdentifier(link)] = nil }

    private func handshake(database: Int, name: String) -> UpstreamHandshake {
        UpstreamHandshake(
            user: settings.user, password: settings.password, database: database, clientName: name,
            verifiesRole: settings.verifiesRole)
    }
}

/// What a pool needs of the settings, ready for use on a loop.
struct UpstreamSettings: Sendable {
    var user: [UInt8]?
    var password: [UInt8]?
    var verifiesRole: Bool
    var connectTimeoutMilliseconds: Int
    var userTimeoutMilliseconds: Int
    var commandTimeoutMilliseconds: Int
    var linkBufferBytes: Int
    var linksMax: Int
    /// Name of shared links; none when empty.
    var sharedLinkName: String
    var sharedLinksPerLoop: Int
    var replyBytesMax: Int
    var nestingDepthMax: Int
    /// Databases that shared links are kept for at a time.
    let databasesMax = 64
}
