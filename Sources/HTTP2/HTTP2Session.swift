import Bytes
import CNghttp2

/// The server's side of one HTTP/2 connection (RFC 9113), which knows no socket: bytes of the client go in, bytes for it come
/// out, and each stream is a request and a response of HTTP/1.1.
///
///     bytes ──receive──▶ events: a stream opens, bytes of its request, it is closed
///     bytes of its response ──respond──▶ taken as far as there is room ──nextOutput──▶ bytes for the client
///
/// A client that makes work for nothing is told so (ENHANCE_YOUR_CALM) and heard no more.
public final class HTTP2Session {
    private let session: OpaquePointer
    private let state: UnsafeMutablePointer<SessionState>
    private var fields: [nghttp2_nv] = []

    /// nil where there is no memory for it.
    public init?(_ limits: HTTP2Limits) {
        state = .allocate(capacity: 1)
        state.initialize(to: SessionState(limits))
        guard let session = SessionCallbacks.makeSession(state) else {
            state.deinitialize(count: 1)
            state.deallocate()
            return nil
        }
        self.session = session
        mg_h2_announce(session, UInt32(clamping: limits.streamsMax), UInt32(clamping: limits.streamWindowBytes), UInt32(clamping: limits.headBytesMax))
        nghttp2_session_set_local_window_size(session, 0, 0, Int32(clamping: limits.connectionWindowBytes))
    }

    deinit {
        nghttp2_session_del(session)
        state.deinitialize(count: 1)
        state.deallocate()
    }

    // MARK: What comes

    /// Takes in what the client has sent. What it means stands in ``takeEvents()`` then.
    ///
    /// - Parameter now: a clock's milliseconds.
    public func receive(_ bytes: UnsafeRawBufferPointer, now: Int) {
        guard let start = bytes.baseAddress, !isOver else { return }
        state.pointee.budget.timeIs(now)
        let used = nghttp2_session_mem_recv(session, start.assumingMemoryBound(to: UInt8.self), bytes.count)
        // It has asked for the end of the connection itself where the client may be told why.
        if used < 0 { condemn(used == Int(NGHTTP2_ERR_FLOODED.rawValue) ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR) }
    }

    /// What has happened since it was asked last; the bytes that it speaks of stand in ``text`` until ``clearText()``.
    public func takeEvents() -> [HTTP2Event] {
        guard !state.pointee.events.isEmpty else { return [] }
        var events: [HTTP2Event] = []
        swap(&events, &state.pointee.events)
        return events
    }

    /// What requests are made of, as ``HTTP2Event/input(stream:bytes:windowBytes:)`` says.
    public var text: [UInt8] { state.pointee.text }

    /// Nobody needs ``text`` any more.
    public func clearText() {
        if state.pointee.text.capacity > Self.retainedTextBytes { state.pointee.text = [] } else { state.pointee.text.removeAll(keepingCapacity: true) }
    }

    private static let retainedTextBytes = 4096

    /// The client may send `count` bytes more in place of those that have been dealt with.
    public func consumed(_ count: Int, of stream: Int32) {
        if count > 0 { nghttp2_session_consume(session, stream, count) }
    }

    // MARK: What goes

    /// Bytes for the client; nil where there are none for now. They hold until anything else is asked of the session.
    public func nextOutput() -> UnsafeRawBufferPointer? {
        var start: UnsafePointer<UInt8>?
        let count = nghttp2_session_mem_send(session, &start)
        // There is no memory to go on with.
        if count < 0 { state.pointee.isCondemned = true }
        guard count > 0, let start else { return nil }
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    /// Takes in bytes of the response on `stream`, as HTTP/1.1 writes it.
    ///
    /// - Returns: how many were taken; the others are to be given again upon ``HTTP2Event/hasRoom(stream:)``.
    public func respond(_ bytes: UnsafeRawBufferPointer, on stream: Int32) -> Int {
        guard let record = state.pointee.streams[stream] else { return bytes.count }
        var index = 0
        defer { resume(stream, record) }
        while true {
            let room = state.pointee.limits.outputBytesMax - record.output.count
            guard room > 0 else {
                if index < bytes.count { record.wantsRoom = true }
                return index
            }
            switch record.reader.next(bytes, from: &index, bodyBytesMax: room) {
            case .needInput: return index
            case .head(let status):
                guard submitHead(status, stream, record) else {
                    reset(stream, .internalError)
                    return bytes.count
                }
            case .body(let range): record.output.append(UnsafeRawBufferPointer(rebasing: bytes[range]))
            case .done:
                record.isOutputWhole = true
                return bytes.count
            case .broken:
                reset(stream, .internalError)
                return bytes.count
            }
        }
    }

    /// No more of the response on `stream` follows. One that is not whole is seen to be cut short.
    public func responseEnded(on stream: Int32) {
        guard let record = state.pointee.streams[stream], !record.isOutputWhole else { return }
        guard record.hasHead else { return reset(stream, .internalError) }
        if record.reader.mayEndNow { record.isOutputWhole = true } else { record.isCutShort = true }
        resume(stream, record)
    }

    /// Whether the response on `stream` has been taken in to its end.
    public func isResponseWhole(on stream: Int32) -> Bool { state.pointee.streams[stream]?.isOutputWhole ?? true }

    private func resume(_ stream: Int32, _ record: StreamRecord) {
        guard record.isDeferred, !record.output.isEmpty || record.isOutputWhole || record.isCutShort else { return }
        record.isDeferred = false
        nghttp2_session_resume_data(session, stream)
    }

    /// Hands the head over that has been read; false where it cannot be told.
    private func submitHead(_ status: Int, _ stream: Int32, _ record: StreamRecord) -> Bool {
        // Of those the first alone says anything in HTTP/2: that the body is awaited.
        if status < 200 { return status == 100 ? submit(record.reader.head, isFinal: false, stream, hasBody: true) : status != 101 }
        record.hasHead = true
        let hasBody = record.reader.hasBody
        if !hasBody { record.isOutputWhole = true }
        return submit(record.reader.head, isFinal: true, stream, hasBody: hasBody)
    }

    private static let statusName: StaticString = ":status"

    private func submit(_ head: [UInt8], isFinal: Bool, _ stream: Int32, hasBody: Bool) -> Bool {
        var head = head
        Self.lowercaseNames(in: &head)
        fields.removeAll(keepingCapacity: true)
        // The arrays stand still while nghttp2 copies what they hold.
        return head.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            fields.append(mg_h2_field(Self.statusName.utf8Start, Self.statusName.utf8CodeUnitCount, start + 9, 3))
            ResponseFields.forEach(in: bytes.span) { name, value in
                guard !ResponseFields.isOfConnection(name) else { return }
                name.withUnsafeBufferPointer { name in
                    value.withUnsafeBufferPointer { fields.append(mg_h2_field(name.baseAddress, name.count, $0.baseAddress, $0.count)) }
                }
            }
            guard isFinal else {
                return nghttp2_submit_headers(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, nil, fields, fields.count, nil) == 0
            }
            return mg_h2_respond(session, stream, fields, fields.count, hasBody ? SessionCallbacks.readOutput : nil) == 0
        }
    }

