import Bytes
import Testing

@testable import EventLoop

/// A carrier with room for so many bytes.
private final class Carrier: StreamCarrier {
    var room: Int
    var taken: [UInt8] = []
    var wantedInput = 0
    var closings = 0

    init(room: Int) { self.room = room }

    func carry(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = min(room, bytes.count)
        room -= count
        taken += bytes.prefix(count)
        return count
    }

    func wantsInput() { wantedInput += 1 }
    func carriedClosed() { closings += 1 }
}

@Suite("A socket that is carried by something else than a descriptor") struct CarriedSocketTests {
    private let loop: EventLoop
    private let recorder = Recorder()

    init() throws { loop = try EventLoop() }

    private func socket(_ carrier: Carrier) -> StreamSocket { StreamSocket(loop, carrier: carrier, peer: nil, delegate: recorder) }

    private func receive(_ text: String, _ socket: StreamSocket) -> Bool { Array(text.utf8).withUnsafeBytes { socket.receive(carried: $0) } }

    @Test("offers at the turn's end what it has to send, and the rest when there is room")
    func output() {
        let carrier = Carrier(room: 3)
        let socket = socket(carrier)
        socket.watermarkBytes = 1
        socket.send(Array("hello".utf8))
        #expect(carrier.taken.isEmpty)
        loop.turn(waiting: false)
        #expect(carrier.taken == Array("hel".utf8) && socket.unsentBytes == 2 && recorder.events.isEmpty)
        // Nobody is asked before there is room.
        carrier.room = 100
        socket.send(Array("!".utf8))
        loop.turn(waiting: false)
        #expect(carrier.taken.count == 3)
        socket.carrierHasRoom()
        #expect(carrier.taken == Array("hello!".utf8) && socket.unsentBytes == 0 && recorder.events == ["drained"])
    }

    @Test("takes in nothing while its owner does not read, and says when it does again")
    func input() {
        let carrier = Carrier(room: 0)
        let socket = socket(carrier)
        #expect(receive("a", socket))
        socket.pauseReading()
        #expect(!receive("b", socket) && !socket.hasPeerLeftUnread)
        socket.resumeReading()
        #expect(carrier.wantedInput == 1 && receive("c", socket) && recorder.received == Array("ac".utf8))
    }

    @Test("closes when all is taken, and tells its carrier once, unless that closes it")
    func closing() {
        let carrier = Carrier(room: 2)
        let finishing = socket(carrier)
        finishing.send(Array("bye".utf8))
        finishing.finish(lingering: true)
        loop.turn(waiting: false)
        #expect(carrier.closings == 0 && !receive("x", finishing))
        carrier.room = 1
        finishing.carrierHasRoom()
        #expect(carrier.closings == 1 && finishing.isClosed && carrier.taken == Array("bye".utf8))
        let other = socket(carrier)
        other.closeCarried()
        loop.turn(waiting: false)
        #expect(carrier.closings == 1 && recorder.events == ["closed: closed here", "closed: closed here"])
        let aborted = socket(carrier)
        aborted.abort()
        #expect(carrier.closings == 2)
    }
}
