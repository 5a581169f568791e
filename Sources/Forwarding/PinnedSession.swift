import Bytes
import RESP

/// The state of a client's own link while it has one: what is awaited on it, and what keeps the client there.
///
///     pinned ──nothing awaited, no transaction, no watch, no subscription, nothing else left behind──▶ over
///
/// What the client has settled is learned from the replies. Whether anybody else may use the link after it is not: that is
/// decided by what was sent (``CommandKind/leavesLinkClean``), whatever was answered.
///
/// Whatever cannot be followed to its end keeps the client on the link for life (``stays``). Where not even the replies can be
/// told from each other, the link's bytes just pass (``isEndless``).
struct PinnedSession {
    /// A subscription, or the end of one, that the server has confirmed.
    struct Confirmation: Equatable {
        var kind: SubscriptionKind
        var isNew: Bool
        /// How many names of its request stand from this one on, where the request names any; nil for one that nobody made.
        var left: Int?
    }

    /// What a reply means beyond itself.
    enum Effect: Equatable {
        case none
        /// The link's id, of which the client knows from now on.
        case id(Int)
        case database(Int)
        case greeted(HelloRequest)
        case name([UInt8])
        case authenticated(user: [UInt8]?, password: [UInt8])
        case loginRefused(user: [UInt8]?)
        case paused(milliseconds: Int)
        case reconfigured
        case reset
    }

    private(set) var awaited = ExpectationQueue()
    /// What the last reply has confirmed.
    private(set) var confirmation: Confirmation?
    private(set) var isInTransaction = false
    private(set) var isWatching = false
    /// Subscriptions that stand, by kind.
    private var subscriptions = SubscriptionCounts()
    /// After CLIENT REPLY OFF.
    private(set) var isSilent = false
    /// After CLIENT REPLY SKIP.
    private(set) var skipsNextReply = false
    /// The last thing sent gets no reply, so that nobody knows when it has run.
    private(set) var isUnconfirmed = false
    private(set) var isTracking = false
    private(set) var isNotEvicted = false
    private(set) var isNotTouching = false
    /// Something may be left behind that only the link's end takes away.
    var stays = false
    /// Something is left behind that cannot be made anew on another link.
    var isIrreplaceable = false
    /// The client sees what the server is asked, and nothing else.
    private(set) var isMonitoring = false
    /// RESET has been sent behind MONITOR: its reply stands somewhere among what the server shows.
    var awaitsResetOfMonitor = false
    /// Replies match requests no more: the link's bytes just pass.
    var isEndless = false
    /// Part of a large request has gone upstream.
    var isStreaming = false
    /// Whether the link must not be used by anybody after this client: something was sent on it that may have touched the state
    /// of the connection.
    private(set) var isSpent = false
    /// MULTI was sent, and EXEC or DISCARD was not. Redis's replies have the last word; until they are in, this tells whether a
    /// blocking command is likely to block.
    private var asksForTransaction = false
    /// What a CLIENT PAUSE or UNPAUSE that is queued in the transaction will do, in milliseconds.
    private var queuedPause: Int?

    /// Whether nothing keeps the client on this link.
    var isOver: Bool { awaited.isEmpty && leavesNothing }

    /// Whether nothing but replies is awaited of the link.
    var leavesNothing: Bool {
        !isInTransaction && !isWatching && !isSubscribed && !isSilent && !isUnconfirmed && !isTracking
            && !isNotEvicted && !isNotTouching && !stays && !isEndless && !isStreaming
    }

    var isSubscribed: Bool { !subscriptions.isNone }
    /// Whether the server may send what answers nothing, at any time: then nothing may come from another link.
    var isSentMessages: Bool { isSubscribed || isTracking || isMonitoring || isEndless }
    var isBlocking: Bool { awaited.blockingCount > 0 }

    /// How much of the next reply must be seen, beside its first byte.
    var replyReading: ReplyReading {
        if isSubscribed { return .all }
        guard let first = awaited.first else { return .nothing }
        return first.reading
    }

    /// Whether the server may send what answers no request of the client's. On a clean link it may not: a message there is
    /// somebody else's, and nobody's to read.
    var mayReceivePushes: Bool { isSpent }

