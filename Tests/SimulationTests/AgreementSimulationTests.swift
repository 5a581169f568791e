import Testing

/// Thousands of seeded worlds in which sentinels and servers misbehave; see ``WatchSimulation`` for what must hold.
@Suite("Agreement in a simulated world") struct AgreementSimulationTests {
    private static let fixedSeeds: UInt64 = 2000
    private static let parts: UInt64 = 4

    private struct Totals {
        var adoptions = 0
        var suspensions = 0
        var sameEpochChanges = 0
        var lowerings = 0
        var quorumLosses = 0
        var lies = 0
    }

    /// Runs the worlds of `seeds`; the first few that go wrong are told with the seed that makes them anew.
    private func totals(_ seeds: some Sequence<UInt64>) -> Totals {
        var totals = Totals()
        var failures = 0
        for seed in seeds where failures < 3 {
            var simulation = WatchSimulation(seed: seed)
            simulation.run()
            totals.adoptions += simulation.adoptions.count
            totals.suspensions += simulation.suspensions
            totals.sameEpochChanges += simulation.sameEpochChanges
            totals.lowerings += simulation.lowerings
            totals.quorumLosses += simulation.quorumLosses
            totals.lies += simulation.lies
            guard let violation = simulation.violations.first else { continue }
            failures += 1
            Issue.record("seed \(seed): \(violation)")
        }
        return totals
    }

    @Test("every rule holds in the fixed worlds, and each of them is put to use", arguments: 0..<parts)
    func fixed(part: UInt64) {
        let totals = totals(stride(from: part, to: Self.fixedSeeds, by: Int(Self.parts)))
        #expect(totals.adoptions > 500)
        #expect(totals.suspensions > 10)
        #expect(totals.sameEpochChanges > 3)
        #expect(totals.lowerings > 5)
        #expect(totals.quorumLosses > 50)
        #expect(totals.lies > 1000)
    }

    @Test("every rule holds in worlds that nobody has seen before")
    func random() {
        let base = UInt64.random(in: 0 ... .max)
        #expect(totals((0..<200).map { base &+ $0 }).adoptions > 100, "base seed \(base)")
    }

    @Test("a world runs the same each time")
    func deterministic() {
        for seed in 0..<5 as Range<UInt64> {
            var first = WatchSimulation(seed: seed)
            var second = WatchSimulation(seed: seed)
            first.run()
            second.run()
            #expect(first.adoptions == second.adoptions)
            #expect(first.convergedAfter == second.convergedAfter)
        }
    }
}
