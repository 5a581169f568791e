import CLibevent
import Glibc
import Synchronization

/// The file of a Unix socket that is listened on. It is removed with this object, unless somebody has put another there.
final class UnixSocketFile: Sendable {
    private let path: String
    private let device: dev_t
    private let inode: ino_t
    private let isLeft = Atomic(false)

    /// Binds `fd` to `address` by `bind`, and takes charge of the file that this makes at `path`. The file has its mode from its
    /// first moment: one that is set afterwards by the path may be set on what somebody else has put there.
    ///
    /// - Parameter mode: who may connect, as of a file: whoever may write.
    /// - Throws: ``IOError`` with the words of `bind`.
    init(_ path: String, mode: Int, binding bind: () throws(IOError) -> Void) throws(IOError) {
        let before = umask(~mode_t(truncatingIfNeeded: mode) & 0o777)
        defer { umask(before) }
        try bind()
        var status = stat()
        guard lstat(path, &status) == 0 else { throw IOError("listen on unix:\(path)", errno) }
        self.path = path
        device = status.st_dev
        inode = status.st_ino
    }

    /// Takes charge of the file of a socket that another process has bound; nil where there is none.
    init?(inherited path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.path = path
        device = status.st_dev
        inode = status.st_ino
    }

    /// Another process is in charge of the file from now on.
    func leave() { isLeft.store(true, ordering: .relaxed) }

    deinit {
        if isLeft.load(ordering: .relaxed) { return }
        var status = stat()
        if lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode { unlink(path) }
    }

    /// Makes way for a socket at `address`: removes the file that a process has left which is gone.
    ///
    /// - Throws: ``IOError`` when somebody listens there, or when what is there is no socket.
    static func clearWay(for address: SocketAddress) throws(IOError) {
        guard let path = address.unixPath else { return }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw IOError("listen on \(address)", detail: "something that is no socket stands there")
        }
        let probe = mg_socket(AF_UNIX)
        guard probe >= 0 else { throw IOError("socket", errno) }
        defer { close(probe) }
        let answer = address.withPointer { mg_connect(probe, $0, $1) } == 0 ? 0 : errno
        switch answer {
        case ECONNREFUSED: unlink(path)
        case ENOENT: return
        // With a full queue somebody listens as well; of another kind of socket nobody else can tell.
        case 0, EAGAIN, EPROTOTYPE: throw IOError("listen on \(address)", detail: "in use by another process")
        default: throw IOError("listen on \(address)", answer)
        }
    }
}
