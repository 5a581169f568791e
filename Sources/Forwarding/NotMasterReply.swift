import Bytes

/// The replies by which a server says that it ran nothing, because it is no usable master.
///
/// Source: `server.c` of Redis, `shared.roslaveerr`, `shared.loadingerr`, `shared.masterdownerr`.
public enum NotMasterReply {
    /// What a script could say as well is taken for a server's word only in whole.
    private static let readOnly: StaticString = "-READONLY You can't write against a read only replica"

    /// Whether `reply` is an error by which the server is no master: `-READONLY You can't write …`.
    public static func isReadOnly(_ reply: Span<UInt8>) -> Bool { reply.begins(with: readOnly) }

    /// Whether `reply` says that nothing was run, since the server is a replica, or has its data not ready.
    public static func matches(_ reply: Span<UInt8>) -> Bool {
        isReadOnly(reply) || reply.begins(with: "-LOADING ") || reply.begins(with: "-MASTERDOWN ")
    }

    /// Whether `reply` ends a wait because the server has become a replica: nothing was taken, and the server closes the
    /// connection. One that CLIENT UNBLOCK has ended is said in other words.
    public static func isForcedUnblocking(_ reply: Span<UInt8>) -> Bool { reply.begins(with: "-UNBLOCKED force unblock") }

    /// Whether `reply` ends a wait for whatever reason but that it is over: nothing was taken.
    public static func isUnblocking(_ reply: Span<UInt8>) -> Bool { reply.begins(with: "-UNBLOCKED ") }
}
