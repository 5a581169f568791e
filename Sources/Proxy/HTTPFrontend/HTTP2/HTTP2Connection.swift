import Bytes
import EventLoop
import Forwarding
import HTTP2
import Settings

/// One HTTP/2 client: a session that knows frames, and for each stream an ``HTTPConnection`` that serves its request.
///
///     socket ──bytes──▶ session ──request of HTTP/1.1──▶ stream ──▶ HTTPConnection
///     socket ◀──frames── session ◀──response of HTTP/1.1── stream ◀────────┘
///
/// It is one client for every limit of clients; its streams count in memory, and lie in the loop's table as clients do.
final class HTTP2Connection: StreamSocketDelegate {
    /// Frames that wait in the socket; more are made once these are sent.
    private static let outputBytesMax = 256 << 10
    /// How long a client may take nothing of the end of a response that nobody goes on with.
    private static let stallMilliseconds = 10_000

    let worker: Worker
    let pool: UpstreamPool
    private let owner: RequestLedger.Owner
    private let socket: StreamSocket
    private let session: HTTP2Session
    private let peer: SocketAddress?
    private var streams: [Int32: HTTP2Stream] = [:]
    private var isOutputDue = false
    private var hasEnded = false
    private var hasLeft = false
    private var lastActivity: Int
    /// The head that has come in part, or the connection's beginning (``HTTP2Session/headUnderWay``), and since when.
    private var headUnderWay: (stream: Int32, since: Int)?
    private var isDraining = false
    private var ending = Ending.none

    /// How the client is told to open no more streams: first without a number, as some may be on their way.
    private enum Ending { case none, announced, refusing }

    /// nil where there is no memory for it.
    init?(_ worker: Worker, _ pool: UpstreamPool, _ socket: StreamSocket, _ owner: RequestLedger.Owner, isDraining: Bool) {
        guard let session = HTTP2Session(HTTP2Limits(worker.settings.http)) else { return nil }
        self.worker = worker
        self.pool = pool
        self.socket = socket
        self.owner = owner
        self.session = session
        peer = socket.peer
        lastActivity = worker.loop.nowMilliseconds
        headUnderWay = (0, lastActivity)
        worker.counters.http2Connections += 1
        worker.counters.http2ConnectionsTotal += 1
        socket.watermarkBytes = Self.outputBytesMax / 4
        if isDraining { drain() }
        scheduleOutput()
    }

    // MARK: What comes

    func streamOpened(_ socket: StreamSocket) {}

    func stream(_ socket: StreamSocket, received bytes: UnsafeRawBufferPointer) {
        guard !hasLeft else { return }
        session.receive(bytes, now: worker.loop.nowMilliseconds)
        handleEvents()
        let stream = session.headUnderWay
        if stream != headUnderWay?.stream { headUnderWay = stream.map { ($0, worker.loop.nowMilliseconds) } }
        scheduleOutput()
    }

    private func handleEvents() {
        let events = session.takeEvents()
        guard !events.isEmpty else { return }
        session.text.withUnsafeBytes { text in
            for event in events {
                switch event {
                case .opened(let number): open(number)
                case .input(let number, let range, let windowBytes):
                    guard let stream = streams[number] else {
                        session.consumed(windowBytes, of: number)
                        continue
                    }
                    stream.take(UnsafeRawBufferPointer(rebasing: text[range]), windowBytes: windowBytes)
                case .hasRoom(let number): streams[number]?.hasRoom()
                case .closed(let number):
                    guard let stream = streams.removeValue(forKey: number) else { continue }
                    worker.counters.http2Streams -= 1
                    stream.close()
                }
            }
        }
        session.clearText()
    }

    private func open(_ number: Int32) {
        guard !hasLeft, !isDraining else { return session.reset(number, .refused) }
        let stream = HTTP2Stream(number, self)
        streams[number] = stream
        worker.counters.http2Streams += 1
        stream.open(worker, pool, peer: peer)
    }

    /// As with HTTP/1.1, who sends no more may still read what it has asked for; nobody is listened to for it.
    func streamReachedEnd(_ socket: StreamSocket) {
        hasEnded = true
        for stream in streams.values { stream.reachedEnd() }
        scheduleOutput()
    }

    func streamClosed(_ socket: StreamSocket, reason: StreamCloseReason) {
        hasLeft = true
        closeStreams()
        worker.counters.http2Connections -= 1
        worker.remove(self, owner)
    }

    private func closeStreams() {
        let all = streams
        streams = [:]
        worker.counters.http2Streams -= all.count
        for stream in all.values { stream.close() }
    }

    // MARK: What goes

    /// Takes bytes of a response in, as many as there is room for.
    func respond(_ bytes: UnsafeRawBufferPointer, on stream: HTTP2Stream) -> Int {
        let count = session.respond(bytes, on: stream.number)
        if session.isResponseWhole(on: stream.number) { worker.loop.atTurnEnd { stream.close() } }
        scheduleOutput()
        return count
    }

