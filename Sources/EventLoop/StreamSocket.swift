import Bytes
import CLibevent
import Glibc

/// One non-blocking stream connection, plain or TLS: reading, buffered writing, closing in three manners.
///
///     connecting ──▶ handshaking (TLS) ──▶ open ──▶ finishing (what is unsent goes out) ──▶ (lingering) ──▶ closed
///          └───────────────┴────────────────┴──────── failure, abort ────────────────────────▲
///
/// Output is sent at the end of the loop's turn, all of it in one call; ``sendNow(_:)`` goes out at once where nothing
/// waits. The output buffer has no bound of its own: its owner watches ``unsentBytes`` and stops its source.
/// Its owner keeps it until `streamClosed`: one that is let go sooner is closed there and then.
public final class StreamSocket: SocketEventHandler {
    enum Phase { case connecting, handshaking, open, finishing, lingering, closed }

    /// How long, and for how many bytes, a peer is listened to that still sends after the last word was said.
    private static let lingerMilliseconds = 1000
    private static let lingerBytesMax = 1 << 20
    /// How long a peer may take nothing of what is left for it before a finishing socket gives it up.
    private static let finishStallMilliseconds = 10_000

    private(set) var fd: Int32
    /// Unsent bytes above which the socket reports with ``StreamSocketDelegate/streamDrained(_:)`` that they are gone.
    public var watermarkBytes: Int {
        get { Int(watermark) }
        set { watermark = UInt32(clamping: newValue) }
    }
    private var watermark: UInt32 = 1 << 20
    var phase: Phase
    private var isListedUnsent = false
    public private(set) var isReadingWanted = true
    /// Whether nothing is sent until ``resumeWriting()``.
    public private(set) var isWritingHeld = false
    private var hasReachedEnd = false
    private var isDrainReportDue = false
    private var isLingering = false
    var delegate: (any StreamSocketDelegate)?
    private var output = ByteBuffer()
    var readEvent: SocketEvent?
    /// What few connections need; nil for nothing of it.
    var extras: StreamExtras?

    /// A connection that was accepted.
    public init(_ loop: EventLoop, accepted fd: Int32, delegate: any StreamSocketDelegate) {
        self.fd = fd
        self.delegate = delegate
        phase = .open
        super.init(loop)
        watchReadable()
        readEvent?.add()
    }

    /// A connection without a descriptor of its own.
    init(_ loop: EventLoop, carriedFor delegate: any StreamSocketDelegate) {
        fd = -1
        self.delegate = delegate
        phase = .open
        super.init(loop)
    }

    /// A connection to be made. ``StreamSocketDelegate/streamOpened(_:)`` or `streamClosed` tells how it went, never
    /// before this initialiser has returned.
    public init(
        _ loop: EventLoop, to address: SocketAddress, options: ConnectOptions, delegate: any StreamSocketDelegate
    ) {
        self.delegate = delegate
        phase = .connecting
        fd = mg_socket(address.family)
        super.init(loop)
        guard fd >= 0 else {
            failLater(.connectFailed(IOError("socket", errno)))
            return
        }
        options.apply(to: fd)
        readEvent = SocketEvent(fd: fd, reading: true, handler: self)
        let result = address.withPointer { mg_connect(fd, $0, $1) }
        if result != 0, errno != EINPROGRESS {
            failLater(.connectFailed(IOError("connect to \(address)", errno)))
            return
        }
        if let context = options.tls {
            do { tls = try context.connection(fd: fd, serverName: options.serverName) } catch {
                failLater(.connectFailed(error))
                return
            }
        }
        watchWritable()
        deadline = LoopTimer(loop, milliseconds: options.timeoutMilliseconds) { [unowned self] in
            self.fail(.connectFailed(IOError("connect to \(address)", ETIMEDOUT)))
        }
    }

    deinit {
        guard fd >= 0 else { return }
        readEvent?.remove()
        extras?.writeEvent?.remove()
        Glibc.close(fd)
    }

    /// Bytes that wait to be sent; once the socket is closed and until `streamClosed` has returned, those that were not given
    /// to the kernel when it was.
    public var unsentBytes: Int { output.count }
    public var isClosed: Bool { phase == .closed }

    /// Somebody else serves the connection from now on.
    public func handOver(to delegate: any StreamSocketDelegate) { self.delegate = delegate }

    // MARK: Writing

    /// Puts `bytes` into the output, to leave at the end of the turn.
    public func send(_ bytes: UnsafeRawBufferPointer) {
        // Behind what already leaves at the end of this turn.
        if isListedUnsent, phase == .open, output.appendIfRoom(bytes) { return noteWatermark() }
        guard phase != .closed, phase != .finishing, phase != .lingering else { return }
        output.append(bytes, &loop.outputReserve)
        noteWatermark()
        listUnsent()
    }

