// `environ` is a global of C that Swift calls unsafe; it is read once, before any thread starts.
@preconcurrency import Glibc

/// The environment that the process was started with.
enum ProcessEnvironment {
    /// All variables; of one given twice the first, as getenv finds it.
    static func variables() -> [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, result[String(parts[0])] == nil { result[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return result
    }
}
