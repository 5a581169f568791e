import CLibevent
import Glibc

/// What the kernel says of this process.
public struct ProcessFigures: Sendable {
    public let cpuMicroseconds: Int
    public let residentBytes: Int
    public let openFiles: Int
    /// The soft limit of the same.
    public let openFilesMax: Int

    public static func now() -> ProcessFigures {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let cpu = (usage.ru_utime.tv_sec &+ usage.ru_stime.tv_sec) &* 1_000_000 &+ usage.ru_utime.tv_usec &+ usage.ru_stime.tv_usec
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return ProcessFigures(
            cpuMicroseconds: cpu, residentBytes: residentBytesNow(), openFiles: entryCount("/proc/self/fd"),
            openFilesMax: Int(clamping: limit.rlim_cur))
    }

    /// The memory that the process has now: the second number of /proc/self/statm (proc(5)), which counts pages. 0 where it can't be read.
    public static func residentBytesNow() -> Int {
        guard let file = fopen("/proc/self/statm", "re") else { return 0 }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 128)
        guard fgets(&buffer, 128, file) != nil else { return 0 }
        let fields = buffer.prefix { $0 != 0 }.split(separator: CChar(bitPattern: UInt8(ascii: " ")))
        guard fields.count > 1 else { return 0 }
        return fields[1].reduce(0) { $0 &* 10 &+ Int($1) &- 48 } &* Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func entryCount(_ path: String) -> Int {
        guard let folder = opendir(path) else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without `.`, `..` and the descriptor of the folder itself.
        return max(0, count - 3)
    }
}
