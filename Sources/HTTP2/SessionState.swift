import Bytes
import CNghttp2

/// What nghttp2's callbacks read and change. It lies outside of Swift's own memory, as C keeps its address.
struct SessionState {
    let limits: HTTP2Limits
    var budget: FrameBudget
    var assembly: RequestAssembly
    /// The stream whose request's fields are coming; 0 for none.
    var assembling: Int32 = 0
    /// The stream of which a head has begun that has not ended; 0 for none.
    var headUnderWay: Int32 = 0
    /// Whether the client has said what it grants, with which it has to begin.
    var hasClientSettings = false
    /// Bytes of a body in the frame under way, and what the frame takes in all.
    var frameBodyBytes = 0
    var frameBytes = 0
    var streams: [Int32: StreamRecord] = [:]
    var events: [HTTP2Event] = []
    var text: [UInt8] = []
    /// Whether the client has done what ends the connection.
    var isCondemned = false
    /// Whether a stream's data has moved, or a request has come, since somebody looked.
    var hasProgress = false

    init(_ limits: HTTP2Limits) {
        self.limits = limits
        budget = FrameBudget(limits)
        assembly = RequestAssembly(headBytesMax: limits.headBytesMax)
    }

    /// The stream's request is whole.
    mutating func requestEnded(_ stream: Int32) {
        guard let record = streams[stream], !record.hasRequestEnded else { return }
        record.hasRequestEnded = true
        let start = text.count
        if record.isChunked { text.append("0\r\n\r\n" as StaticString) } else if let last = record.lastByte { text.append(last) } else { return }
        events.append(.input(stream: stream, bytes: start..<text.count, windowBytes: 0))
    }

    /// Bytes of the stream's body; false where nobody takes them. The last one is kept back until it is known that nothing comes behind
    /// it: a request whose body is longer than it says is malformed (RFC 9113, section 8.1.1), and must not have run by then.
    mutating func bodyCame(_ stream: Int32, _ bytes: UnsafeRawBufferPointer, endsStream: Bool) -> Bool {
        guard let record = streams[stream], !record.hasRequestEnded else { return false }
        let start = text.count
        if record.isChunked {
            text.append(contentsOf: String(bytes.count, radix: 16).utf8)
            text.append("\r\n" as StaticString)
            text.append(contentsOf: bytes)
            text.append("\r\n" as StaticString)
        } else {
            // Not a byte more than was declared: it would be read as another request.
            guard let left = record.bodyLeft, bytes.count <= left else { return false }
            record.bodyLeft = left - bytes.count
            let keepsLast = left == bytes.count && left > 0 && !endsStream
            if keepsLast { record.lastByte = bytes.last }
            text.append(contentsOf: bytes.dropLast(keepsLast ? 1 : 0))
        }
        events.append(.input(stream: stream, bytes: start..<text.count, windowBytes: bytes.count))
        return true
    }

    /// The fields of the request on `stream` are all there; false where they make no request.
    mutating func headEnded(_ stream: Int32, endsStream: Bool) -> Bool {
        assembling = 0
        assembly.end()
        guard !assembly.isMalformed else { return false }
        let isChunked = !endsStream && assembly.contentLength == nil
        streams[stream] = StreamRecord(
            reader: ResponseReader(omitsBody: assembly.isHead), bodyLeft: assembly.contentLength, isChunked: isChunked, hasRequestEnded: endsStream)
        let start = text.count
        assembly.write(isChunked: isChunked, to: &text)
        events.append(.opened(stream: stream))
        events.append(.input(stream: stream, bytes: start..<text.count, windowBytes: 0))
        hasProgress = true
        return true
    }

    /// Moves up to `room` bytes of the stream's response to `target`.
    mutating func takeOutput(_ stream: Int32, _ target: UnsafeMutableRawPointer, room: Int) -> OutputTaken {
        guard let record = streams[stream] else { return .cutShort }
        let count = min(room, record.output.count)
        if count > 0, let source = record.output.readable.baseAddress {
            target.copyMemory(from: source, byteCount: count)
            record.output.consume(count)
            budget.sentData()
            hasProgress = true
        }
        if record.output.isEmpty {
            if record.isOutputWhole { return .last(count) }
            if count == 0 {
                if record.isCutShort { return .cutShort }
                record.isDeferred = true
                return .nothing
            }
        }
        if record.wantsRoom, record.output.count <= limits.outputBytesMax / 2 {
            record.wantsRoom = false
            events.append(.hasRoom(stream: stream))
        }
        return .some(count)
    }

    enum OutputTaken { case some(Int), last(Int), nothing, cutShort }
}
