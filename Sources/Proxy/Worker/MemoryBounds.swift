import Bytes
import EventLoop
import Settings

/// What all clients together may hold (`memory.max`), and what one loop sees of it.
///
///     ample ──more is held than may be──▶ short: large work waits, then is refused ──still more──▶ who holds most is let go
///       ▲                                   │
///       └───────────────────────────────────┘
///
/// As with Redis's client eviction, whoever holds most goes first.
struct MemoryBounds {
    /// Of what a client holds, bytes that are never held against it.
    static let smallBytes = 64 << 10
    /// Who holds less is never let go for it: so much is not even counted.
    static let evictableBytesMin = HeldMemory.countedBytesMin
    /// Of the cgroup's limit, what clients may hold where nothing is configured, in percent.
    private static let sharePercent = 80
    /// Of the cgroup's limit, what the whole process may take before there is no memory for large work: what is held is less than what it
    /// takes, and above the limit the process is killed.
    private static let processSharePercent = 92

    /// Nil for no bound.
    let maxBytes: Int?
    /// Nil where there is no cgroup's limit.
    private let processBytesMax: Int?
    private let unfinishedBytesMax: Int
    let waitMilliseconds: Int
    /// Whether more is held than may be, as of the last look.
    private(set) var isShort = false
    /// Whether the process takes more than it may, as of the last look.
    private var isProcessLarge = false

    init(_ settings: Settings.Memory) {
        let limit = MemoryLimit.ofControlGroup()
        maxBytes = settings.maxBytes > 0 ? settings.maxBytes : limit.map { $0 / 100 * Self.sharePercent }
        processBytesMax = limit.map { $0 / 100 * Self.processSharePercent }
        unfinishedBytesMax = min(settings.unfinishedBytes, maxBytes ?? .max)
        waitMilliseconds = settings.waitMilliseconds
    }

    /// Looks at what is held now.
    mutating func look() {
        isProcessLarge = processBytesMax.map { ProcessFigures.residentBytesNow() > $0 } ?? false
        isShort = isProcessLarge || maxBytes.map { HeldMemory.bytes > $0 } ?? false
    }

    /// Whether so much is held that somebody has to go: a little above the bound, so that waiting comes first.
    var isExceeded: Bool { maxBytes.map { HeldMemory.bytes > $0 + $0 / 16 } ?? false }

    /// Whether `bytes` more may be held.
    func mayHold(_ bytes: Int) -> Bool { !isProcessLarge && maxBytes.map { HeldMemory.bytes + bytes <= $0 } ?? true }

    /// Whether a request of which `held` bytes have come may go on to hold `more`.
    func mayGoOn(_ held: Int, more: Int) -> Bool {
        held + more <= Self.smallBytes || (HeldMemory.unfinishedBytes + more <= unfinishedBytesMax && mayHold(more))
    }
}
