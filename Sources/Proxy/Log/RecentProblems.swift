import Logging
import Synchronization

/// The last warnings and errors of the log, for the status page; every thread may add to them.
package final class RecentProblems: Sendable {
    private static let countMax = 20
    private static let lineBytesMax = 600

    private let lines = Mutex<[String]>([])

    package init() {}

    /// The oldest first.
    package var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) {
        let line = line.utf8.count > Self.lineBytesMax ? String(line.prefix(Self.lineBytesMax / 4)) + "…" : line
        lines.withLock { lines in
            if lines.count == Self.countMax { lines.removeFirst() }
            lines.append(line)
        }
    }
}
