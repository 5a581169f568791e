import Bytes
import EventLoop
import LocalCluster
import RESP
import Synchronization

/// A server of Redis's protocol on a free port that answers as a test wants it to.
final class FalseServer: Sendable {
    let port: UInt16
    private let thread: LoopThread<Resident>

    /// - Parameters:
    ///   - answer: the bytes that answer a request.
    ///   - flood: bytes sent again and again, every 10 ms, to whoever has subscribed.
    init(flood: [UInt8] = [], _ answer: @escaping @Sendable ([String]) -> [UInt8]) throws {
        let port = try FreePort.next()
        self.port = port
        let heard = Heard()
        self.heard = heard
        thread = try LoopThread(name: "false-server") { loop, _ in try Resident(loop, port, flood, heard, answer) } failed: { _ in }
        try Patience.wait("the false server") { _ = try RESPClient(port: port); return true }
    }

    deinit {
        thread.mailbox.post { $0.loop.stop() }
        thread.join()
    }

    private let heard: Heard
    /// What it was asked, in words.
    var requests: [[String]] { heard.words.withLock { $0 } }

    private final class Heard: Sendable {
        let words = Mutex<[[String]]>([])
    }

    private final class Resident {
        let loop: EventLoop
        private var listener: Listener?
        private var peers: [Peer] = []

        init(
            _ loop: EventLoop, _ port: UInt16, _ flood: [UInt8], _ heard: Heard, _ answer: @escaping @Sendable ([String]) -> [UInt8]
        ) throws {
            self.loop = loop
            guard let loopback = Resolver.loopbackV4 else { throw IOError("loopback", detail: "none") }
            listener = try Listener(loop, on: SocketAddress(loopback, port: port)) { [unowned self] accepted in
                let peer = Peer(loop, flood, heard, answer)
                peer.socket = accepted.socket(on: loop, delegate: peer)
                peers.append(peer)
            }
        }
    }

    private final class Peer: StreamSocketDelegate {
        var socket: StreamSocket?
        private let loop: EventLoop
        private let flood: [UInt8]
        private let heard: Heard
        private let answer: @Sendable ([String]) -> [UInt8]
        private var input = ByteBuffer()
        private var timer: LoopTimer?

        init(_ loop: EventLoop, _ flood: [UInt8], _ heard: Heard, _ answer: @escaping @Sendable ([String]) -> [UInt8]) {
            self.loop = loop
            self.flood = flood
            self.heard = heard
            self.answer = answer
        }

        func stream(_ socket: StreamSocket, received bytes: UnsafeRawBufferPointer) {
            input.append(bytes)
            while !input.isEmpty {
                var scanner = RequestScanner()
                guard case .complete(let frame) = input.withSpan({ scanner.scan($0, limits: RESPLimits(), isAuthenticated: true) }) else { return }
                let words = input.withSpan { span in
                    RequestArguments.all(of: span.extracting(0..<frame.byteCount)).map { String(decoding: $0, as: UTF8.self) }
                }
                input.consume(frame.byteCount)
                heard.words.withLock { $0.append(words) }
                socket.send(answer(words))
                if words.first == "SUBSCRIBE", !flood.isEmpty {
                    timer = LoopTimer(loop, milliseconds: 10, repeating: true) { [unowned self] in
                        if socket.unsentBytes < 1 << 20 { socket.send(flood) }
                    }
                }
            }
        }

        func streamOpened(_ socket: StreamSocket) {}
        func streamDrained(_ socket: StreamSocket) {}
        func streamReachedEnd(_ socket: StreamSocket) { socket.close() }
        func streamClosed(_ socket: StreamSocket, reason: StreamCloseReason) {
            timer = nil
            self.socket = nil
        }
    }
}

extension FalseServer {
    static func bulk(_ text: String) -> [UInt8] { Array("$\(text.utf8.count)\r\n\(text)\r\n".utf8) }
    static func list(_ texts: [String]) -> [UInt8] { array(texts.map(bulk)) }
    static func array(_ elements: [[UInt8]]) -> [UInt8] { Array("*\(elements.count)\r\n".utf8) + elements.flatMap { $0 } }

    /// A server that says it is a master.
    static func master() throws -> FalseServer {
        try FalseServer { words in
            words.first == "ROLE" ? array([bulk("master"), Array(":0\r\n".utf8), array([])]) : Array((words.first == "PING" ? "+PONG\r\n" : "+OK\r\n").utf8)
        }
    }

    /// A sentinel that names the server at `master` under `epoch`.
    static func sentinel(
        master: UInt16, epoch: UInt64 = 0, replicas: [[String]] = [], peers: [[String]] = [], flood: [UInt8] = []
    ) throws -> FalseServer {
        let runID = String((0..<40).map { _ in "0123456789abcdef".randomElement() ?? "0" })
        return try FalseServer(flood: flood) { words in
            switch (words.first, words.dropFirst().first) {
            case ("SENTINEL", "MYID"): bulk(runID)
            case ("SENTINEL", "MASTER"):
                list(["name", "mymaster", "ip", "127.0.0.1", "port", "\(master)", "config-epoch", "\(epoch)", "flags", "master", "quorum", "2"])
            case ("SENTINEL", "GET-MASTER-ADDR-BY-NAME"): list(["127.0.0.1", "\(master)"])
            case ("SENTINEL", "REPLICAS"): array(replicas.map(list))
            case ("SENTINEL", "SENTINELS"): array(peers.map(list))
            case ("SUBSCRIBE", _):
                words.dropFirst().enumerated().flatMap { array([bulk("subscribe"), bulk($1), Array(":\($0 + 1)\r\n".utf8)]) }
            case ("PING", _): Array("+PONG\r\n".utf8)
            default: Array("+OK\r\n".utf8)
            }
        }
    }
}