    /// Whether a request must wait until what is awaited has come. Subscriptions and other requests do not mix, since their
    /// replies could not be told apart; behind MONITOR and RESET the link is another; a wait ends when it ends; and whatever may touch the connection's
    /// state is sent only once the replies have told whether a transaction has begun.
    func mustWait(_ kind: CommandKind) -> Bool {
        guard !isEndless, let first = awaited.first else { return false }
        // It would run at the end of the wait, perhaps on a server that is being left just then: nothing goes out behind a wait.
        if isBlocking { return true }
        if awaited.last == .monitor || awaited.last == .reset || awaited.asksForLogin { return true }
        switch first {
        case .subscribe, .unsubscribe: return !Self.isAboutSubscriptions(kind) || isInTransaction
        default: return !kind.leavesLinkClean
        }
    }

    private static func isAboutSubscriptions(_ kind: CommandKind) -> Bool {
        switch kind {
        case .subscribe, .psubscribe, .ssubscribe, .unsubscribe, .punsubscribe, .sunsubscribe: true
        default: false
        }
    }

    /// Whether the client can be kept when this link is lost: whatever is left behind can be made anew, and nothing was sent
    /// of which nobody would ever hear.
    ///
    /// - Parameter tracking: the CLIENT TRACKING in force.
    func canLoseLink(protocolVersion: Int, tracking: [UInt8]?) -> Bool {
        // In version 2 the invalidations go to another connection, whose id is gone as well.
        if isTracking, protocolVersion != 3 || tracking == nil { return false }
        return (!isEndless || isMonitoring) && !isSilent && !isUnconfirmed && !isIrreplaceable && !awaited.contains(.replyOn)
    }

    /// As on a new link; the queue's memory stays.
    mutating func restart() {
        var queue = ExpectationQueue()
        swap(&queue, &awaited)
        self = PinnedSession()
        queue.removeAll()
        awaited = queue
    }

    /// All that a lost link had is on this one.
    mutating func restored(_ restoration: LinkRestoration) {
        subscriptions = restoration.subscriptions.counts
        isTracking = restoration.tracking != nil
        isNotEvicted = restoration.isNotEvicted
        isNotTouching = restoration.isNotTouching
        isSpent = true
        isMonitoring = restoration.isMonitoring
        isEndless = isMonitoring
    }

    // MARK: Requests

    /// Notes that a request of `kind` has been sent.
    ///
    /// - Parameter arguments: all arguments of a request whose kind is read whole.
    mutating func sent(_ kind: CommandKind, argumentCount: Int, blocks: Bool, arguments: [[UInt8]]) {
        if !kind.leavesLinkClean { isSpent = true }
        if isEndless { return }
        if Self.cannotBeTold(kind, arguments) || (kind == .clientReply && isInTransaction) {
            isEndless = true
            return
        }
        if isSilent || skipsNextReply, kind != .clientReply {
            skipsNextReply = false
            isUnconfirmed = true
            // Without replies nothing can be followed.
            if kind != .plain, kind != .read { (stays, isIrreplaceable, isSpent) = (true, true, true) }
            return
        }
        isUnconfirmed = false
        switch kind {
        case .read, .plain, .scan, .information, .alone, .spending, .eval, .scriptLoad, .scriptFlush, .readBlocksWhenTold, .blocksWhenTold, .waitsForReplicas, .blocking, .clientGetName, .clientSetInfo, .sentinelHello:
            awaited.append(blocks && !asksForTransaction ? .blocking : .plain)
        case .multi:
            asksForTransaction = true
            awaited.append(.multi)
        case .exec:
            asksForTransaction = false
            awaited.append(.exec)
        case .discard:
            asksForTransaction = false
            awaited.append(.discard)
        case .watch: awaited.append(.watch)
        case .unwatch: awaited.append(.unwatch)
        case .clientReply: sentClientReply(arguments)
        case .endless, .disguised, .crossProtocol: isEndless = true
        default: awaited.append(kind, argumentCount, arguments)
        }
    }

