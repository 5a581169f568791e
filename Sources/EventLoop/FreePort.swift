import Bytes
import CLibevent
import Glibc
import Synchronization

/// Ports of 127.0.0.1 for servers that are about to be started.
public enum FreePort {
    /// Below the range from which the system picks ports for outgoing connections (from 32768 on), since one of those
    /// could take the port before its server does.
    private static let range = 15_000..<32_000
    /// Where the search goes on, so that no port is handed out twice by this process.
    private static let handedOut = Atomic<Int>(Int(getpid()) &* 101)

    /// A port that nobody listens on at the moment.
    ///
    /// - Throws: ``IOError`` when none is found.
    public static func next() throws(IOError) -> UInt16 {
        guard let loopback = Resolver.loopbackV4 else { throw IOError("free port", EINVAL) }
        for _ in range {
            let count = handedOut.wrappingAdd(1, ordering: .relaxed).newValue
            let port = UInt16(range.lowerBound + count % range.count)
            if isFree(SocketAddress(loopback, port: port)) { return port }
        }
        throw IOError("free port", EADDRINUSE)
    }

    /// Binds without listening: a process that is just being started by another thread holds a copy of the socket until it
    /// runs its program, and a copy that listened would keep the port taken for so long.
    private static func isFree(_ address: SocketAddress) -> Bool {
        let fd = mg_socket(address.family)
        guard fd >= 0 else { return false }
        defer { close(fd) }
        _ = mg_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1)
        return address.withPointer { mg_bind(fd, $0, $1) } == 0
    }
}
