import Bytes
import Testing

@testable import EventLoop

/// Both ends of a TLS connection on one loop.
struct SecurePair {
    let loop: EventLoop
    let folder: TemporaryFolder
    let server = Recorder()
    let client = Recorder()
    let serverContext: TLSServerContext
    let clientContext: TLSClientContext
    let listener: Listener
    let accepted: Accepted

    final class Accepted { var sockets: [StreamSocket] = [] }

    /// - Parameter prepare: what is done with the server's socket as soon as it is there.
    init(
        handshakeTimeoutMilliseconds: Int = 5000, serverStrength: TLSStrength = TLSStrength(), clientStrength: TLSStrength = TLSStrength(), _ prepare: @escaping (StreamSocket) -> Void = { _ in }
    ) throws {
        SystemLimits.ignoreBrokenPipes()
        let loop = try EventLoop()
        self.loop = loop
        folder = try TemporaryFolder(prefix: "mastergate-test")
        let (certificate, key) = ("\(folder.path)/crt", "\(folder.path)/key")
        let openSSL = try ChildProcess(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out",
                certificate, "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
            ], output: .file("\(folder.path)/log"))
        try #require(openSSL.wait(milliseconds: 10_000) && openSSL.exitCode == 0)
        let context = try TLSServerContext(
            TLSIdentity(certificateFile: certificate, keyFile: key), clientCertificate: .ignored,
            handshakeTimeoutMilliseconds: handshakeTimeoutMilliseconds, strength: serverStrength)
        serverContext = context
        clientContext = try TLSClientContext(authorityFile: certificate, strength: clientStrength)
        let kept = Accepted()
        accepted = kept
        let server = server
        listener = try Listener(loop, on: SocketAddress(#require(Resolver.loopbackV4), port: 0)) { socket in
            var socket = socket
            socket.tls = context
            let served = socket.socket(on: loop, delegate: server)
            prepare(served)
            kept.sockets.append(served)
        }
    }

    /// The client's end.
    func connect() -> StreamSocket {
        StreamSocket(
            loop, to: listener.address,
            options: ConnectOptions(
                timeoutMilliseconds: 5000, userTimeoutMilliseconds: 5000, tls: clientContext, serverName: "127.0.0.1"),
            delegate: client)
    }

    /// Turns the loop until `condition` holds; false after five seconds without it.
    func turn(until condition: () -> Bool) -> Bool {
        var isOver = false
        let limit = LoopTimer(loop, milliseconds: 5000) { isOver = true }
        defer { limit.cancel() }
        while !condition(), !isOver { loop.turn() }
        return condition()
    }
}

@Suite struct TLSSocketTests {
    @Test func bothEndsOpenAfterTheHandshakeAndTalk() throws {
        let pair = try SecurePair()
        let socket = pair.connect()
        // Sent before there is a connection: it follows the handshake at once.
        socket.send(Array("first".utf8))
        #expect(pair.turn { pair.server.received == Array("first".utf8) })
        #expect(pair.server.events == ["opened"])
        #expect(pair.client.events == ["opened"])
        pair.accepted.sockets[0].send(Array("answer".utf8))
        #expect(pair.turn { pair.client.received == Array("answer".utf8) })
    }

    @Test func smallRepliesOfOneTurnAreOneRecord() throws {
        let pair = try SecurePair()
        var reads = 0
        pair.client.onReceive = { _, _ in reads += 1 }
        pair.server.onReceive = { socket, _ in
            for _ in 0..<10 { Array("reply".utf8).withUnsafeBytes { socket.sendNow($0) } }
        }
        let socket = pair.connect()
        socket.send(Array("ask".utf8))
        #expect(pair.turn { pair.client.received.count == 50 })
        #expect(reads == 1)
    }

