import Bytes
import EventLoop
import RESP
import Sentinel

/// A connection to one Redis server, on which the hellos of its sentinels are heard. It is made again for ever: a promotion
/// cuts it, and so does a demotion.
final class HelloConnection: StreamSocketDelegate {
    let endpoint: Endpoint
    private let control: ControlPlane
    private let heard: (SentinelHello) -> Void
    private var session = HelloSession()
    private var socket: StreamSocket?
    private var backoff = ReconnectBackoff(minMilliseconds: 50, maxMilliseconds: 1000)
    private var timer: LoopTimer?
    private var lastReceived = 0
    private var isClosed = false

    /// Sentinels say hello every 2 s; a server that is silent for longer is asked for a sign of life.
    private static let lookMilliseconds = 1000
    private static let silenceMilliseconds = 3000

    /// - Parameter heard: called for every hello, on the control loop.
    init(_ control: ControlPlane, _ endpoint: Endpoint, heard: @escaping (SentinelHello) -> Void) {
        self.control = control
        self.endpoint = endpoint
        self.heard = heard
        connect()
    }

    func close() {
        isClosed = true
        timer = nil
        let gone = socket
        socket = nil
        gone?.close()
    }

    private func connect() {
        timer = nil
        control.lookups.resolve(endpoint, isUrgent: false) { [weak self] result in
            guard let self, !isClosed, socket == nil else { return }
            guard case .success(let addresses) = result, let address = addresses.first else { return retry() }
            session = HelloSession()
            socket = StreamSocket(control.loop, to: address, options: control.redisConnectOptions(serverName: endpoint.host), delegate: self)
        }
    }

    private func retry() {
        timer = LoopTimer(control.loop, milliseconds: backoff.next(random: control.random())) { [unowned self] in connect() }
    }

    private func fail() {
        let gone = socket
        socket = nil
        gone?.close()
        if !isClosed { retry() }
    }

    private func look() {
        if control.loop.nowMilliseconds - lastReceived > Self.silenceMilliseconds { return fail() }
        socket?.send(session.ping())
    }

    func streamOpened(_ socket: StreamSocket) {
        lastReceived = control.loop.nowMilliseconds
        socket.send(session.opened(user: control.redisUser, password: control.redisPassword))
        timer = LoopTimer(control.loop, milliseconds: Self.lookMilliseconds, repeating: true) { [unowned self] in look() }
    }

    func stream(_ socket: StreamSocket, received bytes: UnsafeRawBufferPointer) {
        guard socket === self.socket else { return }
        lastReceived = control.loop.nowMilliseconds
        do {
            let (hellos, refusal) = try session.received(bytes)
            if refusal == nil { backoff.succeeded() }
            for hello in hellos where !isClosed { heard(hello) }
        } catch { fail() }
    }

    func streamReachedEnd(_ socket: StreamSocket) { if socket === self.socket { fail() } }
    func streamDrained(_ socket: StreamSocket) {}
    func streamClosed(_ socket: StreamSocket, reason: StreamCloseReason) { if socket === self.socket { fail() } }
}
