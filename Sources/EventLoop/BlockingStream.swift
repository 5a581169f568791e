import CLibevent
import Glibc

/// A connection of plain blocking calls, each bounded in time. For the demo and for tests, never on a loop's thread.
package final class BlockingStream {
    private let fd: Int32

    /// Connects to `address`.
    ///
    /// - Parameter timeoutMilliseconds: bound of the connect and of each later read or write.
    /// - Throws: ``IOError``
    package init(_ address: SocketAddress, timeoutMilliseconds: Int) throws(IOError) {
        fd = mg_blocking_socket(address.family)
        guard fd >= 0 else { throw IOError("socket", errno) }
        var limit = timeval(tv_sec: timeoutMilliseconds / 1000, tv_usec: timeoutMilliseconds % 1000 * 1000)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        _ = mg_set_option(fd, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        guard address.withPointer({ [fd] in mg_connect(fd, $0, $1) }) == 0 else {
            let code = errno
            Glibc.close(fd)
            throw IOError("connect to \(address)", code)
        }
    }

    deinit { Glibc.close(fd) }

    /// Sends all of `bytes`.
    package func write(_ bytes: [UInt8]) throws(IOError) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { mg_send(fd, $0.baseAddress.map { $0 + sent }, $0.count - sent) }
            guard count > 0 else { throw IOError("send", errno) }
            sent += count
        }
    }

    /// What has come, at most `bytesMax`; empty at the end of the stream.
    package func read(bytesMax: Int = 64 << 10) throws(IOError) -> [UInt8] {
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
    package static func readable(_ streams: [BlockingStream], waitMilliseconds: Int) -> [Int] {
        var polls = streams.map { pollfd(fd: $0.fd, events: Int16(POLLIN), revents: 0) }
        guard poll(&polls, nfds_t(polls.count), Int32(clamping: waitMilliseconds)) > 0 else { return [] }
        return polls.indices.filter { polls[$0].revents != 0 }
    }

    /// Tells the peer that no more will be sent.
    package func shutdownWriting() { shutdown(fd, Int32(SHUT_WR)) }
}
