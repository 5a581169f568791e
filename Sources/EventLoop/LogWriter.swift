import CLibevent
import Glibc
import Synchronization

/// Takes log lines from any thread and writes them on one of its own, so that whoever logs never waits for a disk that hangs or
/// a pipe that nobody reads.
///
/// Lines wait in a queue of bounded size; what finds no room is dropped, counted, and told of by the next line that is written.
public final class LogWriter: Sendable {
    /// Where lines go.
    public enum Target: Sendable {
        case standardError
        case file(LogFile)
    }

    private struct State {
        var waiting: [UInt8] = []
        var droppedCount = 0
        var hasThread = false
        var isWriting = false
        var wantsReopening = false
    }

    private let target: Target
    private let bytesMax: Int
    private let state = Mutex(State())
    private let dropped = Atomic<Int>(0)
    private let wakeFD: Int32
    private let droppedLine: @Sendable (Int) -> [UInt8]
    private let reopeningFailed: @Sendable (IOError) -> [UInt8]

    /// - Parameters:
    ///   - bytesMax: most bytes that wait.
    ///   - droppedLine: the line that tells how many were dropped.
    ///   - reopeningFailed: the line that tells why the file stays as it is.
    /// - Throws: ``IOError`` when no descriptor is left to wake the thread with.
    public init(
        _ target: Target, bytesMax: Int, droppedLine: @escaping @Sendable (Int) -> [UInt8], reopeningFailed: @escaping @Sendable (IOError) -> [UInt8]
    ) throws(IOError) {
        self.target = target
        self.bytesMax = bytesMax
        self.droppedLine = droppedLine
        self.reopeningFailed = reopeningFailed
        wakeFD = mg_blocking_eventfd()
        guard wakeFD >= 0 else { throw IOError("eventfd", errno) }
    }

    /// Lines that were dropped since the start.
    public var droppedCount: Int { dropped.load(ordering: .relaxed) }

    /// Starts the thread. Until then each line is written at once: a process that goes to the background takes no thread along.
    ///
    /// - Throws: ``IOError`` when the system grants none.
    public func start() throws(IOError) {
        state.withLock { $0.hasThread = true }
        do throws(IOError) {
            pthread_detach(try SystemThread.start { [self] in run() })
        } catch {
            state.withLock { $0.hasThread = false }
            throw error
        }
    }

    /// Has `line` written, with its line feed.
    public func write(_ line: [UInt8]) {
        let hasThread = state.withLock { state in
            guard state.hasThread else { return false }
            if state.waiting.count + line.count <= bytesMax {
                state.waiting += line
            } else {
                state.droppedCount += 1
                dropped.wrappingAdd(1, ordering: .relaxed)
            }
            return true
        }
        if hasThread { wake() } else { put(line) }
    }

    /// Has the file opened anew, for one that was moved away.
    public func reopen() {
        state.withLock { $0.wantsReopening = true }
        wake()
    }

    /// Waits until all is written, at most so long.
    public func flush(milliseconds: Int) {
        let deadline = MonotonicClock.nowMilliseconds() + milliseconds
        while state.withLock({ $0.hasThread && ($0.isWriting || !$0.waiting.isEmpty) }), MonotonicClock.nowMilliseconds() < deadline { usleep(1000) }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = Glibc.write(wakeFD, &one, 8)
    }

    private func run() {
        while true {
            var count: UInt64 = 0
            guard read(wakeFD, &count, 8) == 8 || errno == EINTR else { return }
            let (lines, droppedCount, reopens) = state.withLock { state in
                defer { (state.waiting, state.droppedCount, state.wantsReopening, state.isWriting) = ([], 0, false, true) }
                return (state.waiting, state.droppedCount, state.wantsReopening)
            }
            if !lines.isEmpty { put(lines) }
            if droppedCount > 0 { put(droppedLine(droppedCount)) }
            if reopens, case .file(let file) = target {
                do throws(IOError) { try file.reopen() } catch { put(reopeningFailed(error)) }
            }
            state.withLock { $0.isWriting = false }
        }
    }

    private func put(_ lines: [UInt8]) {
        switch target {
        case .standardError: StandardStreams.writeError(lines)
        case .file(let file): file.write(lines)
        }
    }
}
