import Bytes
import EventLoop
import Forwarding
import RESP

/// Whoever has requests on a ``SharedLink``.
protocol SharedLinkUser: AnyObject {
    /// Whether each reply is handed over by itself, and not several of them in one run.
    var takesRepliesSingly: Bool { get }
    /// Bytes of replies, in order: `count` of them end in these bytes, and the last may be unfinished. The bytes are valid
    /// during the call only.
    func received(_ bytes: UnsafeRawBufferPointer, completing count: Int, from link: SharedLink)
    /// The reply under way, of which ``received(_:completing:from:)`` has told a part, is a large one.
    func receivesLargeReply(from link: SharedLink)
    /// The link answers no more requests: what becomes of all of the user's that were in flight on it, in the order sent.
    ///
    /// - Parameter replyHasBegun: whether a part of the first one's reply was handed over.
    func returned(_ requests: [ReturnedRequest], replyHasBegun: Bool, from link: SharedLink)
    /// All of the user's requests that were in flight on the link only read, and are to be run on another: the link waits behind
    /// somebody's command.
    func handedOver(_ reads: [ReturnedRequest], from link: SharedLink)
    /// The link has waited long enough for the client to read.
    func outlastedPatience(of link: SharedLink)
}

/// A link that carries whole requests of many connections, one after another, and hands each reply to whose it is.
///
///     settling ──▶ accepting ──a very large reply, or a client over its limit──▶ retired ──all replies in──▶ given back
///                      └──a reply by which the server is no usable master──▶ disowned ──all replies in, or lost──▶ gone
///
/// What is in flight comes back to whose it is when the link is lost, or disowned (``ReturnedRequest``). A disowned link's
/// server ran nothing from that reply on, so what it answers to later reads is thrown away, and they run again as well.
///
/// It is never paused for one client while others wait behind, but for the moment that ``UpstreamPool/outputGraceMilliseconds``
/// grants, to all such clients together: retired first, so that nobody new comes to wait.
final class SharedLink: UpstreamLinkOwner {
    /// Size of a reply from which on nobody else is sent to wait behind it.
    private static let retiringReplyBytes = 1 << 20
    /// The most that is kept back of a reply.
    private static let beginningBytesMax = 1024
    /// A link without a reply for so long is taken for busy with one command: a script that runs too long holds up its own
    /// link only, and others are told BUSY on theirs, or may end it.
    private static let stallMilliseconds = 50

    let state: SessionState
    /// Whether it is there for one request that has cost a link before.
    let isForRerun: Bool
    /// What is changed in the reply to the one request for which it is there.
    let translation: ReplyTranslation?
    let pool: UpstreamPool
    unowned let worker: Worker
    /// The worker's.
    let loop: EventLoop
    private(set) var link: UpstreamLink? { didSet { if isForRerun, link == nil { pool.rerunLinkEnded() } } }
    var ledger: RequestLedger
    private var framer: ReplyFramer
    /// Bytes that have come of the reply under way.
    private var partialBytes = 0
    /// Whether the reply under way is a message that answers nothing: nobody subscribes on a shared link.
    private var isPush = false
    /// The first bytes of the reply under way, kept back until more of it has come, so that a reply of usual size never
    /// reaches its client in part.
    private var beginning: [UInt8] = []
    private var isRetired = false
    /// What comes back to whom once the last reply of a server is in that has said that it is no usable master; nil while
    /// it has not.
    private(set) var disowned: DisownedRequests?
    /// The first bytes of the reply that is translated, until enough has come; nil where none is awaited.
    var translatedHead: [UInt8]?
    /// A large request until it is answered, and how much of it has been given to the link.
    var large: (bytes: [UInt8], sentBytes: Int)?
    /// When the oldest unanswered request was sent, or the reply before it came.
    var waitingSince = 0
    /// The generation of the route, where it is the server that has closed the link.
    private var closedByServer: UInt64?
    /// When reading was paused for a client.
    var pausedSince: Int?
    /// How long those behind have waited for clients that did not read, all in all.
    var patienceSpentMilliseconds = 0
    var fullOwner: RequestLedger.Owner?
    /// One request at a time is timed: when it was sent, and how many replies come before its own.
    var timedSince = 0
    private var timedBehind = 0

