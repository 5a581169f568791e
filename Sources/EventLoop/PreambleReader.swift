import CLibevent
import Glibc

/// Reads what stands before the first byte that a connection is about, and not one byte more.
public final class PreambleReader: SocketEventHandler {
    /// What is to be done about the bytes so far.
    public enum Verdict {
        case incomplete
        /// The preamble takes so many bytes.
        case complete(byteCount: Int)
        case malformed
    }

    private let accepted: AcceptedSocket
    private let bytesMax: Int
    private var consumed: [UInt8] = []
    private var readable: SocketEvent?
    private var hasEnded = false
    private var deadline: LoopTimer?
    private let judge: ([UInt8]) -> Verdict
    private let done: (PreambleReader, AcceptedSocket?) -> Void

    /// - Parameters:
    ///   - judge: what is to be done about all bytes that have come.
    ///   - done: gets the connection, the preamble read off it; nil where it is closed, as there was none in time.
    public init(
        _ loop: EventLoop, _ accepted: AcceptedSocket, bytesMax: Int, timeoutMilliseconds: Int, judge: @escaping ([UInt8]) -> Verdict,
        done: @escaping (PreambleReader, AcceptedSocket?) -> Void
    ) {
        self.accepted = accepted
        self.bytesMax = bytesMax
        self.judge = judge
        self.done = done
        super.init(loop)
        readable = SocketEvent(fd: accepted.descriptor, reading: true, handler: self)
        readable?.add()
        deadline = LoopTimer(loop, milliseconds: timeoutMilliseconds) { [unowned self] in end(nil) }
    }

    override func becameReadable() {
        var buffer = [UInt8](repeating: 0, count: bytesMax)
        let count = recv(accepted.descriptor, &buffer, max(1, bytesMax - consumed.count), Int32(MSG_PEEK))
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else { return end(nil) }
        switch judge(consumed + buffer[..<count]) {
        case .malformed: end(nil)
        case .complete(let byteCount):
            guard byteCount >= consumed.count, take(byteCount - consumed.count) else { return end(nil) }
            end(accepted)
        case .incomplete:
            // Taken off the socket, so that it is silent until more comes.
            guard consumed.count + count < bytesMax, take(count) else { return end(nil) }
            consumed += buffer[..<count]
        }
    }

    private func take(_ count: Int) -> Bool {
        guard count > 0 else { return true }
        var bytes = [UInt8](repeating: 0, count: count)
        return recv(accepted.descriptor, &bytes, count, 0) == count
    }

    private func end(_ socket: AcceptedSocket?) {
        guard !hasEnded else { return }
        hasEnded = true
        readable?.remove()
        loop.retire(self)
        deadline = nil
        if socket == nil { accepted.refuse(with: []) }
        done(self, socket)
    }
}
