import Access
import Bytes
import RESP

/// The protocol state of one RESP client: which of its commands go over a link that it shares with others, which over
/// one of its own, and which the proxy answers itself.
///
///     unauthenticated ──AUTH, HELLO … AUTH──▶ shared ──a command that leaves something behind, or may block──▶ pinned
///                                               ▲ ▲                                                             │  │
///                                         RESET │ └──────────────── nothing keeps the client there ─────────────┘  │
///                                               └──────────────────────────────────────────────────────────────────┘
///
/// Order holds: going from the shared link to the own one waits until the replies on the former are in, and back
/// likewise; an answer of the proxy's own waits for the replies before it (``Step/wait``).
public struct ClientSession {
    public enum Step: Equatable {
        /// Nothing more can be done with these bytes; give the rest again, with more behind it.
        case needInput
        /// These bytes of the input ask for nothing.
        case skip(end: Int)
        /// `count` whole requests up to `end`, `reads` of which only read, go over the shared link as they are; to be confirmed by
        /// ``shared(_:)``.
        case share(end: Int, count: Int, reads: Int)
        /// One request goes over the shared link in this form; to be confirmed likewise.
        case shareRewritten([UInt8], end: Int, reads: Int)
        /// The request that ends at `end` goes over a link for itself, and its reply is translated; in this form where the client wrote it
        /// in another than RESP's. To be confirmed by ``shared(_:)``.
        case translate(ReplyTranslation, [UInt8]?, end: Int)
        /// The request that ends at `end` needs a link of the client's own; to be confirmed by ``pinned()``. Nil where
        /// the request has not come whole. Some need one that counts all that was written until now as its own.
        case needLink(end: Int?, afterWrites: Bool)
        /// The bytes up to `end` go over the client's own link as they are.
        case forward(end: Int)
        /// A request goes over the client's own link in this form.
        case forwardRewritten([UInt8], end: Int)
        /// The client wants this database from here on; to be confirmed by ``selected(_:)`` once it is known to be there.
        case select(Int, end: Int)
        /// The client wants this protocol version, and a name perhaps; to be confirmed by ``greeted(_:name:)``.
        case greet(version: Int, name: [UInt8]?, end: Int)
        /// The request that ends at `end` is answered so, and not sent.
        case answer([UInt8], end: Int)
        /// The client has taken the name in ``state``, or the library, or given it up, and is answered so.
        case name([UInt8], end: Int)
        /// RESET: all that was settled is given up, and the client is answered so.
        case reset([UInt8], end: Int)
        /// The client is answered so, and its connection closes.
        case close([UInt8])
        /// The client speaks HTTP, as a web page's browser does that has been pointed here: its connection closes without a word.
        case closeCrossProtocol
        /// The next request must wait until replies are in.
        case wait
    }

    /// Size of an unfinished request from which on it is passed through in pieces instead of being collected.
    static let streamedRequestBytes = 64 << 10
    /// Commands that a client may have in flight on the shared link before any reply has told how large they are; each reply
    /// allows one more. So a pipeline that asks for large values does not stand before everybody with all its length.
    static let firstWindow = 64
    /// Small replies after a large one until the client's commands are shared again.
    static let smallRepliesUntilShared = 32

    let rules: SessionRules
    /// Where the scan of an unfinished request stands.
    var partial: PartialRequest?
    var pinBox: PinnedBox?
    @usableFromInline var aftermath: Aftermath?
    public var state = SessionState()
    public internal(set) var library: ClientLibrary?
    /// Requests on the shared link whose reply is not in.
    public internal(set) var inFlight = 0
    /// How many there may be.
    var window: Int
    public private(set) var isAuthenticated: Bool
    /// Commands that are still kept off the shared link, since the client's replies have been large.
    var largeCountdown = 0
    /// Whether the client's own link was lost since it last began a scan on it: cursors without a mark are another server's.
    var hasLostScans = false
    /// Whether what is sent now has cost a link before.
    public var isRerunning = false
    /// Whether Redis holds up writes (CLIENT PAUSE), so that none may stand before others on a shared link.
    public var serverIsPaused = false
    /// Whether the client knows its own link's id (CLIENT ID), so that it must keep that link.
    public private(set) var keepsLink = false

