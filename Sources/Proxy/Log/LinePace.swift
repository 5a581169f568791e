/// How many lines of one kind are logged: so many in a while, and the rest are counted.
struct LinePace {
    private let linesMax: Int
    private let milliseconds: Int
    private var startedAt = Int.min / 2
    private var lines = 0
    private(set) var suppressed = 0

    /// - Parameter linesMax: lines in `milliseconds`.
    init(linesMax: Int, milliseconds: Int) {
        self.linesMax = linesMax
        self.milliseconds = milliseconds
    }

    /// Whether a line may be logged now; if not, it is counted.
    mutating func takes(now: Int) -> Bool {
        if now - startedAt >= milliseconds {
            startedAt = now
            lines = 0
        }
        guard lines < linesMax else {
            suppressed += 1
            return false
        }
        lines += 1
        return true
    }

    /// How many were not logged, once their while is over; nil where there are none to tell of. They are told of once.
    mutating func suppressedToTell(now: Int) -> Int? {
        guard suppressed > 0, now - startedAt >= milliseconds else { return nil }
        defer { suppressed = 0 }
        return suppressed
    }
}
