import Bytes
import CNghttp2

/// What nghttp2 calls while it reads and writes. None of these may read or write with the session itself.
enum SessionCallbacks {
    private static let failed = NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue

    /// A server's session that reports to `state`.
    static func makeSession(_ state: UnsafeMutablePointer<SessionState>) -> OpaquePointer? {
        var (callbacks, option, session): (OpaquePointer?, OpaquePointer?, OpaquePointer?)
        guard nghttp2_session_callbacks_new(&callbacks) == 0, nghttp2_option_new(&option) == 0 else {
            nghttp2_session_callbacks_del(callbacks)
            return nil
        }
        defer {
            nghttp2_session_callbacks_del(callbacks)
            nghttp2_option_del(option)
        }
        // Windows open again when the bytes have been dealt with, not when they have come.
        nghttp2_option_set_no_auto_window_update(option, 1)
        nghttp2_option_set_no_closed_streams(option, 1)
        setFrameCallbacks(callbacks)
        setContentCallbacks(callbacks)
        return nghttp2_session_server_new2(&session, callbacks, state, option) == 0 ? session : nil
    }

    private static func setFrameCallbacks(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { session, head, context in
            guard let head, let state = SessionCallbacks.state(context) else { return 0 }
            SessionCallbacks.began(head.pointee, state)
            SessionCallbacks.judge(session, state)
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { session, frame, context in
            guard let frame, let state = SessionCallbacks.state(context), !state.pointee.isCondemned else { return 0 }
            SessionCallbacks.ended(frame, state, session)
            SessionCallbacks.judge(session, state)
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { session, frame, context in
            guard let frame, let state = SessionCallbacks.state(context) else { return 0 }
            SessionCallbacks.sent(frame, state, session)
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, _, context in
            guard let state = SessionCallbacks.state(context) else { return 0 }
            state.pointee.streams[stream] = nil
            state.pointee.events.append(.closed(stream: stream))
            return 0
        }
    }

    private static func setContentCallbacks(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, context in
            guard let frame, let state = SessionCallbacks.state(context) else { return 0 }
            // Trailers say nothing that anybody asks for.
            state.pointee.assembling = mg_h2_is_request(frame) != 0 ? frame.pointee.hd.stream_id : 0
            if state.pointee.assembling != 0 { state.pointee.assembly.begin() }
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) { session, frame, name, nameCount, value, valueCount, _, context in
            guard let frame, let state = SessionCallbacks.state(context), state.pointee.assembling == frame.pointee.hd.stream_id else { return 0 }
            state.pointee.assembly.add(UnsafeBufferPointer(start: name, count: nameCount).span, UnsafeBufferPointer(start: value, count: valueCount).span)
            SessionCallbacks.judge(session, state)
            return 0
        }
        // What is no field is no reason to guess; without this it would be passed over.
        nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks) { _, _, _, _, _, _, _, _ in SessionCallbacks.failed }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { session, flags, stream, bytes, count, context in
            guard let state = SessionCallbacks.state(context) else { return 0 }
            state.pointee.frameBodyBytes += count
            let endsStream = flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0 && state.pointee.frameBodyBytes == state.pointee.frameBytes
            guard !state.pointee.isCondemned, state.pointee.bodyCame(stream, UnsafeRawBufferPointer(start: bytes, count: count), endsStream: endsStream) else {
                // Nobody is going to say that they are dealt with.
                nghttp2_session_consume(session, stream, count)
                return 0
            }
            return 0
        }
    }