    public init(_ rules: SessionRules) {
        self.rules = rules
        window = min(Self.firstWindow, rules.inFlightMax)
        isAuthenticated = rules.authentication == nil
    }

    // MARK: What the connection asks

    /// Whether passwords are Redis's to check, and not the proxy's own.
    public var asksRedis: Bool { rules.authentication == nil }
    /// Whether the client's commands go over a link of its own.
    public var isPinned: Bool { pinBox != nil }
    /// Requests whose reply is not in, on whichever link.
    public var awaitedCount: Int { inFlight + (pinBox?.session.awaited.count ?? 0) }
    /// Requests on the own link whose reply is not in.
    public var ownAwaitedCount: Int { pinBox?.session.awaited.count ?? 0 }
    /// Whether a command is in flight that may take as long as it likes.
    public var isBlocking: Bool { pinBox?.session.isBlocking ?? false }
    /// Whether replies match requests one to one, with nothing that comes unasked.
    public var isMatched: Bool {
        guard let pin = pinBox?.session else { return true }
        return !pin.isEndless && !pin.isSubscribed && !pin.isSilent
    }
    /// Whether the own link's bytes just pass, unread.
    public var isEndless: Bool { pinBox?.session.isEndless ?? false }
    /// Whether those are lines of MONITOR.
    public var isMonitoring: Bool { pinBox?.session.isMonitoring ?? false }
    /// How much of the own link's next reply must be given.
    public var replyReading: ReplyReading { pinBox?.session.replyReading ?? .nothing }
    /// Whether the server may send messages on the own link that answer nothing; others are nobody's to read.
    public var mayReceivePushes: Bool { pinBox?.session.mayReceivePushes ?? false }
    /// Whether an error as the own link's next reply is the server's own word, and no script's.
    public var isNextAnsweredByServer: Bool { pinBox?.sent.firstKind?.isAnsweredByServer ?? false }
    /// Whether one reply is all that the client has on its own link.
    public var awaitsOneReplyAlone: Bool { pinBox.map { $0.session.awaited.count == 1 && $0.session.leavesNothing } ?? false }
    /// Whether part of a request has gone upstream already.
    public var isMidRequest: Bool { pinBox?.session.isStreaming ?? false }
    /// Whether nothing keeps the client on its own link any more.
    public var isPinOver: Bool { (pinBox?.session.isOver ?? false) && largeCountdown == 0 }
    /// Whether nothing of the client is on its own link now, or in flight on it.
    public var isOwnLinkClean: Bool { pinBox.map { $0.session.isOver } ?? true }
    /// Whether nobody may use the own link after this client.
    public var isLinkSpent: Bool { pinBox.map { $0.session.isSpent || !$0.session.isOver } ?? false }

    /// Memory that is held of the client's unanswered requests and of its subscriptions' names, on a link of its own; in bytes.
    public var keptBytes: Int { pinBox.map { $0.sent.keptBytes + $0.subscriptions.keptBytes } ?? 0 }

    /// Bytes of input that must find room, so that every request can come so far that something can be done with it.
    public var inputBytesMin: Int {
        isAuthenticated ? max(2 * Self.streamedRequestBytes, rules.limits.inlineBytesMax) + 1024 : unauthenticatedBytesMax + 1024
    }

    /// What the last ``Step/needLink(end:afterWrites:)`` was about.
    var unsharedKind = CommandKind.plain
    /// Whether that shows Redis a password, so that its link need carry nothing of what the client has settled; nothing goes out behind
    /// it before the answer is in.
    public private(set) var needsLinkForLogin = false

    /// Whether the last ``Step/needLink(end:afterWrites:)`` was about the beginning of a transaction.
    public var needsLinkForTransaction: Bool { unsharedKind == .multi || unsharedKind == .watch }

    // MARK: What the connection did

    /// `count` requests have gone over the shared link.
    public mutating func shared(_ count: Int) { inFlight += count }

