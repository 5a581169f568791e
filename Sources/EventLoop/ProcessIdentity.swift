import CLibevent
import Glibc

/// Who the process is to the system.
public enum ProcessIdentity {
    /// Becomes another user and group, for good, with the groups that the user is in. Files that are named go to the user.
    ///
    /// - Parameters:
    ///   - user: a name; empty to stay who one is, but for the group.
    ///   - group: a name; empty for the user's own.
    /// - Throws: ``IOError`` when there is no such user or group, or when this process may not become it.
    public static func become(user: String, group: String, giving files: [String], _ log: LogFile?) throws(IOError) {
        guard !user.isEmpty || !group.isEmpty else { return }
        var userID = geteuid()
        var groupID = getegid()
        if !user.isEmpty {
            guard let entry = getpwnam(user) else { throw IOError("user \(user)", detail: "there is none") }
            userID = entry.pointee.pw_uid
            groupID = entry.pointee.pw_gid
        }
        if !group.isEmpty {
            guard let entry = getgrnam(group) else { throw IOError("group \(group)", detail: "there is none") }
            groupID = entry.pointee.gr_gid
        }
        // Another process's groups were right for who has started this one, and not for who it becomes.
        if user.isEmpty, geteuid() == 0 { guard mg_set_only_group(groupID) == 0 else { throw IOError("group \(group)", errno) } }
        guard userID != geteuid() || groupID != getegid() else { return }
        for file in files { GuardedFile.give(socket: file, to: userID, groupID) }
        log?.give(to: userID, groupID)
        if !user.isEmpty { guard initgroups(user, groupID) == 0 else { throw IOError("groups of user \(user)", errno) } }
        guard setgid(groupID) == 0 else { throw IOError("group \(group)", errno) }
        guard setuid(userID) == 0 else { throw IOError("user \(user)", errno) }
    }

    /// Writes the id of this process to a file, readable for all and writable for its owner.
    ///
    /// - Throws: ``IOError`` when it cannot be written.
    public static func writeID(to path: String) throws(IOError) {
        let fd = try GuardedFile.open("pid file", path, O_WRONLY | O_CREAT, mode: 0o644)
        defer { close(fd) }
        // Not before it is known to be the file that is meant.
        guard ftruncate(fd, 0) == 0 else { throw IOError("pid file \(path)", errno) }
        StandardStreams.writeAll(Array("\(getpid())\n".utf8), to: fd)
    }

    /// The id that a file tells which ``writeID(to:)`` has written; nil where there is none.
    public static func readID(from path: String) -> Int32? {
        guard let fd = try? GuardedFile.open("pid file", path, O_RDONLY | O_NONBLOCK) else { return nil }
        defer { close(fd) }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = read(fd, &bytes, bytes.count)
        return count > 1 ? Int32(String(decoding: bytes[..<(count - 1)], as: UTF8.self)) : nil
    }

    /// Removes a file that ``writeID(to:)`` has written, unless another process has written its own since.
    public static func removeID(at path: String) {
        if readID(from: path) == getpid() { unlink(path) }
    }
}