    /// Names are written so in HTTP/2 (RFC 9113, section 8.2.1).
    private static func lowercaseNames(in head: inout [UInt8]) {
        head.withUnsafeMutableBufferPointer { bytes in
            var index = 0
            while let feed = ByteSearch.firstIndex(of: ASCII.lineFeed, in: UnsafeBufferPointer(bytes).span, from: index) {
                index = feed + 1
                while index < bytes.count, bytes[index] != UInt8(ascii: ":"), bytes[index] != ASCII.carriageReturn {
                    bytes[index] = ASCII.lowercased(bytes[index])
                    index += 1
                }
            }
        }
    }

    // MARK: Ends

    /// Why a stream is ended by a reset.
    public enum ResetReason: Sendable {
        case internalError, cancelled
        /// Nothing was done about the request, which may be made again elsewhere (RFC 9113, section 8.7).
        case refused

        fileprivate var code: UInt32 {
            switch self {
            case .internalError: NGHTTP2_INTERNAL_ERROR.rawValue
            case .cancelled: NGHTTP2_CANCEL.rawValue
            case .refused: NGHTTP2_REFUSED_STREAM.rawValue
            }
        }
    }

    /// Ends the stream at once.
    public func reset(_ stream: Int32, _ reason: ResetReason) {
        guard state.pointee.streams.removeValue(forKey: stream) != nil else { return }
        nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, reason.code)
    }

    /// Tells the client to open no more streams, without saying yet which is the last that is served (RFC 9113, section 6.8).
    public func announceEnd() { nghttp2_submit_shutdown_notice(session) }

    /// Tells the client that streams behind those that have come are not served. Those are, to their end.
    public func refuseNewStreams() {
        nghttp2_submit_goaway(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nghttp2_session_get_last_proc_stream_id(session), NGHTTP2_NO_ERROR.rawValue, nil, 0)
    }

    /// Ends the connection: nothing of the client is read any more, and it is told in one word why.
    public func end(isOverload: Bool = false) { condemn(isOverload ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_NO_ERROR) }

    private func condemn(_ code: nghttp2_error_code) {
        guard !isOver else { return }
        state.pointee.isCondemned = true
        nghttp2_session_terminate_session(session, code.rawValue)
    }

    /// Whether the client is heard no more.
    public var isOver: Bool { state.pointee.isCondemned || nghttp2_session_want_read(session) == 0 }
    /// Whether the client was cut off for what it did.
    public var isCondemned: Bool { state.pointee.isCondemned }

    // MARK: What is under way

    /// Streams that are open.
    public var streamCount: Int { state.pointee.streams.count }
    /// The stream of which a request's head has come in part; 0 where the connection's beginning is awaited yet, nil for none.
    public var headUnderWay: Int32? {
        if !state.pointee.hasClientSettings { return 0 }
        return state.pointee.headUnderWay == 0 ? nil : state.pointee.headUnderWay
    }
    /// Bytes of responses that wait for the client to grant a window.
    public var waitingBytes: Int { state.pointee.streams.values.reduce(0) { $0 + $1.output.capacity } }
    /// The same of one stream.
    public func waitingBytes(on stream: Int32) -> Int { state.pointee.streams[stream]?.output.count ?? 0 }

    /// Whether a request has come or a response's bytes have gone since it was asked last.
    public func takeProgress() -> Bool {
        defer { state.pointee.hasProgress = false }
        return state.pointee.hasProgress
    }
}