    /// The client has a link of its own from here on.
    ///
    /// - Parameter now: monotonic milliseconds, as in ``timePassed(now:)``.
    public mutating func pinned(now: Int = 0) {
        pinBox = rules.boxReserve.take() ?? PinnedBox(bytesMax: rules.clientMemoryBytes)
        pinBox?.nowMilliseconds = now
    }

    /// What is sent from here on is sent at `now`.
    public mutating func timePassed(now: Int) { pinBox?.nowMilliseconds = now }

    /// The client's own link is given back, or gone; hands back how many of its requests had no reply.
    @discardableResult
    public mutating func unpinned() -> Int {
        let box = takePin()
        defer { if let box { rules.boxReserve.giveBack(box) } }
        return box?.session.awaited.count ?? 0
    }

    /// The same; hands back all that is known of the link.
    mutating func takePin() -> PinnedBox? {
        defer {
            pinBox = nil
            forgetPartial()
            largeCountdown = 0
        }
        return pinBox
    }

    /// The scan of an unfinished request begins anew, save for one that is passed over, whose beginning is gone.
    mutating func forgetPartial() { if aftermath?.isPassingOver != true { partial = nil } }

    public mutating func linkKeptNoMore() { keepsLink = false }

    /// The database was there; hands back the reply.
    public mutating func selected(_ database: Int) -> [UInt8] {
        state.database = database
        return LocalReply.ok
    }

    /// The protocol version is spoken, and the name taken.
    public mutating func greeted(_ version: Int, name: [UInt8]?) {
        state.protocolVersion = version
        if let name { state.name = name }
    }

    /// All that the client settled is forgotten, as RESET does.
    public mutating func forgotAll() {
        unpinned()
        aftermath = nil
        state = SessionState()
        keepsLink = false
        isAuthenticated = rules.authentication == nil
    }

    /// What the own link brings cannot be told apart into replies any more.
    public mutating func repliesUnreadable() { pinBox?.session.isEndless = true }

    /// What the requests since the last call tell of the server's scripts.
    public mutating func takeScripts() -> [ScriptEvent] {
        guard let box = pinBox, !box.scripts.isEmpty else { return [] }
        defer { box.scripts = [] }
        return box.scripts
    }

    // MARK: Requests

    /// What to do with the client's bytes from `start` on. To be called until it answers ``Step/needInput``,
    /// ``Step/wait`` or ``Step/close(_:)``, each time from the end of what the last step covered.
    public mutating func next(_ bytes: Span<UInt8>, from start: Int) -> Step {
        if aftermath?.isPassingOver == true { return passOver(bytes, from: start) }
        if pinBox != nil { return nextPinned(bytes, from: start) }
        var end = start
        var count = 0
        var unshareable: (frame: RequestFrame, kind: CommandKind)?
        if isAuthenticated, partial == nil, largeCountdown == 0, aftermath == nil {
            // Taken out of the loop, since each look into the rules counts references.
            let kinds = rules.kinds
            let limits = rules.limits
            let allowed = window &- inFlight
            var reads = 0
            while count < allowed {
                let rest = bytes.extracting(end..<bytes.count)
                guard let frame = RequestScanner.wholeRequest(rest, limits: limits) else { break }
                let kind = kinds.kind(of: rest.extracting(frame.name), second: rest.extracting(frame.second))
                guard kind.isShareable(serverIsPaused: serverIsPaused) else {
                    unshareable = (frame, kind)
                    break
                }
                end &+= frame.byteCount
                count &+= 1
                if kind == .read { reads &+= 1 }
            }
            if count > 0 { return .share(end: end, count: count, reads: reads) }
        }
        if let unshareable, let translation = unshareable.kind.translation {
            return inFlight == 0 ? .translate(translation, nil, end: end &+ unshareable.frame.byteCount) : .wait
        }
        if let unshareable, unshareable.kind.needsOwnLinkAsItIs {
            guard inFlight == 0 else { return .wait }
            unsharedKind = unshareable.kind
            needsLinkForLogin = false
            return .needLink(end: end &+ unshareable.frame.byteCount, afterWrites: unshareable.kind == .waitsForReplicas)
        }
        return nextUnusual(bytes, from: start, unshareable?.frame)
    }

