import Bytes
import Testing

@testable import EventLoop

/// Keeps what a socket tells, and stops the loop when a condition is met.
final class Recorder: StreamSocketDelegate {
    var received: [UInt8] = []
    var events: [String] = []
    var onChange: (Recorder) -> Void = { _ in }
    var onReceive: ((StreamSocket, UnsafeRawBufferPointer) -> Void)?

    func streamOpened(_ socket: StreamSocket) { note("opened") }
    func stream(_ socket: StreamSocket, received bytes: UnsafeRawBufferPointer) {
        received += bytes
        onReceive?(socket, bytes)
        onChange(self)
    }
    func streamReachedEnd(_ socket: StreamSocket) { note("end") }
    func streamDrained(_ socket: StreamSocket) { note("drained") }
    func streamClosed(_ socket: StreamSocket, reason: StreamCloseReason) { note("closed: \(reason)") }

    private func note(_ event: String) {
        events.append(event)
        onChange(self)
    }
}

/// A loop with one accepted connection and the blocking peer at its other end.
struct Pair {
    let loop: EventLoop
    let recorder = Recorder()
    let listener: Listener
    let peer: BlockingStream
    let socket: StreamSocket

    init() throws {
        let loop = try EventLoop()
        self.loop = loop
        let recorder = recorder
        var accepted: AcceptedSocket?
        listener = try Listener(loop, on: SocketAddress(#require(Resolver.loopbackV4), port: 0)) {
            accepted = $0
            loop.stop()
        }
        peer = try BlockingStream(listener.address, timeoutMilliseconds: 2000)
        loop.run()
        socket = try #require(accepted).socket(on: loop, delegate: recorder)
    }

    /// Turns the loop until `condition` holds; false after two seconds without it.
    func turn(until condition: @escaping (Recorder) -> Bool) -> Bool {
        // What the test itself put off is applied first; a turn that waits would wait in vain.
        loop.turn(waiting: false)
        var isOver = false
        let limit = LoopTimer(loop, milliseconds: 2000) { isOver = true }
        defer { limit.cancel() }
        while !condition(recorder), !isOver { loop.turn() }
        return condition(recorder)
    }
}

@Suite struct StreamSocketTests {
    @Test func bytesComeInAndWhatIsSentLeavesAtTheTurnsEnd() throws {
        let pair = try Pair()
        pair.recorder.onReceive = { socket, bytes in socket.send(bytes) }
        try pair.peer.write(Array("hello".utf8))
        #expect(pair.turn { $0.received.count == 5 })
        #expect(try pair.peer.read() == Array("hello".utf8))
    }

    @Test func aFullPeerIsReportedAsDrainedOnceItHasReadEverything() throws {
        let pair = try Pair()
        pair.socket.watermarkBytes = 1000
        let large = [UInt8](repeating: 7, count: 8 << 20)
        pair.socket.send(large)
        pair.loop.turn(waiting: false)
        #expect(pair.socket.unsentBytes > 0)
        let reader = try Reader(pair.peer, count: large.count)
        #expect(pair.turn { $0.events.contains("drained") })
        #expect(reader.join() == large.count)
        #expect(pair.socket.unsentBytes == 0)
    }

    @Test func outputOverTheWatermarkIsReportedAlsoWhenTheKernelTakesItAtOnce() throws {
        let pair = try Pair()
        pair.socket.watermarkBytes = 10
        pair.socket.send(Array("more than ten bytes".utf8))
        #expect(pair.turn { $0.events == ["drained"] })
    }

    @Test func heldWritingSendsNothingUntilItIsResumed() throws {
        let pair = try Pair()
        pair.socket.holdWriting()
        pair.socket.send(Array("later".utf8))
        Array("still later".utf8).withUnsafeBytes { pair.socket.sendNow($0) }
        pair.loop.turn(waiting: false)
        #expect(BlockingStream.readable([pair.peer], waitMilliseconds: 20).isEmpty)
        pair.socket.resumeWriting()
        pair.loop.turn(waiting: false)
        #expect(try pair.peer.read() == Array("laterstill later".utf8))
    }

    @Test func finishingSendsWhatWaitsAndThenCloses() throws {
        let pair = try Pair()
        pair.socket.send(Array("last words".utf8))
        pair.socket.finish()
        #expect(pair.turn { $0.events == ["closed: closed here"] })
        #expect(try pair.peer.read() == Array("last words".utf8))
        #expect(try pair.peer.read().isEmpty)
    }

    @Test func aLingeringEndDeliversItsLastWordsToAPeerThatStillSends() throws {
        let pair = try Pair()
        pair.recorder.onReceive = { socket, _ in
            socket.send(Array("no".utf8))
            socket.finish(lingering: true)
        }
        try pair.peer.write([UInt8](repeating: 1, count: 200_000))
        #expect(pair.turn { $0.received.count > 0 })
        #expect(try pair.peer.read() == Array("no".utf8))
        #expect(try pair.peer.read().isEmpty)
        pair.peer.shutdownWriting()
        #expect(pair.turn { $0.events.contains("closed: closed here") })
    }

    @Test func anAbortResetsTheConnectionAndThrowsUnsentBytesAway() throws {
        let pair = try Pair()
        pair.socket.send(Array("never".utf8))
        pair.socket.abort()
        #expect(pair.turn { $0.events == ["closed: closed here"] })
        #expect(throws: IOError("recv", 104)) { try pair.peer.read() }
    }

    @Test func thePeersEndIsToldAndAnswersStillReachIt() throws {
        let pair = try Pair()
        pair.peer.shutdownWriting()
        #expect(pair.turn { $0.events == ["end"] })
        pair.socket.send(Array("answer".utf8))
        pair.loop.turn(waiting: false)
        #expect(try pair.peer.read() == Array("answer".utf8))
    }

    @Test func pausedReadingLeavesBytesWithThePeer() throws {
        let pair = try Pair()
        pair.socket.pauseReading()
        try pair.peer.write(Array("waiting".utf8))
        pair.loop.turn(waiting: false)
        #expect(pair.recorder.received.isEmpty)
        pair.socket.resumeReading()
        #expect(pair.turn { $0.received == Array("waiting".utf8) })
    }

    @Test func aRefusedConnectIsToldAfterTheInitialiserReturned() throws {
        let loop = try EventLoop()
        let recorder = Recorder()
        let port = try FreePort.next()
        let socket = StreamSocket(
            loop, to: SocketAddress(try #require(Resolver.loopbackV4), port: port),
            options: ConnectOptions(timeoutMilliseconds: 1000, userTimeoutMilliseconds: 1000), delegate: recorder)
        #expect(recorder.events.isEmpty)
        while recorder.events.isEmpty { loop.turn() }
        #expect(recorder.events.count == 1 && recorder.events[0].contains("Connection refused"))
        #expect(socket.isClosed)
    }

    @Test func aConnectThatNobodyAnswersTimesOut() throws {
        let loop = try EventLoop()
        let recorder = Recorder()
        // A listener with a full queue answers no further handshake.
        let full = try FullListener()
        let socket = StreamSocket(
            loop, to: full.address, options: ConnectOptions(timeoutMilliseconds: 100, userTimeoutMilliseconds: 1000),
            delegate: recorder)
        while recorder.events.isEmpty { loop.turn() }
        #expect(recorder.events[0].contains("timed out"))
        #expect(socket.isClosed)
    }
}