    /// Whether a word that decides what the request does may be read by Redis otherwise than it looks.
    private static func cannotBeTold(_ kind: CommandKind, _ arguments: [[UInt8]]) -> Bool {
        switch kind {
        case .disguised: true
        // The words of these are options; what follows an option may be a password or a name, and may hold any byte.
        case .clientReply, .clientNoEvict, .clientNoTouch, .clientPause, .select: arguments.contains { !CommandWord.isPlain($0.span) }
        case .hello: HelloRequest.options(arguments).contains { !CommandWord.isPlain($0.span) }
        default: false
        }
    }

    /// Notes that RESET has been sent, and nothing goes behind it before its reply is in.
    mutating func sentReset() {
        isSilent = false
        isUnconfirmed = false
        awaited.append(.reset)
    }

    private mutating func sentClientReply(_ arguments: [[UInt8]]) {
        let word = arguments.count == 3 ? arguments[2] : []
        if ASCII.equalsIgnoringCase(word, "OFF") {
            isSilent = true
            isUnconfirmed = true
        } else if ASCII.equalsIgnoringCase(word, "SKIP") {
            if !isSilent { skipsNextReply = true }
            isUnconfirmed = true
        } else if ASCII.equalsIgnoringCase(word, "ON") {
            isSilent = false
            skipsNextReply = false
            awaited.append(.replyOn)
        } else if isSilent || skipsNextReply {
            skipsNextReply = false
            isUnconfirmed = true
        } else {
            awaited.append(.plain)
        }
    }

    // MARK: Replies

    /// Takes in a whole reply that can mean nothing beyond itself; false where it must be looked at by
    /// ``replyArrived(marker:edges:protocolVersion:)``.
    mutating func plainReplyArrived(marker: UInt8) -> Bool {
        guard !isEndless, !isSubscribed, marker != UInt8(ascii: ">"), awaited.removeFirstIfPlain() else { return false }
        confirmation = nil
        return true
    }

    /// A whole reply has come.
    ///
    /// - Parameters:
    ///   - edges: its beginning and end as far as ``replyReading`` asked for them.
    ///   - protocolVersion: of RESP; in version 3 only a push tells of subscriptions.
    mutating func replyArrived(marker: UInt8, edges: ReplyEdges, protocolVersion: Int) -> Effect {
        guard !isEndless else { return .none }
        confirmation = nil
        let mayTell = marker == UInt8(ascii: protocolVersion == 3 ? ">" : "*")
        if replyReading == .all, mayTell, let effect = subscriptionReply(edges) { return effect }
        guard marker != UInt8(ascii: ">") else { return .none }
        guard let expectation = awaited.first else {
            // A reply to nothing: what was sent was not what it seemed.
            (isEndless, isSpent) = (true, true)
            return .none
        }
        let settlement = awaited.removeFirst()
        guard marker != UInt8(ascii: "-") else {
            refused(expectation, edges)
            // Some servers have taken the password of a HELLO before they refuse the rest: only this link is what Redis takes the client for.
            if case .hello(let hello) = settlement, hello.password != nil, !edges.isWrongPassword { (stays, isIrreplaceable) = (true, true) }
            return Self.refusedLogin(settlement, edges)
        }
        if expectation.reading == .all, edges.isQueued { return queued(expectation) }
        guard expectation.isSuccess(marker, edges) else { return .none }
        if expectation == .id { return edges.lastInteger.map(Effect.id) ?? .none }
        return settlement.map(Self.settled) ?? succeeded(expectation)
    }

    /// A command is refused: only EXEC may have ended something all the same, and says so.
    private mutating func refused(_ expectation: ReplyExpectation, _ edges: ReplyEdges) {
        if expectation == .exec, edges.isExecAbort { endTransaction() }
        if expectation == .multi, !isInTransaction, !awaited.contains(.multi) { asksForTransaction = false }
    }

