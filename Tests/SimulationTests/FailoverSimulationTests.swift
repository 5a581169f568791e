import Foundation
import Testing

/// Thousands of seeded failovers; see ``FailoverSimulation`` for what must hold. `SCHEDULES=100000` runs more of them.
@Suite("Failovers in a simulated world") struct FailoverSimulationTests {
    private static let parts: UInt64 = 4
    private static var fixedSeeds: UInt64 { ProcessInfo.processInfo.environment["SCHEDULES"].flatMap(UInt64.init) ?? 4000 }

    /// Runs the worlds of `seeds`; the first few that go wrong are told with the seed that makes them anew.
    private func counts(_ seeds: some Sequence<UInt64>) -> [String: Int] {
        var counts: [String: Int] = [:]
        var failures = 0
        for seed in seeds where failures < 3 {
            let simulation = FailoverSimulation(seed: seed)
            simulation.run()
            counts.merge(simulation.counts, uniquingKeysWith: +)
            guard let violation = simulation.violations.first else { continue }
            failures += 1
            Issue.record("seed \(seed): \(violation)")
        }
        return counts
    }

    @Test("every rule holds in the fixed worlds, and each of them is put to use", arguments: 0..<parts)
    func fixed(part: UInt64) {
        let counts = counts(stride(from: part, to: Self.fixedSeeds, by: Int(Self.parts)))
        for what in [
            "failovers", "masters killed", "masters demoted", "links lost", "refusals", "clients left", "UNKNOWN", "NOMASTER", "aborted", "null EXEC",
        ] { #expect(counts[what, default: 0] > 20, "\(what): \(counts)") }
    }

    @Test("every rule holds in worlds that nobody has seen before")
    func random() {
        let base = UInt64.random(in: 0 ... .max)
        #expect(counts((0..<400).map { base &+ $0 })["failovers", default: 0] > 100, "base seed \(base)")
    }
}
