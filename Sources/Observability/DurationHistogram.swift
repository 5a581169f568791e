/// How long things took, counted in buckets that double: one addition for each, no memory beyond the buckets. For one loop;
/// read as a ``DurationCounts`` when somebody asks.
package final class DurationHistogram {
    package private(set) var counts = DurationCounts()

    package init() {}

    /// Counts something that took so many microseconds.
    package func record(_ microseconds: Int) { counts.record(microseconds) }
}

/// The buckets of a histogram of durations, which add up over loops.
package struct DurationCounts: Sendable, Equatable {
    /// Upper bounds of all buckets but the last, which has none: 64 µs to 67 s, doubling, so that a failover fits as well as a turn.
    package static let boundsMicroseconds: [Int] = (6...26).map { 1 << $0 }

    /// How many fell into each bucket.
    package private(set) var buckets = [Int](repeating: 0, count: boundsMicroseconds.count + 1)
    package private(set) var sumMicroseconds = 0

    package init() {}

    package mutating func record(_ microseconds: Int) {
        let value = max(0, microseconds)
        // The bound of a bucket is a power of two and belongs to it.
        let index = value <= 64 ? 0 : min(buckets.count - 1, Int.bitWidth - (value - 1).leadingZeroBitCount - 6)
        buckets[index] &+= 1
        sumMicroseconds &+= value
    }

    package mutating func add(_ other: DurationCounts) {
        for index in buckets.indices { buckets[index] &+= other.buckets[index] }
        sumMicroseconds &+= other.sumMicroseconds
    }

    package var count: Int { buckets.reduce(0, +) }
}
