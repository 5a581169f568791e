import Bytes
import CLibevent
import Glibc

/// A socket that is bound and listens: who connects waits until a ``Listener`` takes it in. It may cross threads.
public final class ListeningSocket: Sendable {
    private static let backlog: Int32 = 4096

    fileprivate let fd: Int32
    var descriptor: Int32 { fd }
    private let file: UnixSocketFile?
    /// Where it listens; the port is the real one where 0 was asked for.
    public let address: SocketAddress

    /// The socket that somebody else has bound to `address`, and that listens.
    public init?(inherited sockets: inout InheritedSockets, at address: SocketAddress) {
        guard let descriptor = sockets.take(address) else { return nil }
        fd = descriptor
        // Whoever keeps a socket beyond its server's life keeps its file; from a predecessor both are inherited.
        file = sockets.predecessor == nil ? nil : address.unixPath.flatMap { UnixSocketFile(inherited: $0) }
        self.address = address
    }

    /// Leaves a Unix socket's file to the process that listens from now on.
    public func leaveFile() { file?.leave() }

    /// - Parameter unixMode: mode of a Unix socket's file.
    /// - Throws: ``IOError`` when the address cannot be bound; it names the address.
    public init(on address: SocketAddress, unixMode: Int = 0o770) throws(IOError) {
        let fd = mg_socket(address.family)
        guard fd >= 0 else { throw IOError("listen on \(address)", errno) }
        do throws(IOError) {
            file = try Self.bind(fd, to: address, unixMode: unixMode)
        } catch {
            close(fd)
            throw error
        }
        self.fd = fd
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = mg_getsockname(fd, &storage, &length)
        self.address = address.unixPath == nil ? SocketAddress(storage) ?? address : address
    }

    deinit { close(fd) }

    /// Binds and listens; hands back the file of a Unix socket.
    private static func bind(_ fd: Int32, to address: SocketAddress, unixMode: Int) throws(IOError) -> UnixSocketFile? {
        _ = mg_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1)
        if address.unixPath == nil {
            // Whatever is accepted here inherits these (tcp(7)), at no cost for each.
            _ = mg_set_option(fd, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
            KeepAlive.enable(on: fd)
        }
        if address.family == AF_INET6 { _ = mg_set_option(fd, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        try UnixSocketFile.clearWay(for: address)
        func bind() throws(IOError) {
            guard address.withPointer({ mg_bind(fd, $0, $1) }) == 0 else { throw IOError("listen on \(address)", errno) }
        }
        var file: UnixSocketFile?
        if let path = address.unixPath { file = try UnixSocketFile(path, mode: unixMode, binding: bind) } else { try bind() }
        guard listen(fd, backlog) == 0 else { throw IOError("listen on \(address)", errno) }
        return file
    }
}

/// Takes connections in at a listening socket. Each accepted descriptor is handed to `accepted`, which owns it from then on.
public final class Listener: SocketEventHandler {
    /// Connections taken in one turn, so that a storm of them does not starve the rest of the loop.
    private static let acceptsPerTurnMax = 128
    private static let pauseWhenExhaustedMilliseconds = 100

    private let socket: ListeningSocket
    private var readable: SocketEvent?
    private var pause: LoopTimer?
    private let accepted: (AcceptedSocket) -> Void
    /// How many are tried in the next turn: more while there are more, so that a quiet time costs no call in vain.
    private var acceptsNextTurn = 1
    public var address: SocketAddress { socket.address }

    public init(_ loop: EventLoop, _ socket: ListeningSocket, accepted: @escaping (AcceptedSocket) -> Void) {
        self.socket = socket
        self.accepted = accepted
        super.init(loop)
        readable = SocketEvent(fd: socket.fd, reading: true, handler: self)
        readable?.add()
    }

    /// Listens at an address of its own.
    ///
    /// - Parameter unixMode: mode of a Unix socket's file.
    /// - Throws: ``IOError`` when the address cannot be bound; it names the address.
    public convenience init(
        _ loop: EventLoop, on address: SocketAddress, unixMode: Int = 0o770, accepted: @escaping (AcceptedSocket) -> Void
    ) throws(IOError) {
        self.init(loop, try ListeningSocket(on: address, unixMode: unixMode), accepted: accepted)
    }

    deinit { readable?.remove() }

    override func becameReadable() {
        let attempts = acceptsNextTurn
        acceptsNextTurn = min(Self.acceptsPerTurnMax, attempts * 2)
        for _ in 0..<attempts {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = mg_accept(socket.fd, &storage, &length)
            guard descriptor >= 0 else {
                acceptsNextTurn = 1
                // Out of descriptors: the pending connection would wake us at once again, and for nothing.
                if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM { rest() }
                return
            }
            guard let peer = SocketAddress(storage) else {
                close(descriptor)
                continue
            }
            accepted(AcceptedSocket(descriptor: descriptor, peer: peer))
        }
    }

    private func rest() {
        readable?.remove()
        pause = LoopTimer(loop, milliseconds: Self.pauseWhenExhaustedMilliseconds) { [unowned self] in readable?.add() }
    }
}

/// A connection that was accepted and that nobody serves yet. It may cross threads; whoever gets it last closes it.
public struct AcceptedSocket: Sendable {
    let descriptor: Int32
    public let peer: SocketAddress
    /// What the peer has to speak TLS with; nil for a plain connection.
    public var tls: TLSServerContext?
    /// For whom the peer has connected, where it is a proxy that says so.
    public var stated: SocketAddress?

    /// Answers with `bytes`, as far as the kernel takes them at once, and closes.
    public func refuse(with bytes: [UInt8]) {
        if !bytes.isEmpty { _ = bytes.withUnsafeBytes { mg_send(descriptor, $0.baseAddress, $0.count) } }
        close(descriptor)
    }

    /// Serves the connection on `loop`.
    public func socket(on loop: EventLoop, delegate: any StreamSocketDelegate) -> StreamSocket {
        let socket = if let tls {
            StreamSocket(loop, accepted: descriptor, from: peer, tls: tls, delegate: delegate)
        } else {
            StreamSocket(loop, accepted: descriptor, delegate: delegate)
        }
        if let stated { socket.statedPeer = StatedPeer(stated) }
        return socket
    }
}
