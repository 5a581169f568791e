import Sentinel
import Testing

@Suite("Pause between attempts to connect") struct ReconnectBackoffTests {
    @Test("pauses double from the shortest to the longest, less a quarter at most")
    func bounds() {
        var expected = [50, 100, 200, 400, 800, 1000, 1000]
        for random in [UInt64.zero, 1, 12_345, .max - 1, .max] {
            var backoff = ReconnectBackoff(minMilliseconds: 50, maxMilliseconds: 1000)
            for full in expected {
                let pause = backoff.next(random: random)
                #expect(pause <= full && pause >= full - full / 4, "\(random)")
            }
            for _ in 0..<100 { #expect((750...1000).contains(backoff.next(random: random))) }
        }
        var plain = ReconnectBackoff(minMilliseconds: 50, maxMilliseconds: 1000)
        while !expected.isEmpty { #expect(plain.next(random: 0) == expected.removeFirst()) }
    }

    @Test("the random part uses the whole quarter")
    func jitter() {
        let pauses = Set((0..<26).map { random in
            var backoff = ReconnectBackoff(minMilliseconds: 100, maxMilliseconds: 1000)
            return backoff.next(random: UInt64(random))
        })
        #expect(pauses == Set(75...100))
    }

    @Test("success begins again at the shortest; a ceiling holds for the one pause")
    func reset() {
        var backoff = ReconnectBackoff(minMilliseconds: 50, maxMilliseconds: 1000)
        for _ in 0..<5 { _ = backoff.next(random: 0) }
        #expect(backoff.next(random: 0, ceilingMilliseconds: 250) == 250)
        #expect(backoff.next(random: 0) == 1000)
        backoff.succeeded()
        #expect(backoff.next(random: 0) == 50)
    }

    @Test("odd settings neither trap nor make a pause of nothing", arguments: [(0, 0), (1, 1), (500, 100), (1, .max), (-5, -9), (.max, .max)])
    func odd(least: Int, most: Int) {
        var backoff = ReconnectBackoff(minMilliseconds: least, maxMilliseconds: most)
        for _ in 0..<100 { #expect(backoff.next(random: .max) >= 1) }
        #expect(backoff.next(random: 0, ceilingMilliseconds: 0) >= 1)
    }
}