    /// A command has been put into the transaction that Redis has begun. What it does there shows in EXEC's reply, as one of many.
    private mutating func queued(_ expectation: ReplyExpectation) -> Effect {
        isInTransaction = true
        switch expectation {
        case .unwatch, .id, .reconfiguration: break
        case .pause(let milliseconds): queuedPause = milliseconds
        // What EXEC will answer with cannot be counted, or not in the same manner as what went before.
        case .subscribe, .unsubscribe, .monitor, .hello: isEndless = true
        default: (stays, isIrreplaceable) = (true, true)
        }
        return .none
    }

    /// What an error means to a request that was to settle something. A HELLO may be refused for other reasons than its password.
    private static func refusedLogin(_ settlement: Settlement?, _ edges: ReplyEdges) -> Effect {
        switch settlement {
        case .credentials(let user, _): .loginRefused(user: user)
        case .hello(let hello) where hello.password != nil && edges.isWrongPassword: .loginRefused(user: hello.user)
        default: .none
        }
    }

    private static func settled(_ settlement: Settlement) -> Effect {
        switch settlement {
        case .hello(let hello): .greeted(hello)
        case .name(let name): .name(name)
        case .credentials(let user, let password): .authenticated(user: user, password: password)
        }
    }

    private mutating func endTransaction() {
        isInTransaction = false
        isWatching = false
        queuedPause = nil
    }

    private mutating func succeeded(_ expectation: ReplyExpectation) -> Effect {
        switch expectation {
        case .plain, .blocking, .replyOn, .subscribe, .unsubscribe, .hello, .settles, .id: return .none
        case .multi: isInTransaction = true
        case .exec:
            let pause = queuedPause
            endTransaction()
            if let pause { return .paused(milliseconds: pause) }
        case .discard: endTransaction()
        case .watch: isWatching = true
        case .unwatch: isWatching = false
        case .select(let database?): return .database(database)
        case .pause(let milliseconds): return .paused(milliseconds: milliseconds)
        case .reconfiguration: return .reconfigured
        case .tracking(let isOn): isTracking = isOn
        case .noEvict(let isOn): isNotEvicted = isOn
        case .noTouch(let isOn): isNotTouching = isOn
        case .select(nil), .stays: (stays, isIrreplaceable) = (true, true)
        case .unknown: stays = true
        case .monitor: (isEndless, isMonitoring) = (true, true)
        case .reset: return .reset
        }
        return .none
    }

    /// What the reply means to the subscriptions; nil when it is none of theirs.
    private mutating func subscriptionReply(_ edges: ReplyEdges) -> Effect? {
        if edges.isMessage { return isSubscribed ? Effect.none : nil }
        guard let word = edges.firstElement else { return nil }
        switch String(decoding: word, as: UTF8.self) {
        case "subscribe": return confirmed(.channel, isNew: true, edges)
        case "psubscribe": return confirmed(.pattern, isNew: true, edges)
        case "ssubscribe": return confirmed(.shard, isNew: true, edges)
        case "unsubscribe": return confirmed(.channel, isNew: false, edges)
        case "punsubscribe": return confirmed(.pattern, isNew: false, edges)
        case "sunsubscribe": return confirmed(.shard, isNew: false, edges)
        default: return nil
        }
    }

    /// The server tells how many subscriptions stand: channels and patterns together, shard channels for themselves.
    private mutating func confirmed(_ kind: SubscriptionKind, isNew: Bool, _ edges: ReplyEdges) -> Effect? {
        guard let standing = edges.lastInteger else { return nil }
        let others = kind == .shard ? 0 : subscriptions[kind == .channel ? .pattern : .channel]
        let before = subscriptions[kind]
        subscriptions[kind] = standing > others ? standing - others : 0
        confirmation = Confirmation(kind: kind, isNew: isNew, left: nil)
        switch awaited.first {
        case .subscribe(kind, let count) where isNew:
            confirmation?.left = count
            if count > 1 { awaited.replaceFirst(.subscribe(kind, count: count - 1)) } else { awaited.removeFirst() }
        case .unsubscribe(kind, let count) where !isNew:
            confirmation?.left = count
            let left = count == 0 ? max(1, before) : count
            if left > 1 { awaited.replaceFirst(.unsubscribe(kind, count: left - 1)) } else { awaited.removeFirst() }
        default: break
        }
        return Effect.none
    }
}
