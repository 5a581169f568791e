import Bytes
import EventLoop

/// One stream of an HTTP/2 connection: the way between its frames and the ``HTTPConnection`` that serves its request as one of
/// HTTP/1.1.
///
///     request ──▶ delivered, or held while it is not wanted: the client's window stays shut so far
///     response ──▶ taken by the session as far as there is room ──whole──▶ the connection of HTTP/1.1 is closed
final class HTTP2Stream: StreamCarrier {
    let number: Int32
    private unowned let connection: HTTP2Connection
    /// What serves it; nil once that is closed.
    private var socket: StreamSocket?
    /// What has come and is not wanted yet, and what it takes of the windows.
    private var held = ByteBuffer()
    private var heldWindowBytes = 0
    private var isDeliveryDue = false
    /// What waited for the client, where nobody serves the stream any more, and since when nothing has moved.
    private var lastLook: (waitingBytes: Int, at: Int)?

    init(_ number: Int32, _ connection: HTTP2Connection) {
        self.number = number
        self.connection = connection
    }

    func open(_ worker: Worker, _ pool: UpstreamPool, peer: SocketAddress?) {
        let owner = worker.clients.reserve()
        let served = HTTPConnection(worker, pool, .stream(self, peer: peer), owner)
        worker.clients.fill(owner, served)
        socket = served.socket
    }

    var isServed: Bool { socket != nil }
    /// Memory that is held for what has come.
    var heldBytes: Int { held.capacity }

    // MARK: The request

    /// Hands on what has come of the request.
    func take(_ bytes: UnsafeRawBufferPointer, windowBytes: Int) {
        guard let socket else { return connection.consumed(windowBytes, of: self) }
        if held.isEmpty, socket.receive(carried: bytes) { return connection.consumed(windowBytes, of: self) }
        held.append(bytes)
        heldWindowBytes += windowBytes
    }

    func wantsInput() {
        guard !held.isEmpty, !isDeliveryDue else { return }
        isDeliveryDue = true
        connection.worker.loop.atTurnEnd { [self] in deliver() }
    }

    private func deliver() {
        isDeliveryDue = false
        guard let socket, !held.isEmpty else { return }
        let waiting = held.takeAll()
        guard socket.receive(carried: waiting.readable) else {
            held = waiting
            return
        }
        let bytes = heldWindowBytes
        heldWindowBytes = 0
        connection.consumed(bytes, of: self)
    }

    func reachedEnd() { socket?.carrierReachedEnd() }

    // MARK: The response

    func carry(_ bytes: UnsafeRawBufferPointer) -> Int { connection.respond(bytes, on: self) }

    func hasRoom() { socket?.carrierHasRoom() }

    func carriedClosed() {
        forget()
        connection.responseEnded(on: self)
    }

    /// Nobody serves it any more; what of the response is taken in goes out.
    func close() {
        let last = socket
        forget()
        last?.closeCarried()
    }

    private func forget() {
        guard socket != nil else { return }
        socket = nil
        held.removeAll()
        let bytes = heldWindowBytes
        heldWindowBytes = 0
        connection.consumed(bytes, of: self)
    }

    /// For how long the client has taken nothing of what is left for it.
    func stalledMilliseconds(waitingBytes: Int, now: Int) -> Int {
        guard !isServed else { return 0 }
        guard let last = lastLook, last.waitingBytes == waitingBytes else {
            lastLook = (waitingBytes, now)
            return 0
        }
        return now - last.at
    }
}
