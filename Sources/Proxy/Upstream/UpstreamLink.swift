import Bytes
import EventLoop
import Forwarding
import RESP

/// Who uses an ``UpstreamLink``: one client, the requests of many, or nobody yet.
protocol UpstreamLinkOwner: AnyObject {
    /// The link is settled with a master and carries what its owner wants; what was held may go.
    func linkBecameReady(_ link: UpstreamLink)
    /// Replies, or parts of them. The bytes are valid during the call only.
    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer)
    /// The link took what it could not take before.
    func linkDrained(_ link: UpstreamLink)
    /// The link is gone; nothing more will be called.
    func linkClosed(_ link: UpstreamLink, reason: LinkEnd)
    /// Whether all that is under way on the link is one command that waits for something to come.
    var carriesOnlyWait: Bool { get }
}

extension UpstreamLinkOwner {
    var carriesOnlyWait: Bool { false }
}

/// Why a link ended.
enum LinkEnd: Error, Sendable, CustomStringConvertible {
    /// It never became ready: nothing of its owner's was sent over it.
    case handshake(HandshakeFailure)
    case unreachable(String)
    /// It was ready, and broke.
    case lost(String)
    /// It was cut because its server is master no more.
    case fenced

    var description: String {
        switch self {
        case .handshake(let failure): failure.description
        case .unreachable(let text), .lost(let text): text
        case .fenced: "cut: the server is master no more"
        }
    }
}

/// A connection to the master: made, settled by ``UpstreamSession``, then a pipe for its owner's bytes. The pool lends it
/// to one owner after another.
///
///     connecting ──▶ settling ──▶ ready ──▶ gone
///          └────────────┴──────────────────▲ (fenced, lost, refused)
final class UpstreamLink: StreamSocketDelegate {
    let generation: UInt64
    /// What the server's side of the link carries: user, database, protocol version, name.
    var carried: SessionState
    private(set) var isReady = false
    /// The library that the server shows for the link.
    var library: ClientLibrary?
    /// Whether nobody may use the link after its present owner: something went over it that may have touched its state.
    var isSpent = false
    /// The id that the server has for it; nil where it does not tell.
    var serverID: Int? { session.clientID }
    /// The mark of its server in cursors; nil where nobody has asked yet which server it is.
    private(set) var serverMark: ScanCursor.Mark?
    /// The reply by which the server tells that, while it is awaited.
    private var identification: ReplyStream?
    private var mustIdentifyServer = false
    /// Whether its server is master no more, and the link is kept for a moment for the end of a wait.
    private(set) var isParting = false
    /// The id that Redis has for it, where a client has been told of it.
    private var knownID: (id: Int, worker: Worker)?
    /// Whether it was made only to see whether it would be served, and nobody is to have it.
    var isForLookOnly = false
    /// What went over it, where links are checked.
    private(set) var trail: LinkTrail?
    /// When it set out, in monotonic milliseconds.
    let startedAt: Int
    /// When the link was last used by anybody, for the pool.
    var idleSince = 0
    private var isSettling = true
    private var owner: (any UpstreamLinkOwner)?
    unowned let pool: UpstreamPool
    private var session = UpstreamSession()
    private let handshake: UpstreamHandshake
    var socket: StreamSocket?
    private var settleDeadline: LoopTimer?
    /// Replies to requests of our own that are still to come before those of the owner.
    var unheardReplies = 0
    private var unheardFramer: ReplyFramer?
    /// Of the unheard replies: how many come before those that must be the server's agreement, and how many those are.
    private var binding = (before: 0, count: 0)
    /// Settled, but the server has yet to agree to what the next owner wants.
    private var isPreparing = false

    init(_ pool: UpstreamPool, _ route: MasterRoute, _ handshake: UpstreamHandshake, carrying state: SessionState, owner: any UpstreamLinkOwner) {
        self.pool = pool
        self.owner = owner
        self.handshake = handshake
        carried = state
        trail = pool.settings.checksLinks ? LinkTrail() : nil
        generation = route.generation
        startedAt = pool.loop.nowMilliseconds
        let socket = StreamSocket(
            pool.loop, to: route.address, options: pool.connectOptions(serverName: route.serverName), delegate: self)
        socket.watermarkBytes = pool.bufferBytes
        self.socket = socket
        startSettleDeadline("\(route.address)")
    }

    private var unsentAtEnd = 0
    private var isWritingOver = false

    /// The user that the link has shown Redis.
    var shownUser: [UInt8] {
        let shown = handshake.client.map(\.user) ?? (handshake.password == nil ? nil : handshake.user)
        return shown ?? Array("default".utf8)
    }

    /// Bytes that wait to be sent; of a link that is gone, those that never reached the kernel.
    var unsentBytes: Int { socket?.unsentBytes ?? unsentAtEnd }
    /// Whether what is sent waits until the master is confirmed.
    var isHeld: Bool { socket?.isWritingHeld ?? false }

