import Glibc

/// A file that log lines are appended to, from any thread.
public final class LogFile: Sendable {
    private let fd: Int32
    private let path: String
    private let syncsEachLine: Bool

    /// Opens the file at `path`, or makes it, readable and writable for its owner alone.
    ///
    /// - Parameter syncsEachLine: whether what is written is on disk before ``write(_:)`` returns.
    /// - Throws: ``IOError`` when it cannot be opened.
    public init(_ path: String, syncsEachLine: Bool) throws(IOError) {
        self.path = path
        self.syncsEachLine = syncsEachLine
        fd = try Self.open(path)
    }

    deinit { close(fd) }

    private static func open(_ path: String) throws(IOError) -> Int32 {
        try GuardedFile.open("log file", path, O_WRONLY | O_APPEND | O_CREAT, mode: 0o600)
    }

    /// Opens the path anew, for a file that was moved away; what cannot be opened leaves everything as it is.
    public func reopen() throws(IOError) {
        let new = try Self.open(path)
        // The number stays, so that nobody who writes has to know.
        if dup2(new, fd) >= 0 { _ = fcntl(fd, F_SETFD, FD_CLOEXEC) }
        close(new)
    }

    /// Appends lines, whole.
    func write(_ lines: [UInt8]) {
        StandardStreams.writeAll(lines, to: fd)
        if syncsEachLine { fdatasync(fd) }
    }

    /// Gives the file to a user.
    func give(to user: uid_t, _ group: gid_t) { _ = fchown(fd, user, group) }
}
