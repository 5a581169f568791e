import CLibevent
import Glibc

/// A program started by this one, with no signal blocked or ignored.
///
/// What waits for it blocks; that is for the demo and for tests, never for an event loop's thread.
public final class ChildProcess {
    public let processID: Int32
    /// The status of `waitpid`, once the process has ended and been collected.
    private var exitStatus: Int32?

    /// Where a program's output goes.
    public enum Output {
        case inherited
        case file(String)
    }

    /// Starts `arguments`, the first of which is looked up in PATH unless it holds a slash.
    ///
    /// - Parameters:
    ///   - standardInput: a descriptor to read from; `/dev/null` without one.
    ///   - descriptors: what the program finds open from descriptor 3 on, in this order.
    ///   - variables: of its environment, besides those of this process; nil for one that it is not to have.
    ///   - hasOwnGroup: whether signals of the terminal, such as Ctrl-C, pass it by.
    /// - Throws: ``IOError`` when the program cannot be started.
    public init(
        _ arguments: [String], output: Output = .inherited, standardInput: Int32? = nil, descriptors: [Int32] = [], variables: [String: String?] = [:],
        hasOwnGroup: Bool = true
    ) throws(IOError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let standardInput {
            posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        if case .file(let path) = output {
            posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        // Copies above all places that are to be filled, so that none is overwritten before its turn.
        let firstFree = Int32(3 + descriptors.count)
        let copies = descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, firstFree) }
        defer { for copy in copies where copy >= 0 { close(copy) } }
        for (place, copy) in copies.enumerated() { posix_spawn_file_actions_adddup2(&actions, copy, Int32(3 + place)) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (hasOwnGroup ? POSIX_SPAWN_SETPGROUP : 0)
        posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))

        let words = Self.words(arguments)
        let environment = Self.words(Self.environment(variables))
        defer { for word in words + environment { free(word) } }
        var processID: pid_t = 0
        let code = posix_spawnp(&processID, arguments[0], &actions, &attributes, words, environment)
        guard code == 0 else { throw IOError("start \(arguments[0])", code) }
        self.processID = processID
    }

    private static func words(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] { texts.map { strdup($0) } + [nil] }

    private static func environment(_ changes: [String: String?]) -> [String] {
        var lines: [String] = []
        var next = environ
        while let line = next.pointee {
            let text = String(cString: line)
            if changes[String(text.prefix { $0 != "=" })] == nil { lines.append(text) }
            next += 1
        }
        for (name, value) in changes { if let value { lines.append("\(name)=\(value)") } }
        return lines
    }

    /// Whether the process still runs.
    public var isRunning: Bool {
        collect(options: WNOHANG)
        return exitStatus == nil
    }

    /// The exit code once the process has ended; 128 and the signal's number where a signal ended it.
    public var exitCode: Int32? {
        collect(options: WNOHANG)
        return exitStatus.map { $0 & 0x7F == 0 ? ($0 >> 8) & 0xFF : 128 + ($0 & 0x7F) }
    }

    /// Sends `signal`, unless the process has been collected already.
    public func signal(_ signal: Int32) {
        if exitStatus == nil { kill(processID, signal) }
    }

    /// Waits for the end, at most `milliseconds`; false when it still runs then.
    @discardableResult
    public func wait(milliseconds: Int) -> Bool {
        let deadline = MonotonicClock.nowMicroseconds() + milliseconds * 1000
        while isRunning {
            guard MonotonicClock.nowMicroseconds() < deadline else { return false }
            usleep(2000)
        }
        return true
    }

    /// Ends the process for certain: also a stopped one.
    public func kill9() {
        signal(SIGKILL)
        wait(milliseconds: 5000)
    }

    private func collect(options: Int32) {
        guard exitStatus == nil else { return }
        var status: Int32 = 0
        if waitpid(processID, &status, options) == processID { exitStatus = status }
    }
}
