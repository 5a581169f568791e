import CLibevent
import Glibc

/// How an outgoing connection is made and how soon a dead peer is noticed on it.
public struct ConnectOptions {
    /// Until the connection, and the TLS handshake on it, must stand.
    public var timeoutMilliseconds: Int
    /// How long sent bytes may stay unacknowledged before the kernel gives the connection up (`TCP_USER_TIMEOUT`).
    public var userTimeoutMilliseconds: Int
    /// How long the peer may be silent before the kernel asks whether it is there; 0 leaves it to the system.
    public var keepAliveMilliseconds: Int
    /// TLS, where the peer wants it.
    public var tls: TLSClientContext?
    /// Name that the peer's certificate must carry; also sent as SNI.
    public var serverName: String

    public init(
        timeoutMilliseconds: Int, userTimeoutMilliseconds: Int, keepAliveMilliseconds: Int = KeepAlive.standardMilliseconds, tls: TLSClientContext? = nil, serverName: String = ""
    ) {
        self.timeoutMilliseconds = timeoutMilliseconds
        self.userTimeoutMilliseconds = userTimeoutMilliseconds
        self.keepAliveMilliseconds = keepAliveMilliseconds
        self.tls = tls
        self.serverName = serverName
    }

    func apply(to fd: Int32) {
        _ = mg_set_option(fd, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        KeepAlive.enable(on: fd, afterMilliseconds: keepAliveMilliseconds)
        _ = mg_set_option(fd, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, Int32(clamping: userTimeoutMilliseconds))
    }
}

/// TCP keepalive with intervals that notice a silently dead peer within half a minute.
public enum KeepAlive {
    public static let standardMilliseconds = 15_000

    static func enable(on fd: Int32, afterMilliseconds milliseconds: Int = standardMilliseconds) {
        _ = mg_set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1)
        guard milliseconds > 0 else { return }
        _ = mg_set_option(fd, Int32(IPPROTO_TCP), TCP_KEEPIDLE, Int32(clamping: max(1, milliseconds / 1000)))
        _ = mg_set_option(fd, Int32(IPPROTO_TCP), TCP_KEEPINTVL, 5)
        _ = mg_set_option(fd, Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
    }
}
