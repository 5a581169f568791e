import CLibevent
import Glibc

/// A new folder for files that nobody needs later, and a watchman that removes it, and ends the processes entrusted to
/// it, when this process ends in whatever way: a crash and a SIGKILL included.
///
/// The watchman is a shell that reads a pipe whose other end only we hold. Blocking; for the demo and for tests.
public final class TemporaryFolder {
    public let path: String
    private var pipeFD: Int32

    /// - Throws: ``IOError`` when no folder or no watchman is to be had.
    public init(prefix: String) throws(IOError) {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/\(prefix)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw IOError("make a folder in \(base)", errno) }
        let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        self.path = path
        var ends: [Int32] = [-1, -1]
        guard mg_pipe(&ends) == 0 else { throw IOError("pipe", errno) }
        defer { close(ends[0]) }
        pipeFD = ends[1]
        let script = """
            trap '' INT TERM HUP
            pids=
            while read -r pid; do pids="$pids $pid"; done
            [ -z "$pids" ] || kill -KILL $pids 2>/dev/null
            rm -rf -- "$1"
            """
        _ = try ChildProcess(
            ["sh", "-c", script, "sh", path], output: .file("/dev/null"), standardInput: ends[0])
    }

    deinit { remove() }

    /// Has the watchman end `process` when we are gone.
    public func entrust(_ process: ChildProcess) { entrust(process.processID) }

    /// Has the watchman end the process of this id when we are gone.
    public func entrust(_ processID: Int32) {
        let line = Array("\(processID)\n".utf8)
        _ = line.withUnsafeBytes { Glibc.write(pipeFD, $0.baseAddress, $0.count) }
    }

    /// Removes the folder now, and ends what was entrusted.
    public func remove() {
        guard pipeFD >= 0 else { return }
        close(pipeFD)
        pipeFD = -1
        // The watchman does the work; the folder is gone within moments.
        for _ in 0..<500 where access(path, F_OK) == 0 { usleep(2000) }
    }

    /// Writes `text` to the file `name` of the folder and hands back its path.
    @discardableResult
    public func write(_ text: String, to name: String) throws(IOError) -> String {
        let file = "\(path)/\(name)"
        let fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard fd >= 0 else { throw IOError("write \(file)", errno) }
        defer { close(fd) }
        let bytes = Array(text.utf8)
        let count = bytes.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
        guard count == bytes.count else { throw IOError("write \(file)", errno) }
        return file
    }

    /// The text of the file `name` of the folder, its first 64 KiB at most.
    public func read(_ name: String) throws(IOError) -> String {
        let file = "\(path)/\(name)"
        let fd = open(file, O_RDONLY)
        guard fd >= 0 else { throw IOError("read \(file)", errno) }
        defer { close(fd) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
            count = max(0, Glibc.read(fd, buffer.baseAddress, buffer.count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Makes the folder `name` in it and hands back its path.
    public func makeFolder(_ name: String) throws(IOError) -> String {
        let folder = "\(path)/\(name)"
        guard mkdir(folder, 0o700) == 0 else { throw IOError("make \(folder)", errno) }
        return folder
    }
}
