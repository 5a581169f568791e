import Bytes

/// The replies by which a server says that it ran nothing, because it is no usable master.
///
/// Source: `server.c` of Redis, `shared.roslaveerr`, `shared.loadingerr`, `shared.masterdownerr`, `shared.noreplicaserr`; Valkey's `-REDIRECT`.
public enum NotMasterReply {
    /// What a script could say as well is taken for a server's word only in whole.
    private static let readOnly: StaticString = "-READONLY You can't write against a read only replica"
    /// The same in the words of Redis up to version 4.
    private static let readOnlyOfOld: StaticString = "-READONLY You can't write against a read only slave"

    /// Whether `reply` is an error by which the server is no master: `-READONLY You can't write …`.
    public static func isReadOnly(_ reply: Span<UInt8>) -> Bool { reply.begins(with: readOnly) || reply.begins(with: readOnlyOfOld) }

    /// Whether `reply` says that nothing was run, since the server is a replica, or has its data not ready.
    public static func matches(_ reply: Span<UInt8>) -> Bool {
        isReadOnly(reply) || reply.begins(with: "-LOADING ") || reply.begins(with: "-MASTERDOWN ") || reply.begins(with: "-REDIRECT ")
    }

    /// Whether `reply` says that a write was not run for want of replicas (`min-replicas-to-write`): a master that has just been promoted has
    /// none for a moment.
    public static func wantsReplicas(_ reply: Span<UInt8>) -> Bool { reply.begins(with: "-NOREPLICAS ") }

    /// Whether `reply` ends a wait because the server has become a replica: nothing was taken, and the server closes the
    /// connection. One that CLIENT UNBLOCK has ended is said in other words.
    public static func isForcedUnblocking(_ reply: Span<UInt8>) -> Bool { reply.begins(with: "-UNBLOCKED force unblock") }

    /// Whether `reply` ends a wait for whatever reason but that it is over: nothing was taken.
    public static func isUnblocking(_ reply: Span<UInt8>) -> Bool { reply.begins(with: "-UNBLOCKED ") }
}
