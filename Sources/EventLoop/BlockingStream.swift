import CLibevent
import Glibc

/// A connection of plain blocking calls, each bounded in time. For the demo and for tests, never on a loop's thread.
public final class BlockingStream {
    private let fd: Int32
    private var tls: TLSConnection?

    /// Connects to `address`.
    ///
    /// - Parameters:
    ///   - timeoutMilliseconds: bound of the connect and of each later read or write.
    ///   - tls: what to speak TLS with; nil for a plain connection.
    ///   - serverName: name or address that the peer's certificate must carry.
    /// - Throws: ``IOError``
    public init(
        _ address: SocketAddress, timeoutMilliseconds: Int, tls: TLSClientContext? = nil, serverName: String = ""
    ) throws(IOError) {
        fd = mg_blocking_socket(address.family)
        guard fd >= 0 else { throw IOError("socket", errno) }
        var limit = timeval(tv_sec: timeoutMilliseconds / 1000, tv_usec: timeoutMilliseconds % 1000 * 1000)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        _ = mg_set_option(fd, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        guard address.withPointer({ [fd] in mg_connect(fd, $0, $1) }) == 0 else {
            throw IOError("connect to \(address)", errno)
        }
        guard let tls else { return }
        let connection = try tls.connection(fd: fd, serverName: serverName)
        self.tls = connection
        _ = try count(connection.handshake(), "TLS handshake")
    }

    deinit {
        tls = nil
        Glibc.close(fd)
    }

    /// How many bytes a TLS call has moved, 0 at the end. On a blocking descriptor it wants more only when the time is over.
    private func count(_ outcome: TLSConnection.Outcome, _ operation: String) throws(IOError) -> Int {
        switch outcome {
        case .done(let count): return count
        case .ended: return 0
        case .wantsRead, .wantsWrite: throw IOError(operation, ETIMEDOUT)
        case .failed(let error): throw error
        }
    }

    /// Sends all of `bytes`.
    public func write(_ bytes: [UInt8]) throws(IOError) {
        var sent = 0
        while sent < bytes.count {
            let rest = bytes[sent...]
            if let tls {
                let moved = try count(rest.withUnsafeBytes { tls.write($0) }, "TLS write")
                guard moved > 0 else { throw IOError("TLS write", EPIPE) }
                sent += moved
                continue
            }
            let count = rest.withUnsafeBytes { mg_send(fd, $0.baseAddress, $0.count) }
            guard count > 0 else { throw IOError("send", errno) }
            sent += count
        }
    }

    /// What has come, at most `bytesMax`; empty at the end of the stream.
    public func read(bytesMax: Int = 64 << 10) throws(IOError) -> [UInt8] {
        if let tls {
            var bytes = [UInt8](repeating: 0, count: bytesMax)
            let received = try count(bytes.withUnsafeMutableBytes { tls.read(into: $0) }, "TLS read")
            return Array(bytes[..<received])
        }
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: bytesMax) { buffer, count in
            let received = recv(fd, buffer.baseAddress, bytesMax, 0)
            code = received < 0 ? errno : 0
            count = max(0, received)
        }
        if code != 0 { throw IOError("recv", code) }
        return bytes
    }

    /// Which of `streams` have something to read (or have ended), by index; waits until one has, or the time is over.
    public static func readable(_ streams: [BlockingStream], waitMilliseconds: Int) -> [Int] {
        var polls = streams.map { pollfd(fd: $0.fd, events: Int16(POLLIN), revents: 0) }
        guard poll(&polls, nfds_t(polls.count), Int32(clamping: waitMilliseconds)) > 0 else { return [] }
        return polls.indices.filter { polls[$0].revents != 0 }
    }

    /// Tells the peer that no more will be sent.
    public func shutdownWriting() {
        if let tls { tls.endWriting() } else { shutdown(fd, Int32(SHUT_WR)) }
    }
}