    /// Where up to `count` bytes can be written into the output, to leave at the end of the turn with what is there already; nil where
    /// that is not so, and ``send(_:)`` takes them. ``noteWritten(_:)`` tells how many they were.
    @inline(__always) public func place(for count: Int) -> UnsafeMutableRawPointer? {
        isListedUnsent && phase == .open ? output.place(for: count) : nil
    }

    /// `count` bytes have been written at ``place(for:)``.
    public func noteWritten(_ count: Int) {
        output.noteWritten(count)
        noteWatermark()
    }

    /// Has `streamDrained` called once all that waits is sent, however little it is.
    public func reportWhenSent() { isDrainReportDue = true }

    /// Puts `bytes` into the output, to leave at the end of the turn.
    public func send(_ bytes: [UInt8]) { bytes.withUnsafeBytes { send($0) } }

    /// Sends `bytes` at once when nothing waits before them; what the kernel does not take is buffered.
    public func sendNow(_ bytes: UnsafeRawBufferPointer) {
        guard phase == .open, output.isEmpty, extras?.isIndirect != true, !isWritingHeld, let start = bytes.baseAddress else { return send(bytes) }
        let sent = mg_send(fd, start, bytes.count)
        if sent == bytes.count { return }
        let code = errno
        output.append(UnsafeRawBufferPointer(rebasing: bytes[max(0, sent)...]), &loop.outputReserve)
        if sent < 0, code != EAGAIN, code != EINTR { return fail(.failed(IOError("send", code))) }
        noteWatermark()
        watchWritable()
    }

    private func noteWatermark() {
        if output.count > Int(watermark) { isDrainReportDue = true }
    }

    /// Sends what waits. Called by the loop at the end of its turn.
    func flush() {
        isListedUnsent = false
        guard phase == .open || phase == .finishing, !isWritingHeld else { return }
        // While the kernel is full, its word that there is room comes through the write event.
        if isWaitingWritable { return }
        writeOutput()
    }

    /// Sends nothing more until ``resumeWriting()``; what is given to be sent waits.
    public func holdWriting() {
        isWritingHeld = true
        if phase == .open || phase == .finishing { unwatchWritable() }
    }

    public func resumeWriting() {
        isWritingHeld = false
        if !output.isEmpty { listUnsent() }
    }

    private func listUnsent() {
        guard !isListedUnsent, phase == .open else { return }
        isListedUnsent = true
        loop.hasUnsent(self)
    }

    func writeOutput() {
        guard !isWritingHeld else { return }
        while !output.isEmpty {
            switch writeOnce(output.readable) {
            case .wrote(let count): output.consume(count, retainedBytesMax: ByteBufferReserve.blockBytesMax)
            case .wouldBlock:
                watchWritable()
                return
            case .failed(let error): return fail(.failed(error))
            }
        }
        output.returnMemory(to: &loop.outputReserve)
        unwatchWritable()
        if phase == .finishing {
            tls?.endWriting()
            return isLingering ? linger() : closeDescriptor(reason: .local)
        }
        if isDrainReportDue {
            isDrainReportDue = false
            delegate?.streamDrained(self)
        }
    }

    private enum WriteOutcome { case wrote(Int), wouldBlock, failed(IOError) }

    private func writeOnce(_ bytes: UnsafeRawBufferPointer) -> WriteOutcome {
        if let carrier = extras?.carrier {
            let count = carrier.carry(bytes)
            return count > 0 ? .wrote(count) : .wouldBlock
        }
        if let tls {
            switch tls.write(bytes) {
            case .done(let count): return .wrote(count)
            case .wantsRead, .wantsWrite: return .wouldBlock
            case .ended: return .failed(IOError("TLS", detail: "closed by the peer"))
            case .failed(let error): return .failed(error)
            }
        }
        guard let start = bytes.baseAddress else { return .wrote(0) }
        let sent = mg_send(fd, start, bytes.count)
        if sent >= 0 { return .wrote(sent) }
        return errno == EAGAIN || errno == EINTR ? .wouldBlock : .failed(IOError("send", errno))
    }

    // MARK: Reading

    /// Stops reading: bytes stay with the kernel, and in the end with the peer.
    public func pauseReading() {
        isReadingWanted = false
        if phase != .handshaking { readEvent?.remove() }
    }

    /// Reads again.
    public func resumeReading() {
        isReadingWanted = true
        guard phase == .open, !hasReachedEnd else { return }
        readEvent?.add()
        guard let extras else { return }
        extras.carrier?.wantsInput()
        if extras.tls?.hasPending == true { loop.atTurnEnd { [self] in becameReadable() } }
    }

    /// Whether the peer has left unnoticed, because reading is paused; asks the kernel.
    public var hasPeerLeftUnread: Bool { phase == .open && !isReadingWanted && mg_peer_has_left(fd) != 0 }

