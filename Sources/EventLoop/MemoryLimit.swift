import Glibc

/// The most memory that the process's cgroup may take, as a container's limit sets it.
///
/// Source: https://docs.kernel.org/admin-guide/cgroup-v2.html (memory.max), and for version 1 memory.limit_in_bytes.
public enum MemoryLimit {
    /// Numbers from here on stand for no limit.
    private static let unlimitedBytes = 1 << 50

    /// In bytes; nil where there is none, or none can be read.
    public static func ofControlGroup() -> Int? {
        var least: Int?
        for path in candidates() {
            guard let bytes = number(in: path), bytes > 0, bytes < unlimitedBytes else { continue }
            least = min(least ?? bytes, bytes)
        }
        return least
    }

    /// The files that may tell: of the group as it is seen from within, and of each group above it.
    private static func candidates() -> [String] {
        var paths = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        for line in text(of: "/proc/self/cgroup").split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[2].hasPrefix("/") else { continue }
            let isUnified = fields[1].isEmpty
            guard isUnified || fields[1].split(separator: ",").contains("memory") else { continue }
            var group = String(fields[2])
            while group.count > 1 {
                paths.append(isUnified ? "/sys/fs/cgroup\(group)/memory.max" : "/sys/fs/cgroup/memory\(group)/memory.limit_in_bytes")
                group = String(group.prefix(upTo: group.lastIndex(of: "/") ?? group.startIndex))
            }
        }
        return paths
    }

    private static func number(in path: String) -> Int? { Int(text(of: path).prefix { $0 != "\n" }) }

    private static func text(of path: String) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
