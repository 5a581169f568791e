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
    /// Shared links that may be replaced at a time because a command holds them up.
    private static let stalledLinksMax = 4
    /// For how long a refusal holds that Redis gave to a kind of link.
    private static let refusalMilliseconds = 1000

    let loop: EventLoop
    let worker: Worker
    /// New ones hold for links that are made from then on.
    var settings: UpstreamSettings {
        didSet {
            identities.change(own: settings.user, settings.password)
            areLinksRefused = false
        }
    }
    /// Whether the last link in the proxy's own name failed for its password.
    private var areLinksRefused = false {
        didSet { if oldValue, !areLinksRefused { worker.linksRefused(masterIndex: masterIndex, nil) } }
    }
    let masterIndex: Int
    let census: ServerCensus
    /// What links speak TLS with; nil for plain ones.
    var tls: TLSClientContext?
    private(set) var route: MasterRoute?
    /// What the control loop last said of the master.
    var topology: Topology
    /// Since when nothing has been sent, though the links are there.
    private var suspendedSince: Int?
    private var hold: Hold?
    private var settlingCount = 0
    private var isWakingDue = false
    var isAskingServer = false
    var links: [ObjectIdentifier: UpstreamLink] = [:]
    var groups: [SharedLinkGroup] = []
    var rerunLinkCount = 0
    var lostRequests = LostRequests()
    /// Links that take no more requests and await their last replies.
    private(set) var retiredLinks: [SharedLink] = []
    let idle: IdleLinks
    let ownReplies = OwnRepliesReserve()
    var identities: ClientIdentities
    /// What the master said of itself in reply to HELLO 2 and HELLO 3.
    var facts: [Int: ServerFacts] = [:]
    var demandsPassword = false
    var access = DefaultUserAccess()
    var idleMillisecondsMax = Int.max
    var namedLinkCount = 0
    let scripts: MasterScripts
    /// What HTTP and WebSocket clients listen to.
    private(set) lazy var channels = ChannelHubs(self, worker, countMax: settings.subscriptionLinks)
    private var waiters: [ObjectIdentifier: any MasterWaiter] = [:]

    init(_ worker: Worker, masterIndex: Int, name: String, settings: UpstreamSettings, tls: TLSClientContext?, _ census: ServerCensus) {
        self.worker = worker
        topology = Topology(masterName: name)
        self.masterIndex = masterIndex
        self.settings = settings
        self.census = census
        loop = worker.loop
        identities = ClientIdentities(own: settings.user, settings.password, countMax: settings.identitiesMax)
        scripts = MasterScripts(bytesMax: settings.keepsClients ? settings.scriptMemoryBytes : 0, nestingDepthMax: settings.nestingDepthMax)
        idle = IdleLinks(warmCount: settings.warmLinks, timeoutMilliseconds: settings.idleLinkTimeoutMilliseconds)
        // Most clients have settled nothing, and the first of them finds its place.
        groups = [SharedLinkGroup(SessionState().shared, count: settings.sharedLinksPerLoop)]
        idle.wasLost = { [unowned self] link, reason in
            idleLinkEnded(link, reason)
            loop.atTurnEnd { [self] in warmUp() }
        }
        self.tls = tls
    }

    /// Clients that wait at the master before this one.
    private var parting: Parting?

    /// The links of clients that wait for something, with nothing else under way, and their ids at the server.
    var blockedLinks: [(link: UpstreamLink, id: Int)] {
        links.values.compactMap { link in link.serverID.flatMap { link.carriesOnlyWait ? (link, $0) : nil } }
    }

    /// The generation that was served last, and when another came behind it.
    private var servedGeneration: UInt64?
    private var switchedAt: Int?

    /// Whether the master has changed so lately that its replicas may yet have to come: what it refuses for want of them is tried again.
    var awaitsReplicas: Bool { settings.keepsClients && switchedAt.map { loop.nowMilliseconds - $0 < holdMilliseconds } ?? false }

    private var disavowals = Disavowals()

    /// Whether a reply by which the server is no master is to be believed.
    var believesDisavowals: Bool { settings.keepsClients && disavowals.areBelieved(now: loop.nowMilliseconds) }

    /// A server that was in use has said that it is no master.
    func disavowed() { if route != nil { disavowals.note(now: loop.nowMilliseconds) } }

    /// Why nothing can be sent, in words for the client.
    var unavailableReason: String {
        if topology.isPaused { return Hold.pause.reason }
        if suspendedSince != nil, let hold { return hold.reason }
        if case .unavailable(let reason) = topology.availability { return reason }
        if route == nil { return "the master is being changed" }
        return isServerFull ? "max number of clients reached at the master" : "the master does not answer"
    }

    /// Until when Redis holds up writes, since a client has said CLIENT PAUSE; 0 for no such time.
    var pausedUntilMilliseconds = 0
    var serverIsPaused: Bool { pausedUntilMilliseconds > loop.nowMilliseconds }

    /// Whether there is a master to send to.
    var hasRoute: Bool { route != nil }

    /// Whether a link was lost, or could not be made, and none has settled since.
    private var isLost = false
    /// Whether the server had no room for the last link.
    private var isServerFull = false
    /// Whether there is a master that answers, as far as is known.
    var isServing: Bool { hasRoute && !isLost }

    /// Number of links, settled or not.
    var linkCount: Int { links.count }
    /// Adds up what links do: those left over are clients' own.
    func countLinks(in counters: inout LoopCounters) {
        counters.linksShared += groups.reduce(0) { $0 + $1.links.count { $0?.isAccepting == true } }
        counters.linksIdle += idle.count
        counters.linksSettling += settlingCount
    }
    var waiterCount: Int { waiters.count }
    /// Bytes that wait for Redis to read.
    var bufferedBytes: Int { links.values.reduce(0) { $0 + $1.unsentBytes } }

    // MARK: The route

    /// Cuts every link by RST and forgets the route; nothing is sent until ``open(_:)``.
    ///
    /// - Parameter isEnd: whether the whole process ends, so that nobody waits on elsewhere.
    func fence(isEnd: Bool = false) {
        closeRoute()
        suspendedSince = nil
        facts = [:]
        access.forget(now: loop.nowMilliseconds)
        idleMillisecondsMax = .max
        pausedUntilMilliseconds = 0
        parting?.end()
        parting = isEnd ? nil : beginParting()
        idle.removeAll()
        for link in Array(links.values) where !link.isParting {
            worker.counters.linksFenced += 1
            link.fence()
        }
    }

    /// Lets links be made to `route`, and those that were suspended in the same generation go on.
    func open(_ route: MasterRoute) {
        if let servedGeneration, servedGeneration != route.generation { switchedAt = loop.nowMilliseconds }
        servedGeneration = route.generation
        self.route = route
        isLost = false
        suspendedSince = nil
        hold = nil
        for link in links.values where !link.isParting { link.resumeWriting() }
        loadScripts()
        wakeWaiters()
        warmUp()
    }

    private func closeRoute() {
        // Of who comes to wait from now on each counts himself.
        if route != nil { worker.counters.clientsHeld += waiters.count }
        route = nil
    }

    /// Sends nothing more, and keeps the links, until the route is opened again or fenced.
    func suspend(_ reason: Hold) {
        hold = reason
        guard route != nil else { return }
        closeRoute()
        suspendedSince = loop.nowMilliseconds
        for link in Array(links.values) {
            // The role that an unsettled link is told may be from before the sleep.
            if link.isReady { link.holdWriting() } else { link.abandon("not settled before a pause") }
        }
    }

    // MARK: Who waits

    /// Lets those who wait try again. Called on a new route, and by the sweep while links to it fail.
    func wakeWaiters() {
        guard route != nil else { return }
        for waiter in Array(waiters.values) where settlingCount < Self.settlingMax { waiter.masterMayBeReachable() }
    }

    /// A link is settled, so the next may set out; or it has failed, and then the next attempt is left to the sweep, since
    /// it may well fail at once again.
    func settlingEnded(inSuccess: Bool) {
        settlingCount -= 1
        if inSuccess { (isLost, areLinksRefused, isServerFull) = (false, false, false) }
        wakeLater(inSuccess)
    }

    func wakeLater(_ isDue: Bool = true) {
        guard isDue, !isWakingDue else { return }
        isWakingDue = true
        loop.atTurnEnd { [self] in
            isWakingDue = false
            warmUp()
            wakeWaiters()
        }
    }

    func addWaiter(_ waiter: any MasterWaiter) { waiters[ObjectIdentifier(waiter)] = waiter }
    func removeWaiter(_ waiter: any MasterWaiter) { waiters[ObjectIdentifier(waiter)] = nil }

    // MARK: Links for one owner

    /// A link that carries `state`, for `owner` alone: one that lies ready, or a new one that is yet to settle. Nil while
    /// there is no master, when the loop has as many as it may have, or while too many are on their way: who waits is
    /// woken.
    ///
    /// - Parameters:
    ///   - afterWrites: whether WAIT on it is to mean all writes that have been answered until now.
    ///   - mayCallScripts: whether a script may be called on it, so that a new master must have them first.
    ///   - isNew: whether it is to be a new one, whose settling shows that the server answers.
    func link(
        carrying state: SessionState, afterWrites: Bool = false, mayCallScripts: Bool = true, isNew: Bool = false, for owner: any UpstreamLinkOwner
    ) -> UpstreamLink? {
        guard route != nil, !mayCallScripts || !scripts.isLoading else { return nil }
        guard !isNew, let link = idle.take(carrying: state) else { return newLink(carrying: state, for: owner) }
        if link.carried == state, !afterWrites {
            link.lend(to: owner)
            return link
        }
        guard var preparation = LinkPreparation(from: link.carried, to: state) else {
            link.release()
            return nil
        }
        if afterWrites { preparation.noteReplicationOffset() }
        link.lend(to: owner, state, preparation)
        return link
    }

    func newLink(carrying state: SessionState, isForLookOnly: Bool = false, for owner: any UpstreamLinkOwner) -> UpstreamLink? {
        guard let route, settlingCount < Self.settlingMax else { return nil }
        guard links.count < settings.linksMax else {
            worker.boundReached("redis.dedicated_links_max")
            // Those that lie ready are for other users. The place is free when the link is gone, and who waits is woken.
            if owner !== idle { idle.releaseOldest() }
            return nil
        }
        // In a name that is forgotten nobody speaks; least of all as the proxy itself.
        guard identities.isKnown(state.identity) else { return nil }
        settlingCount += 1
        let client = identities.credentials(of: state.identity)
        var handshake = UpstreamHandshake(
            user: settings.user, password: state.identity == SessionState.stranger ? nil : settings.password, client: client, clientComesFirst: demandsPassword, database: state.database,
            protocolVersion: state.protocolVersion, clientName: state.name,
            asksForFacts: facts[state.protocolVersion] == nil, asksForID: settings.keepsClients && !isForLookOnly, verifiesRole: settings.verifiesRole)
        handshake.takesUndisclosedRole = state.identity == SessionState.stranger
        handshake.mustBeServed = state.identity == 0 && judgesStrangers
        handshake.mustBeRefused = state.identity == SessionState.stranger
        handshake.introducer = identities.introducer(of: state.identity)
        let link = UpstreamLink(self, route, handshake, carrying: state, owner: owner)
        link.isForLookOnly = isForLookOnly
        links[ObjectIdentifier(link)] = link
        census.addLinks(1)
        worker.counters.linksOpened += 1
        return link
    }

    /// Makes one link more where fewer lie ready than should, one at a time.
    private func warmUp() {
        guard route != nil, !census.isMonitored, let missing = idle.missing else { return }
        if missing.identity != 0 || !judgesStrangers || !access.wasRefused { idle.settling = newLink(carrying: missing, for: idle) }
    }

    // MARK: Links that many share

    /// The shared link for a client in `slot` whose state is `state`.
    func sharedLink(carrying state: SessionState, slot: Int) -> SharedLinkAnswer {
        guard route != nil else { return .waiting }
        let wanted = state.shared
        var index = groups.firstIndex { $0.state == wanted }
        if index == nil {
            // Databases that anybody may name must not make the table grow without bound.
            guard groups.count < settings.groupsMax || dropIdleGroup() else {
                worker.boundReached("kinds of shared links")
                return .exhausted
            }
            groups.append(SharedLinkGroup(wanted, count: settings.sharedLinksPerLoop))
            index = groups.count - 1
        }
        guard let index else { return .waiting }
        if let refusal = groups[index].refusal {
            if loop.nowMilliseconds - refusal.at < Self.refusalMilliseconds { return .refused(refusal.text) }
            groups[index].refusal = nil
        }
        let place = slot % groups[index].links.count
        if let link = groups[index].links[place], !link.isGone { return link.isAccepting ? .ready(link) : .waiting }
        if standsOtherwise(wanted.identity) { return .standsOtherwise }
        var carried = wanted
        carried.name = settings.sharedLinkName
        groups[index].links[place] = SharedLink(self, worker, state: carried)
        guard let link = groups[index].links[place], link.isAccepting else { return .waiting }
        return .ready(link)
    }

    /// `link` takes no more requests: the next of its kind is another.
    func retired(_ link: SharedLink) {
        for group in groups.indices {
            for place in groups[group].links.indices where groups[group].links[place] === link { groups[group].links[place] = nil }
        }
        retiredLinks.removeAll { $0.isGone }
        if !link.isGone { retiredLinks.append(link) }
    }

    private func dropIdleGroup() -> Bool {
        guard let index = groups.firstIndex(where: { $0.state != SessionState() && $0.isIdle }) else { return false }
        let group = groups.remove(at: index)
        for link in group.links { link?.release() }
        return true
    }

    // MARK: Time

    /// Looks after those who wait, gives up shared links on which a reply is overdue, and all links when a suspension lasts too long.
    func sweep(now: Int) {
        if let suspendedSince, now - suspendedSince > holdMilliseconds { fence() }
        var stalledCount = retiredLinks.count { $0.standsStill(now: now) }
        if stalledCount > 0, route != nil { askWhetherServerAnswers() }
        for group in groups {
            for case let link? in group.links {
                look(after: link, now)
                // Where the server itself stands still, more links are of no use.
                guard stalledCount < Self.stalledLinksMax, link.standsStill(now: now) else { continue }
                stalledCount += 1
                link.retire()
            }
        }
        for link in retiredLinks { look(after: link, now) }
        if !retiredLinks.isEmpty { retiredLinks.removeAll { $0.isGone } }
        idle.sweep(now: now)
        lookAfterLinksAndAccess(now: now)
        loadScripts()
        warmUp()
        guard !waiters.isEmpty else { return }
        for waiter in Array(waiters.values) { waiter.giveUpWaiting(now: now) }
        wakeWaiters()
    }

    func linkEnded(_ link: UpstreamLink, _ reason: LinkEnd) {
        if link.isParting { return }
        switch reason {
        case .fenced: return
        case .handshake(let failure) where tellsOfAccess(link, failure) || failure == .passwordMustComeFirst:
            if failure == .passwordMustComeFirst { demandsPassword = true }
            worker.counters.linksFailed += 1
            return wakeLater()
        // What a client wants and Redis does not grant is no reason to doubt the master.
        case .handshake(.refused): return worker.counters.linksFailed += 1
        case .handshake(.authentication) where link.carried.identity != 0: return worker.counters.linksFailed += 1
        case .handshake(.authentication(let words)) where !settings.tellsOfRefusedPassword:
            worker.counters.linksFailed += 1
            areLinksRefused = true
            worker.linksRefused(masterIndex: masterIndex, words)
        case .handshake(.full):
            worker.counters.linksFailed += 1
            isServerFull = true
            if link.isForLookOnly { couldNotLook() }
            return worker.boundReached("maxclients of Redis", "links to it wait for room")
        case .handshake, .unreachable: worker.counters.linksFailed += 1
        case .lost: break
        }
        isLost = true
        worker.linkFailed(masterIndex: masterIndex, generation: link.generation, "\(reason)")
    }
}
