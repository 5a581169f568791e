import Bytes
import EventLoop
import HTTP2Peer
import LocalCluster

/// An HTTP/2 client of blocking calls that begins without asking (prior knowledge), and writes its frames by hand.
final class HTTP2Client {
    let peer = HTTP2Peer()
    private let stream: BlockingStream
    private var next: Int32 = 1
    /// Whether it grants as much as it is sent.
    var grants = true
    private var isClosed = false

    init(port: UInt16, window: UInt32 = 65_535, timeoutMilliseconds: Int = 15_000) throws {
        guard let ip = IPAddress("127.0.0.1") else { throw IOError("connect", detail: "no loopback") }
        stream = try BlockingStream(SocketAddress(ip, port: port), timeoutMilliseconds: timeoutMilliseconds)
        try send(HTTP2Frame.beginning([HTTP2Frame.window(window)]))
    }

    func send(_ bytes: [UInt8]) throws { try stream.write(bytes) }

    /// Begins a request; hands back its stream.
    func open(_ method: String = "GET", _ path: String, fields: [(String, String)] = [], body: [UInt8]? = nil) throws -> Int32 {
        let number = next
        next += 2
        try send(HTTP2Frame.request(number, method, path, fields, ends: body == nil))
        if let body { try send(body.chunks(of: 16_384).enumerated().flatMap { HTTP2Frame.data(number, $1, ends: ($0 + 1) * 16_384 >= body.count) }) }
        return number
    }

    /// Reads once.
    func readSome() throws {
        let bytes = try stream.read(bytesMax: 1 << 20)
        if bytes.isEmpty {
            if isClosed { throw IOError("read", detail: "the connection was closed") }
            isClosed = true
        }
        for frame in peer.read(bytes) {
            switch frame.kind {
            case .settings where frame.flags == 0: try? send(HTTP2Frame(.settings, flags: HTTP2Frame.acknowledges).bytes)
            case .data where grants && !frame.payload.isEmpty:
                let count = UInt32(frame.payload.count)
                try? send(HTTP2Frame.grant(0, count) + (frame.flags & HTTP2Frame.endStream == 0 ? HTTP2Frame.grant(frame.stream, count) : []))
            default: break
            }
        }
    }

    /// Reads until something holds.
    func read(until condition: () -> Bool) throws {
        while !condition() { try readSome() }
    }

    /// Reads to the connection's end.
    func readToEnd() throws {
        while !isClosed { do { try readSome() } catch { return } }
    }

    /// The response on a stream, to its end.
    func response(_ number: Int32) throws -> HTTP2Peer.Response {
        try read { peer.response(number).isOver || peer.goAwayCode ?? 0 != 0 }
        return peer.response(number)
    }

    func request(_ method: String, _ path: String, fields: [(String, String)] = [], body: [UInt8]? = nil) throws -> HTTP2Peer.Response {
        try response(open(method, path, fields: fields, body: body))
    }

    func get(_ path: String) throws -> HTTP2Peer.Response { try request("GET", path) }
}

extension Array {
    /// All elements, so many at a time; one empty part of an empty array.
    fileprivate func chunks(of count: Int) -> [[Element]] {
        isEmpty ? [[]] : stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
    }
}
