import Bytes
import RESP

/// What becomes of a client whose link is lost.
extension ClientSession {
    /// The shared link is gone with `count` requests in flight, which are given back.
    public mutating func sharedLinkLost(_ count: Int) {
        inFlight = max(0, inFlight - count)
        // What stands unfinished in the client's input is looked at again behind what runs again.
        forgetPartial()
    }

    /// Whether the client can go on without its own link, as far as its state there is concerned.
    public var canLoseOwnLink: Bool {
        guard let box = pinBox else { return true }
        return !keepsLink && box.session.canLoseLink(protocolVersion: state.protocolVersion, tracking: box.tracking)
    }

    /// The client's own link is gone: what becomes of each request that was in flight, in the order sent; nil where the
    /// client cannot be kept without hiding from it that something is lost.
    ///
    /// - Parameters:
    ///   - unsentBytes: how many of the last bytes given to the link never reached the kernel.
    ///   - replyHasBegun: whether the client has got a part of the first request's reply.
    ///   - firstRanNot: whether the server has said that it did not run the first request.
    public mutating func ownLinkLost(unsentBytes: Int, replyHasBegun: Bool, firstRanNot: Bool = false) -> [ReturnedRequest]? {
        guard let box = pinBox else { return [] }
        hasLostScans = true
        let isStreaming = box.session.isStreaming
        let unfinished = partial
        let keeps = !replyHasBegun && box.session.canLoseLink(protocolVersion: state.protocolVersion, tracking: box.tracking)
            && !box.subscriptions.isIncomplete && box.failure == nil && box.sent.count == box.session.awaited.count
        var sent = box.sent.all(unsentBytes: unsentBytes)
        _ = takePin()
        linkKeptNoMore()
        guard keeps else { return nil }
        var begun: SentRequests.Entry?
        if isStreaming { begun = sent.popLast()?.entry }
        var transaction = aftermath?.transaction ?? .none
        guard let returned = LostLink(box, protocolVersion: state.protocolVersion, rules)
            .verdicts(sent, firstRanNot: firstRanNot, lostTransaction: &transaction)
        else { return nil }
        let aftermath = self.aftermath ?? Aftermath()
        aftermath.transaction = transaction
        if begun != nil {
            partial = unfinished
            aftermath.isPassingOver = true
            if case .open = transaction { aftermath.replyBehind = LostTransaction.queued } else { aftermath.replyBehind = ReturnedRequest.notExecutedReply }
        }
        let restoration = LinkRestoration(
            subscriptions: box.subscriptions, tracking: box.session.isTracking ? box.tracking : nil, isNotEvicted: box.session.isNotEvicted,
            isNotTouching: box.session.isNotTouching, isMonitoring: box.session.isMonitoring)
        if restoration.isNeeded { aftermath.restoration = restoration }
        self.aftermath = aftermath.isOver ? nil : aftermath
        return returned
    }

    /// The whole request of the last ``Step/needLink(end:afterWrites:)`` is refused for want of a master; hands back what the
    /// client is told, which is `refusal` for most.
    ///
    /// A transaction begins all the same, to be aborted by its EXEC: else what stands behind MULTI would run outside of one.
    /// So does a watch, which counts as lost.
    public mutating func refused(_ refusal: [UInt8]) -> [UInt8] {
        switch unsharedKind {
        case .multi:
            aftermath = aftermath ?? Aftermath()
            aftermath?.transaction = .open(.aborted)
            return LocalReply.ok
        case .watch:
            aftermath = aftermath ?? Aftermath()
            aftermath?.transaction = .watchLost
            return refusal
        default: return refusal
        }
    }

    /// The request that has begun and not come whole is refused; the client has been told.
    public mutating func beginningRefused() {
        aftermath = aftermath ?? Aftermath()
        aftermath?.isPassingOver = true
        aftermath?.replyBehind = []
    }

