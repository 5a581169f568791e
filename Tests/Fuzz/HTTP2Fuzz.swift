import Bytes
import HTTP1
import HTTP2

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTP2(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let input = FuzzInput(start, count) { HTTP2Fuzz(input).run() }
    return 0
}

/// Frames of one HTTP/2 connection, whole and cut anywhere, and the requests of HTTP/1.1 that they become.
private struct HTTP2Fuzz {
    private let bytes: [UInt8]
    private let ends: [Int]
    private let choice: UInt8
    private let limits: HTTP2Limits

    private static let responses = [
        "HTTP/1.1 200 OK\r\nServer: Mastergate\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "HTTP/1.1 401 Unauthorized\r\nConnection: Close\r\n\r\nno",
    ]

    init(_ input: FuzzInput) {
        choice = input.choice
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]
        // Half of the inputs are frames, the others what a client would put into them.
        bytes = preface + (choice & 1 == 0 ? input.bytes : Self.frames(input.bytes))
        ends = input.ends.map { $0 + preface.count }.filter { [count = bytes.count] in $0 < count } + [bytes.count]
        var limits = HTTP2Limits()
        if choice & 2 == 2 {
            limits.headBytesMax = 200
            limits.streamsMax = 2
            limits.streamWindowBytes = 64
            limits.outputBytesMax = 16
            limits.idleFramesMax = 20
        }
        self.limits = limits
    }

    /// Requests whose fields and bodies are the pieces of `bytes`: FF ends one of them, FE a field, FD its name; FC begins the body.
    private static func frames(_ bytes: [UInt8]) -> [UInt8] {
        var (output, stream): ([UInt8], UInt32) = ([], 1)
        for request in bytes.split(separator: 0xFF) {
            let parts = request.split(separator: 0xFC, maxSplits: 1, omittingEmptySubsequences: false)
            var block: [UInt8] = []
            for field in (parts.first ?? []).split(separator: 0xFE) {
                let pair = field.split(separator: 0xFD, maxSplits: 1, omittingEmptySubsequences: false)
                block += [0] + string(pair.first ?? []) + string(pair.count > 1 ? pair[1] : [])
            }
            output += frame(1, parts.count > 1 ? 4 : 5, stream, block)
            if parts.count > 1 { output += frame(0, 1, stream, Array(parts[1])) }
            stream += 2
        }
        return output
    }

    private static func string(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        let rest = bytes.count - 127
        return (rest < 128 ? [127, UInt8(rest)] : [127, UInt8(rest & 127 | 128), UInt8(rest >> 7)]) + bytes
    }

    private static func frame(_ kind: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        let count = payload.count
        return [UInt8(count >> 16), UInt8(count >> 8 & 255), UInt8(count & 255), kind, flags] + (0..<4).map { UInt8(truncatingIfNeeded: stream >> (24 - 8 * $0)) } + payload
    }

    func run() {
        let whole = read(arrivals: [bytes.count], responds: false)
        let pieces = read(arrivals: ends, responds: false)
        let meanings = [whole, pieces].map { $0.compactMapValues(meaning) }
        demand(meanings[0] == meanings[1], "in pieces \(pieces), whole \(whole)")
        for text in read(arrivals: ends, responds: true).values { _ = meaning(text) }
    }

    /// The requests by stream.
    ///
    /// - Parameter responds: whether each is answered, and the client gets what there is for it.
    private func read(arrivals: [Int], responds: Bool) -> [Int32: [UInt8]] {
        guard let session = HTTP2Session(limits) else { return [:] }
        var requests: [Int32: [UInt8]] = [:]
        var waiting: [Int32: [UInt8]] = [:]
        var closed: Set<Int32> = []
        var start = 0
        for end in arrivals {
            bytes[start..<end].withUnsafeBytes { session.receive($0, now: 0) }
            start = end
            for event in session.takeEvents() {
                switch event {
                case .opened(let stream):
                    demand(requests[stream] == nil, "stream \(stream) opens twice")
                    requests[stream] = []
                    waiting[stream] = Array(Self.responses[Int(choice >> 2 & 3)].utf8)
                case .input(let stream, let range, let windowBytes):
                    demand(requests[stream] != nil, "stream \(stream) has bytes and is not open")
                    demand(!closed.contains(stream), "stream \(stream) has bytes and is closed")
                    requests[stream]? += session.text[range]
                    if responds { session.consumed(windowBytes, of: stream) }
                case .closed(let stream): closed.insert(stream)
                case .hasRoom: break
                }
            }
            session.clearText()
            guard responds else { continue }
            respond(session, &waiting)
        }
        demand(session.streamCount <= limits.streamsMax || !responds, "\(session.streamCount) streams are open")
        return requests
    }

    private func respond(_ session: HTTP2Session, _ waiting: inout [Int32: [UInt8]]) {
        for (stream, response) in waiting {
            let taken = response.withUnsafeBytes { session.respond($0, on: stream) }
            demand(taken <= response.count, "\(taken) of \(response.count) bytes are taken")
            demand(session.waitingBytes(on: stream) <= limits.outputBytesMax, "\(session.waitingBytes(on: stream)) bytes wait")
            waiting[stream] = taken == response.count ? nil : Array(response[taken...])
            if taken == response.count, choice & 16 == 16 { session.responseEnded(on: stream) }
        }
        var output = 0
        while let bytes = session.nextOutput() { output += bytes.count }
        demand(output < 1 << 20, "\(output) bytes go out for \(bytes.count)")
    }

    /// What is handed on for one stream is one request of HTTP/1.1 at most, with nothing behind it, or is refused. Where its chunks
    /// end depends on how the bytes came, so it is handed back without them; nil where it is refused, or not whole: of a body that proves wrong
    /// more or less may have been handed on by then.
    private func meaning(_ text: [UInt8]) -> [UInt8]? {
        var limits = HTTPLimits()
        limits.headBytesMax = self.limits.headBytesMax
        var parser = RequestHeadParser(limits: limits)
        switch parser.parse(text.span) {
        case .malformed: return nil
        case .incomplete: demand(false, "a head without an end that is not refused: \(text)")
        case .complete(let head, let count):
            guard head.declaresBody else {
                demand(count == text.count, "\(text.count - count) bytes behind a request without a body: \(text)")
                return text
            }
            var decoder = BodyDecoder(head, limits: limits)
            var body: [UInt8] = []
            switch decoder.decode(text.span.extracting(count..<text.count), into: &body) {
            case .complete(let used): demand(count + used == text.count, "\(text.count - count - used) bytes behind a body: \(text)")
            case .incomplete(let used):
                demand(count + used == text.count, "bytes of a body are left")
                return nil
            case .malformed: demand(!head.isChunked, "a body of our own framing that is malformed: \(text)")
            }
            return Array(text[..<count]) + body
        }
        return text
    }
}