    func responseEnded(on stream: HTTP2Stream) {
        session.responseEnded(on: stream.number)
        scheduleOutput()
    }

    /// Bytes of the stream's request have been dealt with.
    func consumed(_ count: Int, of stream: HTTP2Stream) {
        guard count > 0, !hasLeft else { return }
        session.consumed(count, of: stream.number)
        scheduleOutput()
    }

    /// Frames go out together, when all that the turn brings is there.
    private func scheduleOutput() {
        guard !isOutputDue else { return }
        isOutputDue = true
        worker.loop.atTurnEnd { [self] in sendOutput() }
    }

    private func sendOutput() {
        isOutputDue = false
        guard !hasLeft else { return }
        var hasMore = true
        while hasMore {
            hasMore = false
            while socket.unsentBytes < Self.outputBytesMax, let bytes = session.nextOutput() {
                socket.send(bytes)
                hasMore = true
            }
            // What has gone makes room for more.
            handleEvents()
        }
        // Whoever does not read is not read from either, so that what it asks for does not pile up.
        if socket.unsentBytes < Self.outputBytesMax { socket.resumeReading() } else { socket.pauseReading() }
        if hasEnded, streams.isEmpty { return leave() }
        guard session.isOver else { return }
        if session.isCondemned { noteCondemned() }
        leave()
    }

    func streamDrained(_ socket: StreamSocket) { sendOutput() }

    private func noteCondemned() {
        guard !isEndOurs else { return }
        worker.counters.protocolErrors += 1
        worker.notice("client disconnected: what it sends is no HTTP/2, or makes work for nothing", ["front": "http", "peer": "\(peer.map { "\($0)" } ?? "unknown")"])
    }

    private var isEndOurs = false

    /// Ends the connection with a word to the client, and cuts what is under way.
    private func end() {
        isEndOurs = true
        session.end()
        scheduleOutput()
    }

    private func leave() {
        guard !hasLeft else { return }
        hasLeft = true
        closeStreams()
        socket.finish(lingering: true)
    }
}

// MARK: What the loop asks of it

extension HTTP2Connection: FrontConnection {
    var front: Front? { .http }
    var bufferedBytes: Int { socket.unsentBytes }
    var heldBytes: Int { socket.unsentBytes + session.waitingBytes + streams.values.reduce(0) { $0 + $1.heldBytes } }
    var inFlightWhileHeld: Int { 0 }

    func evict() {
        hasLeft = true
        closeStreams()
        socket.abort()
    }

    /// The streams are told by themselves, as they lie in the loop's table too.
    func drain() {
        isDraining = true
        announceEnd()
    }

    private func announceEnd() {
        guard ending == .none else { return }
        ending = .announced
        session.announceEnd()
        scheduleOutput()
    }

    func sweep(now: Int) {
        guard !hasLeft else { return }
        if !hasEnded, socket.hasPeerLeftUnread { streamReachedEnd(socket) }
        if ending == .announced {
            ending = .refusing
            session.refuseNewStreams()
            scheduleOutput()
        } else if worker.tellsWebClientsToLeave {
            announceEnd()
        }
        let settings = worker.settings.http
        if let headUnderWay, now - headUnderWay.since > settings.headerTimeoutMilliseconds { return end() }
        // Who sends no more opens no window any more either.
        let opensNoWindow = hasEnded && socket.unsentBytes == 0 && !isOutputDue
        for stream in streams.values {
            let waitingBytes = session.waitingBytes(on: stream.number)
            let isStalled = stream.stalledMilliseconds(waitingBytes: waitingBytes, now: now) > Self.stallMilliseconds
            guard isStalled || opensNoWindow && waitingBytes > 0 else { continue }
            session.reset(stream.number, .cancelled)
            scheduleOutput()
        }
        if session.takeProgress() || !streams.isEmpty { lastActivity = now }
        if settings.idleTimeoutMilliseconds > 0, now - lastActivity > settings.idleTimeoutMilliseconds { end() }
    }

    // It has no link to Redis of its own.
    var takesRepliesSingly: Bool { true }
    func received(_ bytes: UnsafeRawBufferPointer, completing count: Int, from link: SharedLink) {}
    func receivesLargeReply(from link: SharedLink) {}
    func returned(_ requests: [ReturnedRequest], replyHasBegun: Bool, from link: SharedLink) {}
    func handedOver(_ reads: [ReturnedRequest], from link: SharedLink) {}
    func outlastedPatience(of link: SharedLink) {}
}

extension HTTP2Limits {
    /// The limits that the settings make: a head's is that of HTTP/1.1.
    fileprivate init(_ settings: Settings.HTTP) {
        self.init()
        streamsMax = settings.maxStreams
        headBytesMax = settings.maxHeadBytes
    }
}
