import CNghttp2

/// The client's side of an HTTP/2 connection, as far as it reads what the server says: frames, and the responses in them.
public final class HTTP2Peer {
    /// What has come on one stream.
    public struct Response: Equatable, Sendable {
        public var status = 0
        /// Interim statuses before it.
        public var interim: [Int] = []
        public var fields: [String: String] = [:]
        public var body: [UInt8] = []
        public var isWhole = false
        /// The error code that it was reset with.
        public var resetCode: UInt32?
        public var text: String { String(decoding: body, as: UTF8.self) }
        public var isOver: Bool { isWhole || resetCode != nil }
    }

    public private(set) var responses: [Int32: Response] = [:]
    /// All frames in their order.
    public private(set) var frames: [HTTP2Frame] = []
    public private(set) var goAwayCode: UInt32?
    public private(set) var goAwayLastStream: UInt32?
    private var pending: [UInt8] = []
    private var inflater: OpaquePointer?

    public init() { nghttp2_hd_inflate_new(&inflater) }
    deinit { nghttp2_hd_inflate_del(inflater) }

    public func response(_ stream: Int32) -> Response { responses[stream] ?? Response() }

    /// Reads what has come; hands back the frames in it.
    @discardableResult
    public func read(_ bytes: [UInt8]) -> [HTTP2Frame] {
        pending += bytes
        var (fresh, start): ([HTTP2Frame], Int) = ([], 0)
        while pending.count - start >= 9 {
            let head = pending[start..<(start + 9)].map { $0 }
            let count = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            guard pending.count - start >= 9 + count else { break }
            let stream = head[5...].reduce(Int32(0)) { $0 << 8 | Int32($1) }
            fresh.append(HTTP2Frame(HTTP2Frame.Kind(rawValue: head[3]) ?? .unknown, flags: head[4], stream: stream, Array(pending[(start + 9)..<(start + 9 + count)])))
            start += 9 + count
        }
        pending.removeFirst(start)
        frames += fresh
        for frame in fresh { take(frame) }
        return fresh
    }

    private func take(_ frame: HTTP2Frame) {
        switch frame.kind {
        case .headers:
            let fields = inflate(frame.payload)
            let status = fields.first { $0.0 == ":status" }.flatMap { Int($0.1) } ?? 0
            if status < 200 { responses[frame.stream, default: Response()].interim.append(status) } else {
                responses[frame.stream, default: Response()].status = status
                for (name, value) in fields { responses[frame.stream, default: Response()].fields[name] = value }
            }
            if frame.flags & HTTP2Frame.endStream != 0 { responses[frame.stream, default: Response()].isWhole = true }
        case .data:
            responses[frame.stream, default: Response()].body += frame.payload
            if frame.flags & HTTP2Frame.endStream != 0 { responses[frame.stream, default: Response()].isWhole = true }
        case .reset: responses[frame.stream, default: Response()].resetCode = frame.word()
        case .goAway:
            goAwayLastStream = frame.word()
            goAwayCode = frame.word(at: 4)
        default: break
        }
    }

    private func inflate(_ block: [UInt8]) -> [(String, String)] {
        var fields: [(String, String)] = []
        block.withUnsafeBufferPointer { bytes in
            var offset = 0
            while true {
                var (field, flags): (nghttp2_nv, Int32) = (nghttp2_nv(), 0)
                let used = nghttp2_hd_inflate_hd2(inflater, &field, &flags, bytes.baseAddress.map { $0 + offset }, bytes.count - offset, 1)
                guard used >= 0 else { return }
                offset += used
                if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) != 0 {
                    fields.append((
                        String(decoding: UnsafeBufferPointer(start: field.name, count: field.namelen), as: UTF8.self),
                        String(decoding: UnsafeBufferPointer(start: field.value, count: field.valuelen), as: UTF8.self)
                    ))
                }
                if flags & Int32(NGHTTP2_HD_INFLATE_FINAL.rawValue) != 0 {
                    nghttp2_hd_inflate_end_headers(inflater)
                    return
                }
                if used == 0, flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) == 0 { return }
            }
        }
        return fields
    }
}
