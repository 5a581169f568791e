import Bytes
import CLibevent
import Glibc

/// A numeric address and port that a socket can be bound or connected to.
package struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    package let ip: IPAddress
    package let port: UInt16

    package init(_ ip: IPAddress, port: UInt16) {
        self.ip = ip
        self.port = port
    }

    /// Reads what the kernel or the resolver filled in; nil for a family that is neither IPv4 nor IPv6.
    init?(_ storage: sockaddr_storage) {
        let family = Int32(storage.ss_family)
        let parsed: (IPAddress, UInt16)? = withUnsafeBytes(of: storage) { bytes in
            switch family {
            case AF_INET:
                let address = bytes.loadUnaligned(as: sockaddr_in.self)
                return withUnsafeBytes(of: address.sin_addr) { raw in
                    IPAddress(bytes: Array(raw).span).map { ($0, UInt16(bigEndian: address.sin_port)) }
                }
            case AF_INET6:
                let address = bytes.loadUnaligned(as: sockaddr_in6.self)
                return withUnsafeBytes(of: address.sin6_addr) { raw in
                    IPAddress(bytes: Array(raw).span).map { ($0, UInt16(bigEndian: address.sin6_port)) }
                }
            default: return nil
            }
        }
        guard let parsed else { return nil }
        (ip, port) = parsed
    }

    var family: Int32 { ip.family == .v4 ? AF_INET : AF_INET6 }

    func withPointer<R>(_ body: (UnsafePointer<sockaddr_storage>, socklen_t) -> R) -> R {
        var storage = sockaddr_storage()
        let bytes = ip.bytes
        let length: Int = withUnsafeMutableBytes(of: &storage) { raw in
            if ip.family == .v4 {
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                address.sin_port = port.bigEndian
                withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: bytes) }
                raw.storeBytes(of: address, as: sockaddr_in.self)
                return MemoryLayout<sockaddr_in>.size
            }
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes) }
            raw.storeBytes(of: address, as: sockaddr_in6.self)
            return MemoryLayout<sockaddr_in6>.size
        }
        return withUnsafePointer(to: storage) { body($0, socklen_t(length)) }
    }

    package var description: String { ip.family == .v4 ? "\(ip):\(port)" : "[\(ip)]:\(port)" }
}

extension StreamSocket {
    /// Who is at the other end; nil where nobody is any more.
    package var peer: SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return mg_getpeername(fd, &storage, &length) == 0 ? SocketAddress(storage) : nil
    }
}
