import Glibc

/// The process that this one follows, which serves until it is told that this one does.
public final class Predecessor {
    public let processID: Int32
    private var descriptor: Int32

    init(processID: Int32, descriptor: Int32) {
        self.processID = processID
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Tells that this process serves; the other takes no connection in any more.
    public func tellReady() {
        guard descriptor >= 0 else { return }
        var byte: UInt8 = 1
        _ = write(descriptor, &byte, 1)
        close(descriptor)
        descriptor = -1
    }
}