    /// Sends at the end of the turn. The link must be ready.
    func send(_ bytes: UnsafeRawBufferPointer) {
        precondition(isReady, "Cannot send on a link that is not settled")
        if trail != nil { trail?.note(bytes) }
        socket?.send(bytes)
    }

    /// Sends a part of what is to be sent, at the end of the turn; the owner is told when it has left.
    func sendSlice(_ bytes: UnsafeRawBufferPointer) {
        send(bytes)
        socket?.reportWhenSent()
    }

    /// Sends at once, where nothing waits before it. The link must be ready.
    func sendNow(_ bytes: UnsafeRawBufferPointer) {
        precondition(isReady, "Cannot send on a link that is not settled")
        if trail != nil { trail?.note(bytes) }
        socket?.sendNow(bytes)
    }

    /// Sends at the end of the turn. The link must be ready.
    func send(_ bytes: [UInt8]) { bytes.withUnsafeBytes { send($0) } }

    /// Hands the settled link to `owner`, after `preparation`, whose replies nobody hears.
    func lend(to owner: any UpstreamLinkOwner, _ state: SessionState, _ preparation: LinkPreparation) {
        precondition(isReady, "Cannot lend a link that is not settled")
        self.owner = owner
        prepare(state, preparation)
    }

    /// Hands the settled link to `owner` as it is.
    func lend(to owner: any UpstreamLinkOwner) { self.owner = owner }

    /// Makes the link carry `state` by `preparation`, whose replies nobody hears. Nothing may be in flight on it. Where
    /// the server may refuse, the link is not ready until it has agreed. A link that is yet to settle needs none.
    func prepare(_ state: SessionState, _ preparation: LinkPreparation) {
        guard isReady else { return }
        carried = state
        guard preparation.replyCount > 0 else { return }
        tellMonitors(preparation.replyCount)
        binding = (unheardReplies, preparation.bindingCount)
        unheardReplies += preparation.replyCount
        if trail != nil { preparation.requests.withUnsafeBytes { trail?.note($0) } }
        socket?.send(preparation.requests)
        guard preparation.bindingCount > 0 else { return }
        isReady = false
        isPreparing = true
        startSettleDeadline("the server")
    }

    /// Has the link not be ready before it is known which server it leads to. Nothing may be in flight on it.
    func identifyServer() {
        guard serverMark == nil else { return }
        mustIdentifyServer = true
        if isReady { becomeReady() }
    }

    /// All that had to be settled is; the owner is told by ``UpstreamLinkOwner/linkBecameReady(_:)``, unless it is asked yet which server
    /// this is.
    private func becomeReady() {
        guard mustIdentifyServer, serverMark == nil else {
            settleDeadline = nil
            isReady = true
            owner?.linkBecameReady(self)
            return
        }
        isReady = false
        identification = ReplyStream(bytesMax: 64 << 10)
        tellMonitors(1)
        socket?.send(CommandWriter.encode("INFO", "server"))
        startSettleDeadline("the server")
    }

    /// Reads which server this is. Of one that does not tell this user, cursors stay without a mark.
    private func readIdentification(_ bytes: UnsafeRawBufferPointer) {
        identification?.append(bytes)
        do {
            guard let reply = try identification?.next() else { return }
            serverMark = reply.text.flatMap { ScanCursor.mark(inInformation: $0) } ?? ScanCursor.unmarked
            identification = nil
            becomeReady()
        } catch {
            abandon("unreadable reply: \(error.kind)")
        }
    }

    private func startSettleDeadline(_ name: @escaping @autoclosure () -> String) {
        settleDeadline = LoopTimer(pool.loop, milliseconds: pool.settleTimeoutMilliseconds) { [unowned self] in
            end(.unreachable("\(name()) did not settle in time"))
        }
    }

    /// A client has been told that this is its link's id.
    func isKnown(by id: Int, _ worker: Worker) {
        guard knownID == nil else { return }
        isSpent = true
        knownID = (id, worker)
        worker.toldID(id)
    }

    /// Sends nothing more until ``resumeWriting()``; what is given to it waits.
    func holdWriting() { socket?.holdWriting() }
    func resumeWriting() { if !isWritingOver { socket?.resumeWriting() } }

    /// Sends nothing more, ever: what has not left will be sent elsewhere.
    func endWriting() {
        isWritingOver = true
        socket?.holdWriting()
    }

    /// Whether its owner does nothing on it but wait.
    var carriesOnlyWait: Bool { isReady && unsentBytes == 0 && owner?.carriesOnlyWait == true }
    var isGone: Bool { socket == nil }

    /// Keeps the link for the end of a wait, and for nothing else.
    func part() {
        isParting = true
        isSpent = true
        endWriting()
    }

    /// Sends what is said last.
    func resumeForLastWords() { socket?.resumeWriting() }