    /// Whatever is not a plain request that has come whole.
    ///
    /// - Parameter known: the request at `start`, where it has been found already.
    private mutating func nextUnusual(_ bytes: Span<UInt8>, from start: Int, _ known: RequestFrame?) -> Step {
        let rest = bytes.extracting(start..<bytes.count)
        switch known.map(RequestScanner.Outcome.complete) ?? scan(rest) {
        case .incomplete: return incomplete(rest, from: start)
        case .nothing(let count): return .skip(end: start + count)
        case .malformed(let error): return inFlight > 0 ? .wait : .close(error.reply)
        case .complete(let frame):
            guard inFlight < window else { return .wait }
            let end = start + frame.byteCount
            guard let request = ClientRequest(frame, rest, kinds: rules.kinds) else {
                return inFlight > 0 ? .wait : .close(RequestError(.unbalancedQuotes, at: 0).reply)
            }
            if request.isEmpty { return .skip(end: end) }
            if request.kind == .crossProtocol { return inFlight > 0 ? .wait : .closeCrossProtocol }
            guard isAuthenticated else { return inFlight > 0 ? .wait : unauthenticated(request, end: end) }
            if aftermath != nil {
                if inFlight > 0 { return .wait }
                if let reply = answerOfAftermath(request) { return .answer(reply, end: end) }
            }
            if request.isShareable(serverIsPaused: serverIsPaused), largeCountdown == 0 {
                let reads = request.kind.commandClass == .read ? 1 : 0
                return request.encoded.map { .shareRewritten($0, end: end, reads: reads) } ?? .share(end: end, count: 1, reads: reads)
            }
            return inFlight > 0 ? .wait : unshared(request, end: end)
        }
    }

    /// Bytes of one request of a client that has yet to log in: room for a HELLO with a password of the greatest length, a user
    /// and a name.
    private var unauthenticatedBytesMax: Int { rules.limits.unauthenticatedBulkBytesMax + 4096 }

    private mutating func incomplete(_ rest: Span<UInt8>, from start: Int) -> Step {
        if !isAuthenticated, rest.count > unauthenticatedBytesMax { return .close(ClientAuthentication.requestTooLong) }
        guard isAuthenticated, rest.count >= Self.streamedRequestBytes else { return .needInput }
        let head = partial?.scanner.incompleteHead
        // A name of that length is none; waiting for its end would fill the buffer for nothing.
        if head == nil, rest.count < 2 * Self.streamedRequestBytes { return .needInput }
        let request = head.flatMap { ClientRequest($0, rest, kinds: rules.kinds, isComplete: false) }
        if request?.kind == .scan {
            guard inFlight == 0 else { return .wait }
            // Its cursor is looked at, so it must come whole; no pattern is that long.
            aftermath = aftermath ?? Aftermath()
            aftermath?.isPassingOver = true
            aftermath?.replyBehind = LocalReply.scanTooLong
            return .skip(end: start)
        }
        guard let request, request.mayBeLong else {
            return inFlight > 0 ? .wait : .close(RequestError(.invalidBulkLength, at: 0).reply)
        }
        if inFlight == 0, let reply = answerOfAftermath(request) {
            aftermath?.isPassingOver = true
            aftermath?.replyBehind = reply
            return .skip(end: start)
        }
        return inFlight > 0 ? .wait : .needLink(end: nil, afterWrites: false)
    }