    /// Nil while there is no master.
    init?(_ pool: UpstreamPool, _ worker: Worker, state: SessionState, afterWrites: Bool = false, mayCallScripts: Bool = false, isForRerun: Bool = false, translation: ReplyTranslation? = nil) {
        self.translation = translation
        self.isForRerun = isForRerun
        self.pool = pool
        self.worker = worker
        loop = worker.loop
        self.state = state
        framer = ReplyFramer(nestingDepthMax: pool.nestingDepthMax)
        ledger = RequestLedger()
        waitingSince = loop.nowMilliseconds
        link = pool.link(carrying: state, afterWrites: afterWrites, mayCallScripts: mayCallScripts, isNew: isForRerun, for: self)
        if link == nil { return nil }
        if translation == .cursor { link?.identifyServer() }
    }

    var carriesOnlyWait: Bool {
        guard ledger.count == 1, framer.isBetweenReplies, beginning.isEmpty else { return false }
        let kind = ledger.nextKind(worker.kinds)
        return kind == .blocking || kind == .blocksWhenTold
    }

    var isGone: Bool { link == nil }
    var isIdle: Bool { ledger.isEmpty }
    /// Whether nothing has gone over it since `limit`, in monotonic milliseconds.
    func isUnused(since limit: Int) -> Bool { isBetweenReplies && isReady && pausedSince == nil && waitingSince < limit }
    /// Whether it is settled, so that what is submitted now is sent.
    var isReady: Bool { link?.isReady ?? false }
    /// Whether it is settled with a confirmed master and open to new requests.
    var isAccepting: Bool {
        guard let link, !isRetired else { return false }
        return link.isReady && !link.isHeld
    }

    /// Whether more may be submitted before what was submitted has left.
    var hasRoom: Bool { (link?.unsentBytes ?? 0) <= pool.bufferBytes && ledger.keptBytes <= pool.linkMemoryBytes }

    /// Sends `count` whole requests, whose replies go to `owner`. The link must be ready.
    func submit(_ requests: UnsafeRawBufferPointer, count: Int, for owner: RequestLedger.Owner) {
        if ledger.isEmpty { waitingSince = loop.nowMilliseconds }
        ledger.append(owner, requests, count: count, at: loop.nowMilliseconds)
        if timedSince == 0 { (timedSince, timedBehind) = (loop.turnStamp, ledger.count) }
        link?.send(requests)
    }

    /// Nobody gets the link after this.
    func spend() { link?.isSpent = true }

    /// Takes no more requests, and gives the link back when the replies are in.
    func retire() {
        guard !isRetired else { return }
        isRetired = true
        pool.retired(self)
        giveBackWhenIdle()
    }

    /// Gives the link up; replies that are still to come are nobody's. Where none are, it is lent again unless it is spent.
    func release() {
        guard let link else { return }
        self.link = nil
        if isBetweenReplies, link.isReady { pool.giveBack(link) } else { link.release() }
    }

    func giveUpIfOverdue(now: Int, limit: Int) {
        guard !ledger.isEmpty, pausedSince == nil, now - waitingSince > limit else { return }
        link?.abandon("no reply for \(limit) ms")
    }

    /// Gives the reads back that wait behind another client's command, to be run on another link: the server answers there.
    /// True where a write is what they wait behind.
    func handOverReads() -> Bool {
        guard partialBytes == 0, beginning.isEmpty, disowned == nil else { return false }
        let isWrite = ledger.nextKind(worker.kinds) == .plain
        for (owner, requests) in ledger.handOverReads(worker.kinds) {
            worker.clients[owner]?.handedOver(requests.map(ReturnedRequest.runAgain), from: self)
        }
        return isWrite
    }

    /// Whether one command holds up all behind it.
    func standsStill(now: Int) -> Bool {
        !ledger.isEmpty && pausedSince == nil && isReady && now - waitingSince > Self.stallMilliseconds
    }

    // MARK: Replies