    func pauseReading() { socket?.pauseReading() }
    func resumeReading() { socket?.resumeReading() }

    /// Lets the link go without telling its owner: what it has taken is still sent. Until that is done the pool can cut
    /// it like any other.
    func release() {
        owner = nil
        settleDeadline = nil
        // What is held may be for a master of the past.
        let maySend = isReady && socket?.isWritingHeld == false
        isReady = false
        if maySend { socket?.finish() } else { socket?.close() }
    }

    /// Cuts the link without telling its owner.
    func discard() {
        owner = nil
        socket?.abort()
        forget()
    }

    /// Cuts the link by RST and tells its owner at once, so that not one byte more reaches the old master.
    func fence() { cut(.fenced) }

    /// Gives up a link that does not answer.
    func abandon(_ text: String) { cut(.lost(text)) }

    private func cut(_ reason: LinkEnd) {
        socket?.abort()
        end(reason)
    }

    // MARK: StreamSocketDelegate

    func streamOpened(_ socket: StreamSocket) {
        socket.send(session.opened(handshake))
        guard isForLookOnly || pool.census.isMonitored, let address = socket.localAddress else { return }
        pool.worker.linkSettles(from: Array("\(address)".utf8), count: isForLookOnly ? nil : session.shownCount)
    }

    func stream(_ socket: StreamSocket, received bytes: UnsafeRawBufferPointer) {
        if identification != nil { return readIdentification(bytes) }
        if isReady || isPreparing {
            if unheardReplies == 0 { owner?.link(self, received: bytes) } else { passOver(bytes) }
            return
        }
        switch session.received(bytes) {
        case .settling: break
        case .ask(let bytes): socket.send(bytes)
        case .ready:
            isReady = true
            idleSince = pool.loop.nowMilliseconds
            if session.demandsPassword { pool.learnedToShowPassword() } else { pool.served(self) }
            if let facts = session.facts { pool.learned(facts, protocolVersion: handshake.protocolVersion) }
            endSettling()
            becomeReady()
        case .failed(let failure): end(.handshake(failure))
        }
    }

    /// Throws away the replies to our own requests and hands on what comes behind them.
    private func passOver(_ bytes: UnsafeRawBufferPointer) {
        var framer = unheardFramer ?? ReplyFramer(nestingDepthMax: pool.nestingDepthMax)
        let span = bytes.bindMemory(to: UInt8.self).span
        var start = 0
        while unheardReplies > 0, start < bytes.count {
            switch framer.advance(span, from: start) {
            case .incomplete:
                unheardFramer = framer
                return
            case .malformed(let error): return abandon("unreadable reply: \(error.kind)")
            case .reply(let marker, let replyEnd):
                if marker != UInt8(ascii: ">") {
                    unheardReplies -= 1
                    let isRefused = marker == UInt8(ascii: "-")
                    if binding.before > 0 {
                        binding.before -= 1
                    } else if binding.count > 0 {
                        binding.count -= 1
                        guard !isRefused else { return end(.handshake(.refused(Self.text(span.extracting(start..<replyEnd))))) }
                    }
                    // A name that could not be taken, or given up: it is not known what the link carries.
                    if isRefused { isSpent = true }
                }
                start = replyEnd
            }
        }
        unheardFramer = nil
        guard unheardReplies == 0 else { return }
        if isPreparing {
            isPreparing = false
            becomeReady()
        }
        if start < bytes.count { owner?.link(self, received: UnsafeRawBufferPointer(rebasing: bytes[start...])) }
    }

    /// An error's words, without the marker and the line's end.
    private static func text(_ error: Span<UInt8>) -> String {
        var words: [UInt8] = []
        words.append(error, in: 1..<max(1, error.count - 2))
        return String(decoding: words, as: UTF8.self)
    }

    func streamReachedEnd(_ socket: StreamSocket) {
        end(isReady ? .lost("closed by the server") : .unreachable("closed by the server"))
    }

    func streamDrained(_ socket: StreamSocket) { owner?.linkDrained(self) }

    func streamClosed(_ socket: StreamSocket, reason: StreamCloseReason) {
        end(isReady ? .lost(reason.description) : .unreachable(reason.description))
    }

    private func end(_ reason: LinkEnd) {
        let reason = isParting ? LinkEnd.fenced : reason
        socket?.close()
        forget()
        guard let owner else { return }
        self.owner = nil
        pool.linkEnded(self, reason)
        owner.linkClosed(self, reason: reason)
    }

    private func endSettling() {
        if isSettling { pool.settlingEnded(inSuccess: isReady) }
        isSettling = false
    }

    private func forget() {
        isReady = false
        endSettling()
        settleDeadline = nil
        if let knownID { knownID.worker.forgotID(knownID.id) }
        knownID = nil
        unsentAtEnd = unsentBytes
        socket = nil
        pool.forget(self)
    }
}
