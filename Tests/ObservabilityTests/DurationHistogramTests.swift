import Observability
import Testing

@Suite("Histogram of durations") struct DurationHistogramTests {
    @Test("a duration falls into the first bucket whose bound is not below it")
    func buckets() {
        for (index, bound) in DurationCounts.boundsMicroseconds.enumerated() {
            for (value, expected) in [(bound - 1, index), (bound, index), (bound + 1, index + 1)] where value > 32 {
                var counts = DurationCounts()
                counts.record(value)
                #expect(counts.buckets.firstIndex(of: 1) == (value == bound - 1 && value <= bound / 2 ? index - 1 : expected), "\(value)")
            }
        }
    }

    @Test("what is beyond every bound, or below zero, is counted and does not trap", arguments: [Int.max, Int.min, -1, 0, 1])
    func extremes(value: Int) {
        var counts = DurationCounts()
        counts.record(value)
        #expect(counts.count == 1)
        #expect(counts.buckets[value > 1 ? DurationCounts.boundsMicroseconds.count : 0] == 1)
    }

    @Test("it is written as Prometheus wants it: cumulative, in seconds, with sum and count")
    func text() {
        var counts = DurationCounts()
        counts.record(100)
        counts.record(100)
        counts.record(3_000_000)
        counts.record(80_000_000)
        var page = PrometheusText()
        page.histogram("x_seconds", "What it is.", counts)
        let lines = page.text.split(separator: "\n")
        #expect(lines.first == "# HELP x_seconds What it is.")
        #expect(lines.contains("x_seconds_bucket{le=\"0.000064\"} 0"))
        #expect(lines.contains("x_seconds_bucket{le=\"0.000128\"} 2"))
        #expect(lines.contains("x_seconds_bucket{le=\"2.097152\"} 2"))
        #expect(lines.contains("x_seconds_bucket{le=\"67.108864\"} 3"))
        #expect(lines.contains("x_seconds_bucket{le=\"+Inf\"} 4"))
        #expect(lines.contains("x_seconds_sum 83.0002"))
        #expect(lines.last == "x_seconds_count 4")
    }
}
