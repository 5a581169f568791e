import CLibevent
import Glibc

/// Opens files that the process writes. As root it follows no symbolic link that somebody else could have laid: whoever may write
/// to a folder could have any file of the system written to, or given away.
enum GuardedFile {
    /// Opens `path` as open(2) does with these flags, and makes it where they say so.
    ///
    /// - Throws: ``IOError`` with `what` and the path.
    static func open(_ what: String, _ path: String, _ flags: Int32, mode: mode_t = 0) throws(IOError) -> Int32 {
        if path == "/dev/stdout" || path == "/dev/stderr" {
            // Links of the system's own to what this process has open already.
            let fd = fcntl(path == "/dev/stdout" ? 1 : 2, F_DUPFD_CLOEXEC, 3)
            guard fd >= 0 else { throw IOError("\(what) \(path)", errno) }
            return fd
        }
        guard geteuid() == 0 else {
            let fd = Glibc.open(path, flags | O_CLOEXEC, mode)
            guard fd >= 0 else { throw IOError("\(what) \(path)", errno) }
            return fd
        }
        let (folder, name) = try folder(what, path)
        defer { close(folder) }
        let fd = openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW, mode)
        guard fd >= 0 else {
            throw errno == ELOOP ? IOError("\(what) \(path)", detail: "it is a symbolic link, and root follows none") : IOError("\(what) \(path)", errno)
        }
        var status = stat()
        guard fstat(fd, &status) == 0, status.st_mode & S_IFMT != S_IFREG || status.st_nlink == 1 else {
            close(fd)
            throw IOError("\(what) \(path)", detail: "the file has other names")
        }
        return fd
    }

    /// Gives the file at `path` to a user, if it is a socket.
    static func give(socket path: String, to user: uid_t, _ group: gid_t) {
        guard let (folder, name) = try? folder("socket", path) else { return }
        defer { close(folder) }
        let fd = openat(folder, name, mg_path_only() | O_NOFOLLOW | O_CLOEXEC)
        guard fd >= 0 else { return }
        defer { close(fd) }
        var status = stat()
        guard fstat(fd, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
        _ = mg_give_path(fd, user, group)
    }

    /// The folder that `path` lies in, opened, and its name there.
    private static func folder(_ what: String, _ path: String) throws(IOError) -> (descriptor: Int32, name: String) {
        let parts = path.split(separator: "/").map(String.init)
        guard let name = parts.last, name != "..", name != "." else { throw IOError("\(what) \(path)", EISDIR) }
        var folder = Glibc.open(path.hasPrefix("/") ? "/" : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw IOError("\(what) \(path)", errno) }
        for part in parts.dropLast() {
            let next = openat(folder, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (isOthersLink(part, in: folder) ? O_NOFOLLOW : 0))
            let code = errno
            close(folder)
            guard next >= 0 else { throw IOError("\(what) \(path)", code) }
            folder = next
        }
        return (folder, name)
    }

    /// Whether `name` may be a link that somebody else than root has laid, or could lay.
    private static func isOthersLink(_ name: String, in folder: Int32) -> Bool {
        var own = stat()
        var parent = stat()
        guard fstatat(folder, name, &own, AT_SYMLINK_NOFOLLOW) == 0, fstat(folder, &parent) == 0 else { return true }
        return own.st_uid != 0 || parent.st_uid != 0 || parent.st_mode & (S_IWGRP | S_IWOTH) != 0
    }
}