    /// What of the loss of a link answers `request`; nil where it runs as if nothing had been.
    mutating func answerOfAftermath(_ request: ClientRequest) -> [UInt8]? {
        guard let aftermath else { return nil }
        defer { if aftermath.isOver { self.aftermath = nil } }
        return aftermath.transaction.answer(request.kind, argumentCount: request.argumentCount, protocolVersion: state.protocolVersion)
    }

    /// What is known of a request of which the client has sent a part; nil for none.
    public struct Beginning {
        fileprivate var partial: PartialRequest?
        /// What it is answered with where it is passed over; nil where it is not.
        fileprivate var replyBehind: [UInt8]?
    }

    /// Puts what is known of a half-read request aside, so that requests are read that came before it and have come back.
    public mutating func setBeginningAside() -> Beginning? {
        guard partial != nil || aftermath?.isPassingOver == true else { return nil }
        let beginning = Beginning(partial: partial, replyBehind: aftermath.flatMap { $0.isPassingOver ? $0.replyBehind : nil })
        partial = nil
        aftermath?.isPassingOver = false
        if aftermath?.isOver == true { aftermath = nil }
        return beginning
    }

    /// Goes on with what was put aside.
    public mutating func takeUp(_ beginning: Beginning?) {
        guard let beginning else { return }
        partial = beginning.partial
        guard let replyBehind = beginning.replyBehind else { return }
        aftermath = aftermath ?? Aftermath()
        aftermath?.isPassingOver = true
        aftermath?.replyBehind = replyBehind
    }

    /// Passes over the rest of a request that cannot run any more.
    mutating func passOver(_ bytes: Span<UInt8>, from start: Int) -> Step {
        // What came before it has its answers first.
        guard awaitedCount == 0 else { return .wait }
        let rest = bytes.extracting(start..<bytes.count)
        switch scan(rest) {
        case .incomplete:
            guard let partial else { return .needInput }
            let count = partial.scanner.passableBytes(of: rest.count)
            guard count > 0 else { return .needInput }
            partial.scanner.passed(count)
            return .skip(end: start + count)
        case .complete(let frame):
            let reply = aftermath?.replyBehind ?? []
            aftermath?.isPassingOver = false
            if aftermath?.isOver == true { aftermath = nil }
            return .answer(reply, end: start + frame.byteCount)
        case .nothing(let count): return .skip(end: start + count)
        case .malformed(let error): return .close(error.reply)
        }
    }

    // MARK: What stands again on a new link

    /// Whether a link is needed, even though the client asks for nothing: on which something of it is to stand again.
    @inlinable public var needsRestoration: Bool { aftermath?.restoration != nil }

    /// What must be said on the client's new link.
    public var restorationRequests: [UInt8] { aftermath?.restoration?.requests ?? [] }

    /// Who reads the replies to ``restorationRequests``.
    public func restorationReplies(nestingDepthMax: Int) -> RestorationReplies? {
        aftermath?.restoration.map { RestorationReplies($0, nestingDepthMax: nestingDepthMax) }
    }

    /// All stands again; hands back what the client is to be told.
    public mutating func restored() -> [UInt8] {
        guard let restoration = aftermath?.restoration, let box = pinBox else { return [] }
        aftermath?.restoration = nil
        if aftermath?.isOver == true { aftermath = nil }
        box.subscriptions = restoration.subscriptions
        box.tracking = restoration.tracking
        box.session.restored(restoration)
        // What the client has cached may have changed unseen: a null tells it to forget all of it.
        return restoration.tracking == nil ? [] : Array(">2\r\n$10\r\ninvalidate\r\n_\r\n".utf8)
    }
}

/// Says what becomes of the requests of one client whose own link is lost.
private struct LostLink {
    private let pin: PinnedSession
    private let protocolVersion: Int
    private let rules: SessionRules
    private let now: Int
    typealias Sent = (entry: SentRequests.Entry, request: [UInt8]?, wasHandedOver: Bool)

