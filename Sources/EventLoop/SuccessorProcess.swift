import CLibevent
import Glibc

/// A process that is started to follow this one: the same program with the same arguments, as it lies in its file by now. It is
/// given the listening sockets, so that from one to the other no connection is refused and none is lost that waits in a queue.
/// Until it says that it serves, this one goes on.
public final class SuccessorProcess: SocketEventHandler {
    /// How it went.
    public enum Outcome: Sendable, Equatable {
        case serves
        /// It has ended before, or did not serve in time; in words.
        case failed(String)
    }

    private let process: ChildProcess
    private let readyEnd: Int32
    private var readable: SocketEvent?
    private var deadline: LoopTimer?
    private var done: ((Outcome) -> Void)?
    public var processID: Int32 { process.processID }

    /// - Parameters:
    ///   - sockets: what it is to listen at.
    ///   - timeoutMilliseconds: how long it may take until it serves.
    ///   - done: called once, on the loop, never before this initialiser has returned.
    /// - Throws: ``IOError`` when it cannot be started.
    public init(_ loop: EventLoop, _ sockets: [ListeningSocket], timeoutMilliseconds: Int, _ done: @escaping (Outcome) -> Void) throws(IOError) {
        var ends: [Int32] = [-1, -1]
        guard mg_pipe(&ends) == 0 else { throw IOError("pipe", errno) }
        defer { close(ends[1]) }
        do throws(IOError) {
            process = try ChildProcess(
                CommandLine.arguments, descriptors: sockets.map(\.descriptor) + [ends[1]],
                variables: [
                    "LISTEN_FDS": "\(sockets.count)", "LISTEN_PID": nil, "LISTEN_FDNAMES": nil, InheritedSockets.predecessorVariable: "\(getpid())",
                ], hasOwnGroup: false)
        } catch {
            close(ends[0])
            throw error
        }
        readyEnd = ends[0]
        self.done = done
        super.init(loop)
        readable = SocketEvent(fd: readyEnd, reading: true, handler: self)
        readable?.add()
        deadline = LoopTimer(loop, milliseconds: timeoutMilliseconds) { [unowned self] in
            process.signal(SIGTERM)
            end(.failed("it did not serve within \(timeoutMilliseconds) ms"))
        }
    }

    deinit {
        readable?.remove()
        close(readyEnd)
    }

    override func becameReadable() {
        var byte: UInt8 = 0
        let count = read(readyEnd, &byte, 1)
        if count < 0 { return }
        if count == 1 { return end(.serves) }
        // It has closed its end, which its end does; what it died of is known a moment later.
        readable?.remove()
        deadline = LoopTimer(loop, milliseconds: 100) { [unowned self] in
            end(.failed(process.exitCode.map { "it ended with \($0)" } ?? "it gave up"))
        }
    }

    /// Ends it, where it does not serve yet.
    public func giveUp() {
        guard done != nil else { return }
        process.signal(SIGTERM)
        end(.failed("it is wanted no more"))
    }

    private func end(_ outcome: Outcome) {
        readable?.remove()
        deadline = nil
        guard let done else { return }
        self.done = nil
        loop.retire(self)
        done(outcome)
    }
}
