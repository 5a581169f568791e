import Bytes
import CLibevent
import Glibc

/// Where a socket can be bound or connected to: a numeric address and port, or the path of a Unix socket.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    private enum Place: Sendable, Hashable {
        case internet(IPAddress, port: UInt16)
        /// Empty for a peer that has bound itself to none.
        case unix(path: String)
    }

    private let place: Place

    public init(_ ip: IPAddress, port: UInt16) { place = .internet(ip, port: port) }

    /// Nil for what is no path of a Unix socket; see ``Endpoint/init(unixPath:)``.
    public init?(unixPath path: String) {
        guard Endpoint(unixPath: path) != nil else { return nil }
        place = .unix(path: path)
    }

    /// Reads what the kernel or the resolver filled in; nil for a family that is none of the three. A peer over a Unix socket
    /// is nobody in particular, whatever path it has bound itself to.
    init?(_ storage: sockaddr_storage) {
        let family = Int32(storage.ss_family)
        let parsed: Place? = withUnsafeBytes(of: storage) { bytes in
            switch family {
            case AF_INET:
                let address = bytes.loadUnaligned(as: sockaddr_in.self)
                return withUnsafeBytes(of: address.sin_addr) { raw in
                    IPAddress(bytes: Array(raw).span).map { .internet($0, port: UInt16(bigEndian: address.sin_port)) }
                }
            case AF_INET6:
                let address = bytes.loadUnaligned(as: sockaddr_in6.self)
                return withUnsafeBytes(of: address.sin6_addr) { raw in
                    IPAddress(bytes: Array(raw).span).map { .internet($0, port: UInt16(bigEndian: address.sin6_port)) }
                }
            case AF_UNIX: return .unix(path: "")
            default: return nil
            }
        }
        guard let parsed else { return nil }
        place = parsed
    }

    /// Nil for a Unix socket.
    public var ip: IPAddress? { if case .internet(let ip, _) = place { ip } else { nil } }

    /// 0 for a Unix socket.
    public var port: UInt16 { if case .internet(_, let port) = place { port } else { 0 } }

    /// Nil for an address of the internet.
    public var unixPath: String? { if case .unix(let path) = place { path } else { nil } }

    /// The same as an endpoint, its host in digits.
    public var endpoint: Endpoint {
        switch place {
        case .internet(let ip, let port): Endpoint(host: "\(ip)", port: port)
        case .unix(let path): Endpoint(unixPath: path) ?? Endpoint(host: "", port: 0)
        }
    }

    var family: Int32 {
        switch place {
        case .internet(let ip, _): ip.family == .v4 ? AF_INET : AF_INET6
        case .unix: AF_UNIX
        }
    }

    func withPointer<R>(_ body: (UnsafePointer<sockaddr_storage>, socklen_t) -> R) -> R {
        var storage = sockaddr_storage()
        let length = withUnsafeMutableBytes(of: &storage) { write(to: $0) }
        return withUnsafePointer(to: storage) { body($0, socklen_t(length)) }
    }

    /// Writes the system's form and hands back its length.
    private func write(to raw: UnsafeMutableRawBufferPointer) -> Int {
        switch place {
        case .internet(let ip, let port) where ip.family == .v4:
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: ip.bytes) }
            raw.storeBytes(of: address, as: sockaddr_in.self)
            return MemoryLayout<sockaddr_in>.size
        case .internet(let ip, let port):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: ip.bytes) }
            raw.storeBytes(of: address, as: sockaddr_in6.self)
            return MemoryLayout<sockaddr_in6>.size
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            // The path's bound leaves room for the NUL behind it.
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            raw.storeBytes(of: address, as: sockaddr_un.self)
            return MemoryLayout<sockaddr_un>.size
        }
    }

    public var description: String {
        switch place {
        case .internet(let ip, let port): ip.family == .v4 ? "\(ip):\(port)" : "[\(ip)]:\(port)"
        case .unix(let path): path.isEmpty ? "unix" : "unix:\(path)"
        }
    }
}

extension StreamSocket {
    /// The address at this end; nil where there is none, or none any more.
    public var localAddress: SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        guard mg_getsockname(fd, &storage, &length) == 0 else { return nil }
        return SocketAddress(storage)
    }

    /// Who is at the other end, or for whom it speaks; nil where nobody is any more.
    public var peer: SocketAddress? {
        if let statedPeer { return statedPeer.address }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return mg_getpeername(fd, &storage, &length) == 0 ? SocketAddress(storage) : nil
    }
}

/// The address of a client behind a proxy. An object, as few connections have one.
final class StatedPeer {
    let address: SocketAddress

    init(_ address: SocketAddress) { self.address = address }
}