    func linkBecameReady(_ link: UpstreamLink) { pool.wakeWaiters() }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) {
        guard beginning.isEmpty else {
            let whole = beginning + bytes
            beginning = []
            return whole.withUnsafeBytes { self.link(link, received: $0) }
        }
        if translatedHead != nil { return translate(bytes) }
        let span = bytes.bindMemory(to: UInt8.self).span
        waitingSince = loop.nowMilliseconds
        if disowned != nil { return readDisowned(span, from: 0) }
        let isFull = ledger.keptBytes > pool.linkMemoryBytes
        defer { if isFull, ledger.keptBytes <= pool.linkMemoryBytes { pool.wakeWaiters() } }
        var runStart = 0
        var runCount = 0
        var start = 0
        var key = ledger.nextKey
        var user = ledger.next.flatMap { worker.clients[$0] }
        var isSingle = user?.takesRepliesSingly ?? false
        while start < bytes.count {
            let outcome = framer.advance(span, from: start)
            guard case .reply(let marker, let end) = outcome else {
                if case .malformed(let error) = outcome { return link.abandon("unreadable reply: \(error.kind)") }
                if partialBytes == 0, bytes.count - start <= Self.beginningBytesMax {
                    framer = ReplyFramer(nestingDepthMax: pool.nestingDepthMax)
                    beginning = Array(bytes[start...])
                    if runCount > 0 { user?.received(UnsafeRawBufferPointer(rebasing: bytes[runStart..<start]), completing: runCount, from: self) }
                    return
                }
                if partialBytes == 0 { isPush = bytes[start] == UInt8(ascii: ">") }
                partialBytes += bytes.count - start
                guard !isPush else {
                    if runCount > 0 { user?.received(UnsafeRawBufferPointer(rebasing: bytes[runStart..<start]), completing: runCount, from: self) }
                    return
                }
                user?.received(UnsafeRawBufferPointer(rebasing: bytes[runStart...]), completing: runCount, from: self)
                noteSize(user)
                return
            }
            (partialBytes, isPush) = (0, false)
            if marker == UInt8(ascii: "-"), isAnswerForWantOfReplicas(span.extracting(start..<end)) {
                if runCount > 0 { user?.received(UnsafeRawBufferPointer(rebasing: bytes[runStart..<start]), completing: runCount, from: self) }
                // Nothing of its owner's stands behind it, and what has been delivered may have let the link go.
                if self.link != nil { returnForWantOfReplicas() }
                if self.link == nil { return }
                (start, runStart, runCount) = (end, end, 0)
                key = ledger.nextKey
                user = ledger.next.flatMap { worker.clients[$0] }
                isSingle = user?.takesRepliesSingly ?? false
                continue
            }
            if marker == UInt8(ascii: "-"), isDisavowal(span.extracting(start..<end)) {
                if runCount > 0 { user?.received(UnsafeRawBufferPointer(rebasing: bytes[runStart..<start]), completing: runCount, from: self) }
                disown(span.extracting(start..<end))
                return readDisowned(span, from: end)
            }
            // Nobody subscribes on a shared link, so a push is an answer to nothing.
            if marker == UInt8(ascii: ">") {
                if runCount > 0 { user?.received(UnsafeRawBufferPointer(rebasing: bytes[runStart..<start]), completing: runCount, from: self) }
                (start, runStart, runCount) = (end, end, 0)
                continue
            }
            start = end
            // What was asked while these bytes were being handed out has not even been sent.
            guard key != 0, ledger.passFirst() else { return link.abandon("a reply that nobody asked for") }
            if timedSince != 0 { countTimed() }
            if large != nil { endLarge() }
            runCount += 1
            let next = ledger.nextKey
            guard next != key || isSingle || start == bytes.count else { continue }
            user?.received(UnsafeRawBufferPointer(rebasing: bytes[runStart..<start]), completing: runCount, from: self)
            // What was delivered may have let the link go.
            if self.link == nil { return }
            (runStart, runCount) = (start, 0)
            guard next != key else { continue }
            key = next
            user = ledger.next.flatMap { worker.clients[$0] }
            isSingle = user?.takesRepliesSingly ?? false
        }
        if isRetired { giveBackWhenIdle() }
    }

    /// A reply has come, perhaps the one that is timed.
    func countTimed() {
        timedBehind &-= 1
        guard timedBehind <= 0 else { return }
        worker.latencies.record(loop.turnStamp &- timedSince)
        timedSince = 0
    }

    private func noteSize(_ user: (any SharedLinkUser)?) {
        guard partialBytes > pool.largeReplyBytes else { return }
        user?.receivesLargeReply(from: self)
        if partialBytes > Self.retiringReplyBytes { retire() }
    }

    /// Whether nothing is awaited, and nothing has begun to come.
    private var isBetweenReplies: Bool { ledger.isEmpty && framer.isBetweenReplies && beginning.isEmpty }

    private func giveBackWhenIdle() {
        guard isRetired, disowned == nil, isBetweenReplies, let link else { return }
        self.link = nil
        pausedSince = nil
        link.resumeReading()
        if link.isReady { pool.giveBack(link) } else { link.release() }
    }

    func linkDrained(_ link: UpstreamLink) {
        guard largeBytesLeft > 0 else { return pool.wakeWaiters() }
        if worker.isTurnLong { worker.postpone { [weak self] in self?.sendSlice() } } else { sendSlice() }
    }

    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) {
        self.link = nil
        pausedSince = nil
        let isAnswer = if case .handshake(let failure) = reason { pool.refused(self, failure) } else { false }
        if case .lost = reason {
            closedByServer = link.generation
            if isBetweenReplies { pool.serverClosedIdleLink(after: loop.nowMilliseconds - waitingSince) }
        }
        handBack(unsentBytes: unsentBytes(of: link))
        pool.retired(self)
        if isAnswer { pool.wakeWaiters() }
    }

    // MARK: What comes back

    /// Counts an error, and tells whether by it the server says that it is no usable master.
    private func isDisavowal(_ error: Span<UInt8>) -> Bool {
        let kind = ledger.nextKind(worker.kinds)
        worker.tally.countError(kind)
        guard kind.isAnsweredByServer else { return false }
        if link?.isParting == true { return NotMasterReply.isUnblocking(error) }
        return pool.believesDisavowals && (NotMasterReply.matches(error) || NotMasterReply.isForcedUnblocking(error))
    }

    /// The server has said by `reply` that it ran nothing, being no usable master: it is asked nothing more.
    private func disown(_ reply: Span<UInt8>) {
        disowned = DisownedRequests(endsWaits: link?.isParting == true)
        link?.endWriting()
        if link?.isParting != true { worker.foundNoMaster(pool, isReadOnly: NotMasterReply.isReadOnly(reply)) }
        retire()
        if let (owner, request) = ledger.takeFirst() { disowned?.answered(owner, request, reply, kinds: worker.kinds) }
    }

    private func readDisowned(_ bytes: Span<UInt8>, from offset: Int) {
        var start = offset
        while start < bytes.count {
            switch framer.advance(bytes, from: start) {
            case .malformed(let error):
                link?.abandon("unreadable reply: \(error.kind)")
                return
            case .incomplete:
                disowned?.append(bytes.extracting(start..<bytes.count))
                if (disowned?.partialBytes ?? 0) > pool.largeReplyBytes { link?.abandon("a large reply of a server that is no master") }
                return
            case .reply(let marker, let end):
                if marker != UInt8(ascii: ">") {
                    guard let (owner, request) = ledger.takeFirst() else {
                        link?.abandon("a reply that nobody asked for")
                        return
                    }
                    disowned?.answered(owner, request, bytes.extracting(start..<end), kinds: worker.kinds)
                }
                start = end
            }
        }
        guard let link, !ledger.expectsReply(unsentBytes: unsentBytes(of: link)) else { return }
        self.link = nil
        let unsentBytes = unsentBytes(of: link)
        link.discard()
        handBack(unsentBytes: unsentBytes)
        pool.retired(self)
    }

    private func handBack(unsentBytes: Int) {
        let replyOwner = partialBytes > 0 && !isPush && disowned == nil ? ledger.next : nil
        var all = disowned?.requests ?? []
        let mayBeBlocked = ledger.nextKind(worker.kinds) == .readBlocksWhenTold
        for (owner, lost) in ledger.removeAll(
            unsentBytes: unsentBytes, kinds: worker.kinds, now: loop.nowMilliseconds, ageMax: worker.settings.failover.holdMilliseconds)
        {
            let requests = isForRerun ? lost.map(\.afterRerun) : lost
            if let place = all.firstIndex(where: { $0.owner == owner }) { all[place].requests += requests } else { all.append((owner, requests)) }
        }
        if let closedByServer { pool.lost(all.reduce(0) { $0 + $1.requests.count }, isBlocked: mayBeBlocked, generation: closedByServer) }
        disowned = nil
        large = nil
        (partialBytes, isPush) = (0, false)
        timedSince = 0
        beginning = []
        for (owner, requests) in all {
            worker.clients[owner]?.returned(requests, replyHasBegun: owner == replyOwner, from: self)
        }
    }
}
