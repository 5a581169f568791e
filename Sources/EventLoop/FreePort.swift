import Bytes
import Glibc
import Synchronization

/// Ports of 127.0.0.1 for servers that are about to be started.
package enum FreePort {
    /// Below the range from which the system picks ports for outgoing connections (from 32768 on), since one of those
    /// could take the port before its server does.
    private static let range = 15_000..<32_000
    /// Where the search goes on, so that no port is handed out twice by this process.
    private static let handedOut = Atomic<Int>(Int(getpid()) &* 101)

    /// A port that nobody listens on at the moment.
    ///
    /// - Throws: ``IOError`` when none is found.
    package static func next() throws(IOError) -> UInt16 {
        let loop = try EventLoop()
        guard let loopback = Resolver.loopbackV4 else { throw IOError("free port", EINVAL) }
        for _ in range {
            let count = handedOut.wrappingAdd(1, ordering: .relaxed).newValue
            let port = UInt16(range.lowerBound + count % range.count)
            let listener = try? Listener(loop, on: SocketAddress(loopback, port: port)) { $0.refuse(with: []) }
            if listener != nil { return port }
        }
        throw IOError("free port", EADDRINUSE)
    }
}
