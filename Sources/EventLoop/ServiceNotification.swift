import CLibevent
import Glibc

/// What systemd is told about the service, where it has started it as one of `Type=notify`: a datagram to the socket that
/// `NOTIFY_SOCKET` names (sd_notify(3)). Elsewhere nothing happens.
public enum ServiceNotification {
    /// It serves.
    public static func ready() { send("READY=1\n") }
    /// Its configuration is being read anew; ``ready()`` follows.
    public static func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(MonotonicClock.nowMicroseconds())\n") }
    /// It is on its way out.
    public static func stopping() { send("STOPPING=1\n") }

    /// Another process is the service from now on, and serves.
    public static func followed(by processID: Int32) { send("MAINPID=\(processID)\nREADY=1\n") }

    private static func send(_ state: String) {
        guard let name = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }), name.utf8.count > 1 else { return }
        let socket = mg_datagram_socket()
        guard socket >= 0 else { return }
        defer { close(socket) }
        let bytes = Array(state.utf8)
        _ = name.withCString { path in bytes.withUnsafeBytes { mg_send_to_unix(socket, path, $0.baseAddress, $0.count) } }
    }
}