    @Test func manySmallRecordsThatCameAtOnceAreAllRead() throws {
        let pair = try SecurePair { $0.pauseReading() }
        let socket = pair.connect()
        #expect(pair.turn { pair.server.events == ["opened"] && pair.client.events == ["opened"] })
        // Each turn sends a record, and the kernel keeps them all; OpenSSL takes several from it in one read.
        let (records, bytes) = (100, 1000)
        for _ in 0..<records {
            socket.send([UInt8](repeating: 7, count: bytes))
            pair.loop.turn(waiting: false)
        }
        #expect(socket.unsentBytes == 0)
        pair.accepted.sockets[0].resumeReading()
        #expect(pair.turn { pair.server.received.count == records * bytes })
    }

    @Test func readingThatIsPausedFromTheStartDoesNotHinderTheHandshake() throws {
        let pair = try SecurePair { $0.pauseReading() }
        let socket = pair.connect()
        socket.send(Array("waiting".utf8))
        #expect(pair.turn { pair.server.events == ["opened"] && socket.unsentBytes == 0 })
        pair.loop.turn(waiting: false)
        #expect(pair.server.received.isEmpty)
        pair.accepted.sockets[0].resumeReading()
        // What is put off is applied at a turn's end, and this one has nothing to wait for.
        pair.loop.turn(waiting: false)
        #expect(pair.turn { pair.server.received == Array("waiting".utf8) })
    }

    @Test func theLastWordsComeWithTLSsOwnEnd() throws {
        let pair = try SecurePair()
        pair.server.onReceive = { socket, _ in
            socket.send(Array("bye".utf8))
            socket.finish()
        }
        let socket = pair.connect()
        socket.send(Array("ask".utf8))
        #expect(pair.turn { pair.client.events.contains("end") })
        #expect(pair.client.received == Array("bye".utf8))
        #expect(pair.server.events == ["opened", "closed: closed here"])
    }

    @Test func aHandshakeThatFailsNamesThePeer() throws {
        let pair = try SecurePair()
        let peer = try BlockingStream(pair.listener.address, timeoutMilliseconds: 2000)
        try peer.write(Array("PING\r\n".utf8))
        #expect(pair.turn { !pair.server.events.isEmpty })
        #expect(pair.server.events.count == 1)
        #expect(pair.server.events[0].hasPrefix("closed: TLS handshake with 127.0.0.1:"))
        #expect(pair.server.received.isEmpty)
    }

    @Test func aHandshakeIsBoundedInTime() throws {
        let pair = try SecurePair(handshakeTimeoutMilliseconds: 50)
        let peer = try BlockingStream(pair.listener.address, timeoutMilliseconds: 2000)
        #expect(pair.turn { pair.server.events.first?.hasSuffix("not done in time") == true })
        #expect(try peer.read().isEmpty)
    }
}

@Suite("The strength of TLS") struct TLSStrengthTests {
    private func connects(_ client: TLSStrength, to server: TLSStrength) throws -> Bool {
        let pair = try SecurePair(serverStrength: server, clientStrength: client)
        let socket = pair.connect()
        defer { socket.close() }
        _ = pair.turn { !pair.client.events.isEmpty }
        return pair.client.events == ["opened"]
    }

    @Test("suites of TLS 1.3 can be chosen on both sides, and where none is common there is no connection")
    func suites() throws {
        func only(_ suite: String) -> TLSStrength { TLSStrength(isModernOnly: true, ciphersuites: suite) }
        #expect(try connects(TLSStrength(), to: TLSStrength(isModernOnly: true)))
        #expect(try connects(only("TLS_AES_128_GCM_SHA256"), to: TLSStrength()))
        #expect(try !connects(only("TLS_AES_128_GCM_SHA256"), to: only("TLS_CHACHA20_POLY1305_SHA256")))
    }

    @Test("a list of nothing that OpenSSL knows is an error of the start")
    func unknown() {
        #expect(throws: IOError.self) { try TLSClientContext(authorityFile: nil, strength: TLSStrength(ciphers: "NONE-OF-THESE")) }
        #expect(throws: IOError.self) { try TLSClientContext(authorityFile: nil, strength: TLSStrength(ciphersuites: "TLS_OF_TOMORROW")) }
    }
}
