import Bytes
import CLibevent
import Glibc

/// Resolves names by `getaddrinfo`, each on a thread of its own, since that call blocks as long as it likes.
///
/// So `/etc/hosts`, search domains and Kubernetes' `ndots` work as for every other program.
public enum Resolver {
    /// 127.0.0.1
    public static let loopbackV4 = IPAddress("127.0.0.1")

    /// All addresses of `endpoint`, in the resolver's order. `done` is called on another thread, or at once where the
    /// host is numeric already or the endpoint a Unix socket.
    public static func resolve(
        _ endpoint: Endpoint, _ done: @escaping @Sendable (Result<[SocketAddress], IOError>) -> Void
    ) {
        if let path = endpoint.unixPath {
            let address = SocketAddress(unixPath: path).map { [$0] }
            return done(address.map(Result.success) ?? .failure(IOError("connect to \(endpoint)", ENAMETOOLONG)))
        }
        if let ip = IPAddress(endpoint.host) { return done(.success([SocketAddress(ip, port: endpoint.port)])) }
        do {
            pthread_detach(
                try SystemThread.start { done(Resolver.addresses(of: endpoint.host, port: endpoint.port)) })
        } catch {
            done(.failure(error))
        }
    }

    /// All addresses of `host`; blocks as long as the resolver does.
    public static func addresses(of host: String, port: UInt16) -> Result<[SocketAddress], IOError> {
        if let ip = IPAddress(host) { return .success([SocketAddress(ip, port: port)]) }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            return .failure(IOError("resolve \(host)", detail: String(cString: gai_strerror(code))))
        }
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next {
            var storage = sockaddr_storage()
            let length = min(Int(entry.pointee.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
            if let address = entry.pointee.ai_addr { memcpy(&storage, address, length) }
            if let ip = SocketAddress(storage)?.ip {
                let withPort = SocketAddress(ip, port: port)
                if !found.contains(withPort) { found.append(withPort) }
            }
            next = entry.pointee.ai_next
        }
        return found.isEmpty ? .failure(IOError("resolve \(host)", detail: "no address")) : .success(found)
    }
}