    /// Hands out bytes of a stream's response.
    static let readOutput: nghttp2_data_source_read_callback = { _, stream, target, room, flags, _, context in
        guard let state = SessionCallbacks.state(context), let target, let flags else { return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) }
        switch state.pointee.takeOutput(stream, target, room: room) {
        case .some(let count): return count
        case .last(let count):
            flags.pointee |= UInt32(NGHTTP2_DATA_FLAG_EOF.rawValue)
            return count
        case .nothing: return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        // The stream is reset, which says that the response is not whole.
        case .cutShort: return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        }
    }

    private static func state(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<SessionState>? {
        context?.assumingMemoryBound(to: SessionState.self)
    }

    /// Ends the connection of a client that costs more than it may.
    private static func judge(_ session: OpaquePointer?, _ state: UnsafeMutablePointer<SessionState>) {
        guard !state.pointee.isCondemned, state.pointee.budget.isExceeded || state.pointee.assembly.isExcessive else { return }
        state.pointee.isCondemned = true
        nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM.rawValue)
    }

    /// A frame begins to come.
    private static func began(_ head: nghttp2_frame_hd, _ state: UnsafeMutablePointer<SessionState>) {
        state.pointee.frameBodyBytes = 0
        state.pointee.frameBytes = head.length
        let kind = nghttp2_frame_type(rawValue: UInt32(head.type))
        // Nothing else may come within a head.
        if kind != NGHTTP2_CONTINUATION { state.pointee.headUnderWay = kind == NGHTTP2_HEADERS ? head.stream_id : 0 }
        switch kind {
        case NGHTTP2_DATA, NGHTTP2_HEADERS: break
        case NGHTTP2_RST_STREAM:
            state.pointee.budget.cameIdle()
            state.pointee.budget.cameReset()
        default: state.pointee.budget.cameIdle()
        }
    }

    /// A frame has come to its end.
    private static func ended(_ frame: UnsafePointer<nghttp2_frame>, _ state: UnsafeMutablePointer<SessionState>, _ session: OpaquePointer?) {
        let stream = frame.pointee.hd.stream_id
        let endsStream = mg_h2_ends_stream(frame) != 0
        state.pointee.headUnderWay = 0
        switch nghttp2_frame_type(rawValue: UInt32(frame.pointee.hd.type)) {
        case NGHTTP2_SETTINGS: state.pointee.hasClientSettings = true
        case NGHTTP2_HEADERS where state.pointee.assembling == stream && mg_h2_is_request(frame) != 0:
            if !state.pointee.headEnded(stream, endsStream: endsStream) {
                nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, NGHTTP2_PROTOCOL_ERROR.rawValue)
            }
        case NGHTTP2_HEADERS: if endsStream { state.pointee.requestEnded(stream) }
        case NGHTTP2_DATA:
            if endsStream { state.pointee.requestEnded(stream) } else if state.pointee.frameBodyBytes == 0 { state.pointee.budget.cameIdle() }
        default: break
        }
    }

    /// A frame has gone out.
    private static func sent(_ frame: UnsafePointer<nghttp2_frame>, _ state: UnsafeMutablePointer<SessionState>, _ session: OpaquePointer?) {
        switch nghttp2_frame_type(rawValue: UInt32(frame.pointee.hd.type)) {
        case NGHTTP2_RST_STREAM:
            // A head that is refused is told of by nobody.
            if state.pointee.headUnderWay == frame.pointee.hd.stream_id { state.pointee.headUnderWay = 0 }
            let blamed = [NGHTTP2_PROTOCOL_ERROR, NGHTTP2_FLOW_CONTROL_ERROR, NGHTTP2_STREAM_CLOSED, NGHTTP2_REFUSED_STREAM]
            if blamed.contains(where: { $0.rawValue == mg_h2_error_code(frame) }) { state.pointee.budget.cameReset() }
        case NGHTTP2_GOAWAY:
            // nghttp2 has found out by itself what ends the connection.
            if mg_h2_error_code(frame) != NGHTTP2_NO_ERROR.rawValue { state.pointee.isCondemned = true }
        case NGHTTP2_HEADERS, NGHTTP2_DATA:
            let stream = frame.pointee.hd.stream_id
            guard mg_h2_ends_stream(frame) != 0, let record = state.pointee.streams[stream], !record.hasRequestEnded else { return }
            // The rest of the request is of no use (RFC 9113, section 8.1).
            nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, NGHTTP2_NO_ERROR.rawValue)
        default: break
        }
    }
}