    override func becameReadable() {
        switch phase {
        case .connecting, .closed: return
        case .handshaking: return handshake()
        case .lingering: return discard()
        case .open, .finishing: break
        }
        repeat {
            guard let count = readOnce() else { return }
            guard count > 0 else { return reachedEnd() }
            guard phase == .open else { continue }
            delegate?.stream(self, received: UnsafeRawBufferPointer(rebasing: loop.receiveBuffer[..<count]))
        } while phase != .closed && isReadingWanted && tls?.hasPending == true
        // TLS may have waited for this read to go on writing.
        if tls != nil, phase != .closed, !output.isEmpty { writeOutput() }
    }

    private func discard() {
        guard let count = readOnce() else { return }
        lingeredBytes += count
        if count == 0 || lingeredBytes > Self.lingerBytesMax { close() }
    }

    /// Number of bytes read into the loop's buffer, 0 at the end of the stream, nil when there is nothing (more).
    private func readOnce() -> Int? {
        let buffer = loop.receiveBuffer
        if let tls {
            switch tls.read(into: buffer) {
            case .done(let count): return count
            case .ended: return 0
            case .wantsRead: return nil
            case .wantsWrite:
                watchWritable()
                return nil
            case .failed(let error):
                fail(.failed(error))
                return nil
            }
        }
        let count = recv(fd, buffer.baseAddress, buffer.count, 0)
        if count >= 0 { return count }
        if errno != EAGAIN, errno != EINTR { fail(.failed(IOError("recv", errno))) }
        return nil
    }

    func reachedEnd() {
        hasReachedEnd = true
        readEvent?.remove()
        if phase == .open { delegate?.streamReachedEnd(self) }
    }

    // MARK: Connecting

    override func becameWritable() {
        switch phase {
        case .connecting:
            let error = mg_socket_error(fd)
            guard error == 0 else { return fail(.connectFailed(IOError("connect", error))) }
            unwatchWritable()
            if tls == nil { opened() } else {
                phase = .handshaking
                handshake()
            }
        case .handshaking: handshake()
        case .open, .finishing: writeOutput()
        case .lingering, .closed: break
        }
    }

    func opened() {
        deadline = nil
        phase = .open
        unwatchWritable()
        if isReadingWanted { readEvent?.add() } else { readEvent?.remove() }
        delegate?.streamOpened(self)
        if phase == .open { listUnsent() }
    }

    // MARK: Closing

    /// Sends what waits, then closes. Nothing more is read.
    ///
    /// - Parameter lingering: what the peer still sends is read and thrown away for a moment, since closing upon unread
    ///   bytes would make the kernel take back what was sent (RFC 9112, section 9.6).
    public func finish(lingering: Bool = false) {
        guard phase == .open else { return close() }
        isWritingHeld = false
        phase = .finishing
        isLingering = lingering && !hasReachedEnd && fd >= 0
        readEvent?.remove()
        if !output.isEmpty { watchProgress() }
        if !isWaitingWritable { loop.hasUnsent(self) }
    }

    /// Closes when a while has passed in which the peer took nothing.
    private func watchProgress() {
        let left = output.count
        deadline = LoopTimer(loop, milliseconds: Self.finishStallMilliseconds) { [unowned self] in
            if output.count < left { watchProgress() } else { close() }
        }
    }

    private func linger() {
        phase = .lingering
        shutdown(fd, Int32(SHUT_WR))
        deadline = LoopTimer(loop, milliseconds: Self.lingerMilliseconds) { [unowned self] in close() }
        readEvent?.add()
    }

    /// Closes now; unsent bytes of our own buffer are dropped.
    public func close() { closeDescriptor(reason: .local) }

    /// Closes by RST: what the kernel has not sent yet never reaches the peer.
    public func abort() {
        guard phase != .closed else { return }
        if fd >= 0 {
            readEvent?.remove()
            unwatchWritable()
            _ = mg_abort(fd)
            fd = -1
        }
        closeDescriptor(reason: .local)
    }

    func fail(_ reason: StreamCloseReason) { closeDescriptor(reason: reason) }
    func failLater(_ reason: StreamCloseReason) {
        loop.atTurnEnd { [self] in fail(reason) }
    }

    private func closeDescriptor(reason: StreamCloseReason) {
        guard phase != .closed else { return }
        phase = .closed
        readEvent?.remove()
        unwatchWritable()
        deadline = nil
        tls = nil
        if fd >= 0 { Glibc.close(fd) } else { leaveCarrier() }
        fd = -1
        loop.retire(self)
        let owner = delegate
        delegate = nil
        // The owner hears of it when its own call that led here has returned.
        loop.atTurnEnd { [self] in
            owner?.streamClosed(self, reason: reason)
            output.removeAll()
        }
    }
}
