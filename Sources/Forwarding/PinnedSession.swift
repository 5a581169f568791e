import Bytes

/// The state of a client's own link while it has one: what is awaited on it, and what keeps the client there.
///
///     pinned ──nothing awaited, no transaction, no watch, no subscription, nothing else left behind──▶ over
///
/// Everything is learned from the replies, so that a refused command changes nothing. The pin ends when the link is as
/// good as new; whatever cannot be followed to its end keeps it for the connection's life (``stays``).
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
        case database(Int)
        case greeted(HelloRequest)
        case name([UInt8])
        case authenticated(user: [UInt8]?, password: [UInt8])
        case paused(milliseconds: Int)
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
    /// Whether the link must not be used by anybody after this client.
    private(set) var isSpent = false
    /// MULTI was sent, and EXEC or DISCARD was not: more than is known of the transaction by the replies.
    private var asksForTransaction = false
    /// What a CLIENT PAUSE or UNPAUSE that is queued in the transaction will do, in milliseconds.
    private var queuedPause: Int?

    /// Whether nothing keeps the client on this link.
    var isOver: Bool {
        awaited.isEmpty && !isInTransaction && !isWatching && !isSubscribed && !isSilent && !isUnconfirmed && !isTracking
            && !isNotEvicted && !isNotTouching && !stays && !isEndless && !isStreaming
    }

    var isSubscribed: Bool { !subscriptions.isNone }
    var isBlocking: Bool { awaited.blockingCount > 0 }

    /// Whether the next reply's text must be seen, not only that it is there.
    var readsReplies: Bool {
        if isSubscribed { return true }
        switch awaited.first {
        case .subscribe, .unsubscribe: return true
        default: return false
        }
    }

    /// Whether a request must wait until what is awaited has come: subscriptions and other requests do not mix, since
    /// their replies could not be told apart; and behind MONITOR and RESET the link is another.
    func mustWait(_ kind: CommandKind) -> Bool {
        guard !isEndless, let first = awaited.first else { return false }
        if awaited.last == .monitor || awaited.last == .reset { return true }
        switch first {
        case .subscribe, .unsubscribe: return !Self.isAboutSubscriptions(kind)
        default: return Self.isAboutSubscriptions(kind)
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
        isSpent = isTracking || isNotEvicted || isNotTouching
        isMonitoring = restoration.isMonitoring
        isEndless = isMonitoring
    }

    // MARK: Requests

    /// Notes that a request of `kind` has been sent.
    ///
    /// - Parameter arguments: all arguments of a request whose kind is read whole.
    mutating func sent(_ kind: CommandKind, argumentCount: Int, blocks: Bool, arguments: [[UInt8]]) {
        if isEndless { return }
        if isSilent || skipsNextReply, kind != .clientReply {
            skipsNextReply = false
            isUnconfirmed = true
            // Without replies nothing can be followed.
            if kind != .plain, kind != .read { (stays, isIrreplaceable) = (true, true) }
            return
        }
        isUnconfirmed = false
        if asksForTransaction, sentInTransaction(kind, arguments) { return }
        switch kind {
        case .read, .plain, .alone, .eval, .scriptLoad, .scriptFlush, .blocksWhenTold, .waitsForReplicas, .blocking, .clientGetName, .clientID:
            awaited.append(blocks ? .blocking : .plain)
        case .clientSetInfo: awaited.append(.spends)
        case .monitor: awaited.append(.monitor)
        case .multi:
            asksForTransaction = true
            awaited.append(.multi)
        case .exec: awaited.append(.exec)
        case .discard: awaited.append(.discard)
        case .watch: awaited.append(.watch)
        case .unwatch: awaited.append(.unwatch)
        case .subscribe: awaited.append(.subscribe(.channel, count: argumentCount - 1))
        case .psubscribe: awaited.append(.subscribe(.pattern, count: argumentCount - 1))
        case .ssubscribe: awaited.append(.subscribe(.shard, count: argumentCount - 1))
        case .unsubscribe: awaited.append(.unsubscribe(.channel, count: argumentCount - 1))
        case .punsubscribe: awaited.append(.unsubscribe(.pattern, count: argumentCount - 1))
        case .sunsubscribe: awaited.append(.unsubscribe(.shard, count: argumentCount - 1))
        case .clientReply: sentClientReply(arguments)
        case .endless: isEndless = true
        case .stays, .quit, .reset: awaited.append(.stays)
        case .unknown: awaited.append(.unknown)
        case .hello: awaited.append(.hello(HelloRequest(arguments)))
        case .auth where arguments.count == 2: awaited.append(.credentials(user: nil, password: arguments[1]))
        case .auth where arguments.count == 3: awaited.append(.credentials(user: arguments[1], password: arguments[2]))
        case .clientSetName: awaited.append(.name(arguments.count > 2 ? arguments[2] : []))
        case .select, .auth, .clientTracking, .clientNoEvict, .clientNoTouch, .clientPause, .clientUnpause:
            awaited.append(Self.expectation(kind, arguments))
        }
    }

    /// Within MULTI nearly everything is only queued. True when that is all there is to note.
    private mutating func sentInTransaction(_ kind: CommandKind, _ arguments: [[UInt8]]) -> Bool {
        switch kind {
        case .exec, .discard:
            asksForTransaction = false
            return false
        case .multi, .watch: return false
        case .clientPause, .clientUnpause:
            if case .pause(let milliseconds) = Self.expectation(kind, arguments) { queuedPause = milliseconds }
            awaited.append(.plain)
        case .read, .plain, .alone, .eval, .scriptLoad, .scriptFlush, .blocksWhenTold, .blocking, .waitsForReplicas, .unwatch, .clientGetName, .clientSetInfo, .clientID:
            awaited.append(.plain)
        case .clientReply, .endless, .monitor, .hello, .subscribe, .unsubscribe, .psubscribe, .punsubscribe, .ssubscribe, .sunsubscribe:
            // What EXEC will answer with cannot be counted, or not in the same manner as what went before.
            isEndless = true
        case .select, .auth, .quit, .reset, .clientSetName, .clientTracking, .clientNoEvict, .clientNoTouch, .stays, .unknown:
            awaited.append(.stays)
        }
        return true
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

    private static func expectation(_ kind: CommandKind, _ arguments: [[UInt8]]) -> ReplyExpectation {
        let second = arguments.count > 1 ? arguments[1] : []
        let third = arguments.count > 2 ? arguments[2] : []
        switch kind {
        case .select: return .select(Decimal.parseIndex(second))
        case .clientTracking: return .tracking(isOn: ASCII.equalsIgnoringCase(third, "ON"))
        case .clientNoEvict: return .noEvict(isOn: ASCII.equalsIgnoringCase(third, "ON"))
        case .clientNoTouch: return .noTouch(isOn: ASCII.equalsIgnoringCase(third, "ON"))
        case .clientPause: return .pause(milliseconds: Decimal.parseIndex(third) ?? 0)
        case .clientUnpause: return .pause(milliseconds: 0)
        default: return .plain
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
    ///   - edges: its beginning and end where ``readsReplies`` asked for them.
    ///   - protocolVersion: of RESP; in version 3 only a push tells of subscriptions.
    mutating func replyArrived(marker: UInt8, edges: ReplyEdges, protocolVersion: Int) -> Effect {
        guard !isEndless else { return .none }
        confirmation = nil
        let mayTell = marker == UInt8(ascii: protocolVersion == 3 ? ">" : "*")
        if readsReplies, mayTell, let effect = subscriptionReply(edges) { return effect }
        guard marker != UInt8(ascii: ">"), let expectation = awaited.first else { return .none }
        let settlement = awaited.removeFirst()
        guard marker != UInt8(ascii: "-") else {
            // EXEC that is refused still ends the transaction; where there is none it does not even end a WATCH.
            if expectation == .exec, isInTransaction { endTransaction() }
            if expectation == .multi, !isInTransaction, !awaited.contains(.multi) { asksForTransaction = false }
            return .none
        }
        return settlement.map(Self.settled) ?? succeeded(expectation)
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
        case .plain, .blocking, .replyOn, .subscribe, .unsubscribe, .settles: return .none
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
        case .tracking(let isOn): (isTracking, isSpent) = (isOn, true)
        case .noEvict(let isOn): (isNotEvicted, isSpent) = (isOn, true)
        case .noTouch(let isOn): (isNotTouching, isSpent) = (isOn, true)
        case .select(nil), .stays: (stays, isIrreplaceable) = (true, true)
        case .unknown: stays = true
        case .spends: isSpent = true
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
