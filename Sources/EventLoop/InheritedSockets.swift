import CLibevent
import Glibc

/// Listening sockets that who has started this process hands over: descriptors from 3 on, as many as `LISTEN_FDS` says.
///
/// systemd does so, for the process that `LISTEN_PID` names (sd_listen_fds(3)): they stay bound while the process restarts, so
/// that new connections wait for it. A Mastergate that is followed by this one does so too (``SuccessorProcess``).
public struct InheritedSockets {
    private static let firstDescriptor: Int32 = 3
    private static let countMax = 1024
    static let predecessorVariable = "MASTERGATE_PREDECESSOR"

    private var sockets: [(descriptor: Int32, address: SocketAddress)] = []
    /// The process that this one follows; nil where it follows none.
    public let predecessor: Predecessor?

    /// Whether this process has been started to follow another.
    public static var haveBeenLeftByPredecessor: Bool { variable(predecessorVariable) == getppid() }

    /// Takes over what is handed to this process; nothing where nothing is. Processes that it starts inherit none of it.
    public init() {
        defer { for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", Self.predecessorVariable] { unsetenv(name) } }
        let isSuccession = Self.haveBeenLeftByPredecessor
        guard isSuccession || Self.variable("LISTEN_PID") == getpid(), let count = Self.variable("LISTEN_FDS"), count >= 0, count <= Self.countMax
        else {
            predecessor = nil
            return
        }
        predecessor = isSuccession ? Predecessor(processID: getppid(), descriptor: Self.firstDescriptor + count) : nil
        for descriptor in Self.firstDescriptor..<(Self.firstDescriptor + count) {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            guard mg_getsockname(descriptor, &storage, &length) == 0, let address = Self.unixAddress(&storage) ?? SocketAddress(storage) else { continue }
            sockets.append((descriptor, address))
        }
    }

    private static func variable(_ name: String) -> Int32? { getenv(name).flatMap { Int32(String(cString: $0)) } }

    private static func unixAddress(_ storage: inout sockaddr_storage) -> SocketAddress? {
        guard Int32(storage.ss_family) == AF_UNIX else { return nil }
        let path = withUnsafeBytes(of: &storage) { bytes in
            String(decoding: bytes.dropFirst(MemoryLayout<sa_family_t>.size).prefix { $0 != 0 }, as: UTF8.self)
        }
        return SocketAddress(unixPath: path)
    }

    /// The descriptor that listens at `address`, taken out; nil where none does.
    mutating func take(_ address: SocketAddress) -> Int32? {
        guard let index = sockets.firstIndex(where: { $0.address == address }) else { return nil }
        return sockets.remove(at: index).descriptor
    }

    /// Addresses of sockets that nobody has taken.
    public var left: [SocketAddress] { sockets.map(\.address) }
}