    init(_ box: PinnedBox, protocolVersion: Int, _ rules: SessionRules) {
        pin = box.session
        self.protocolVersion = protocolVersion
        self.rules = rules
        now = box.nowMilliseconds
    }

    func verdicts(_ sent: [Sent], firstRanNot: Bool, lostTransaction: inout LostTransaction) -> [ReturnedRequest]? {
        var returned: [ReturnedRequest] = []
        var index = 0
        if pin.isInTransaction {
            lostTransaction = .open(pin.isWatching ? .watchLost : .aborted)
        } else if pin.isWatching {
            lostTransaction = .watchLost
        }
        // Of a transaction whose MULTI the client knows to have begun, all that is in flight stands inside.
        while case .open = lostTransaction, index < sent.count {
            returned.append(ending(sent[index], ranNot: firstRanNot && index == 0, &lostTransaction))
            index += 1
        }
        while index < sent.count {
            guard sent[index].entry.kind == .multi else {
                returned.append(verdict(sent[index], index: index, ranNot: firstRanNot && index == 0))
                index += 1
                continue
            }
            let end = sent[index...].firstIndex { $0.entry.kind == .exec || $0.entry.kind == .discard }
            let last = end ?? sent.count - 1
            if let end, sent[end].entry.kind == .exec, sent[end].wasHandedOver {
                returned += [.reply(LocalReply.ok)] + Array(repeating: .reply(LostTransaction.queued), count: end - index - 1) + [.unknown]
                lostTransaction = .none
            } else {
                // Nothing of it can have run: all of it runs again, or nothing.
                for request in sent[index...last] {
                    guard let bytes = request.request else { return nil }
                    returned.append(.runAgain(bytes))
                }
            }
            index = last + 1
        }
        return returned
    }

    /// A request inside a transaction that has begun and will not be ended.
    private func ending(_ sent: Sent, ranNot: Bool, _ lostTransaction: inout LostTransaction) -> ReturnedRequest {
        if sent.entry.kind == .exec, sent.wasHandedOver, !ranNot {
            lostTransaction = .none
            return .unknown
        }
        return .reply(lostTransaction.answer(sent.entry.kind, argumentCount: 1, protocolVersion: protocolVersion) ?? LostTransaction.queued)
    }

    private func verdict(_ sent: Sent, index: Int, ranNot: Bool) -> ReturnedRequest {
        let ran = sent.wasHandedOver && !ranNot
        // What it says of the writes before it, another master cannot know.
        if sent.entry.kind == .waitsForReplicas { return ran ? .unknown : .notExecuted }
        guard var request = sent.request else { return ran ? .unknown : .notExecuted }
        if index == 0, case .subscribe(_, let left)? = pin.awaited.first { request = Self.withLast(left, of: request) }
        let age = now - sent.entry.sentAt
        guard sent.entry.kind.blocks(request.span) else {
            let verdict = ReturnedRequest(request, wasHandedOver: ran, kinds: rules.kinds, age: age, ageMax: rules.rerunAgeMax)
            return sent.entry.isRerun ? verdict.afterRerun : verdict
        }
        request = BlockingRequest.resumed(request, elapsedMilliseconds: age)
        let verdict = ReturnedRequest(request, wasHandedOver: ran, kinds: rules.kinds)
        // What has waited for a while since it cost a link is not what costs them.
        return sent.entry.isRerun && age <= rules.rerunAgeMax ? verdict.afterRerun : verdict
    }

    /// The request with its last `count` arguments only: the others are confirmed already.
    private static func withLast(_ count: Int, of request: [UInt8]) -> [UInt8] {
        let arguments = RequestArguments.all(of: request.span)
        guard arguments.count > count + 1 else { return request }
        var output: [UInt8] = []
        CommandWriter.append(arguments.prefix(1) + arguments.suffix(count), to: &output)
        return output
    }
}