    /// A request that cannot be shared, with nothing in flight before it.
    private mutating func unshared(_ request: ClientRequest, end: Int) -> Step {
        unsharedKind = request.kind
        needsLinkForLogin = (request.kind == .auth && (2...3).contains(request.argumentCount)) || (request.kind == .hello && HelloRequest(request.arguments).password != nil)
        if let translation = request.kind.translation { return .translate(translation, request.encoded, end: end) }
        if let refusal = RefusedRequest.refusal(request, toldIDs: rules.toldIDs) { return .answer(refusal.reply, end: end) }
        // What a user of the client's own may settle, Redis says.
        let isRedisToSay = state.identity != 0 && request.kind != .quit && request.kind != .reset
        if isRedisToSay, request.kind != .auth || rules.authentication == nil {
            return .needLink(end: end, afterWrites: request.kind == .waitsForReplicas)
        }
        switch request.kind {
        case .quit: return .close(LocalReply.ok)
        case .reset: return request.argumentCount == 1 ? .reset(LocalReply.reset, end: end) : .answer(LocalReply.wrongCount("reset"), end: end)
        case .select:
            guard request.argumentCount == 2, let database = Decimal.parseIndex(request.arguments[1]), (0..<1 << 20).contains(database) else {
                return .needLink(end: end, afterWrites: request.kind == .waitsForReplicas)
            }
            return .select(database, end: end)
        case .hello: return hello(request, end: end)
        case .auth:
            guard let authentication = rules.authentication else { return .needLink(end: end, afterWrites: request.kind == .waitsForReplicas) }
            return verdict(authentication.auth(request.arguments), end: end)
        case .clientSetName where request.argumentCount == 3:
            guard LocalReply.isName(request.arguments[2]) else { return .answer(LocalReply.invalidName, end: end) }
            state.name = request.arguments[2]
            return .name(LocalReply.ok, end: end)
        case .clientGetName where request.argumentCount == 2:
            let reply = state.name.isEmpty ? LocalReply.null(protocolVersion: state.protocolVersion) : LocalReply.bulk(state.name)
            return .answer(reply, end: end)
        case .clientSetInfo where request.argumentCount == 4:
            return .name(setInfo(request.arguments), end: end)
        default: return .needLink(end: end, afterWrites: request.kind == .waitsForReplicas)
        }
    }

    mutating func unauthenticated(_ request: ClientRequest, end: Int) -> Step {
        switch request.kind {
        case .quit: return .close(LocalReply.ok)
        case .reset: return request.argumentCount == 1 ? .reset(LocalReply.reset, end: end) : .answer(LocalReply.wrongCount("reset"), end: end)
        case .hello: return hello(request, end: end)
        case .auth:
            guard let authentication = rules.authentication else { return .answer(ClientAuthentication.required, end: end) }
            return verdict(authentication.auth(request.arguments), end: end)
        default: return .answer(ClientAuthentication.required, end: end)
        }
    }

    private mutating func verdict(_ verdict: ClientAuthentication.Verdict, end: Int) -> Step {
        switch verdict {
        case .accepted, .acceptedHello:
            isAuthenticated = true
            return .answer(LocalReply.ok, end: end)
        case .refused(let reply): return .answer(reply, end: end)
        }
    }

    /// HELLO is answered from what the server said of itself on a shared link. One that carries credentials for Redis, or
    /// that Redis would refuse, is for Redis to answer.
    private mutating func hello(_ request: ClientRequest, end: Int) -> Step {
        var arguments = request.arguments
        if let authentication = rules.authentication {
            switch authentication.hello(arguments, isAuthenticated: isAuthenticated) {
            case .refused(let reply): return .answer(reply, end: end)
            case .accepted: break
            case .acceptedHello(let kept): arguments = kept
            }
            isAuthenticated = true
        }
        guard arguments.count > 1 else { return .greet(version: state.protocolVersion, name: nil, end: end) }
        // A password is for Redis to check, and what is out of order for Redis to refuse.
        let hello = HelloRequest(arguments)
        guard let version = hello.version, version == 2 || version == 3, hello.password == nil,
            arguments.count == (hello.name == nil ? 2 : 4)
        else { return .needLink(end: end, afterWrites: request.kind == .waitsForReplicas) }
        if let name = hello.name, !LocalReply.isName(name) { return .answer(LocalReply.invalidName, end: end) }
        return .greet(version: version, name: hello.name, end: end)
    }

    /// Notes that the client has been told its own link's id.
    mutating func toldLink() { keepsLink = true }
}
