import CLibevent
import Glibc

/// A process that goes to the background and leaves its starter waiting until it is ready (daemon(7)).
public struct BackgroundProcess {
    private let ready: Int32

    /// Goes on in a new process. The old one waits there, and ends when ``becameReady()`` is called, or with an error when
    /// the new one has ended before.
    ///
    /// To be called before any thread is started.
    /// - Throws: ``IOError`` when there can be no other process.
    public init() throws(IOError) {
        var ends: [Int32] = [0, 0]
        guard mg_pipe(&ends) == 0 else { throw IOError("pipe", errno) }
        let child = mg_fork()
        guard child >= 0 else { throw IOError("fork", errno) }
        if child > 0 {
            close(ends[1])
            var byte: UInt8 = 0
            while true {
                let count = read(ends[0], &byte, 1)
                if count < 0, errno == EINTR { continue }
                _exit(count == 1 ? 0 : 1)
            }
        }
        close(ends[0])
        setsid()
        ready = ends[1]
    }

    /// Lets the starter go, and turns away from its terminal.
    public func becameReady() {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        for fd in 0...2 as ClosedRange<Int32> where null >= 0 { dup2(null, fd) }
        if null > 2 { close(null) }
        var byte: UInt8 = 1
        _ = write(ready, &byte, 1)
        close(ready)
    }
}
