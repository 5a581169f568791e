import Forwarding
import RESP
import Testing

@Suite("What clients leave on links, against a model of Redis") struct LinkWorldTests {
    private static let words = [
        "MULTI", "EXEC", "DISCARD", "DISCARD x", "EXEC x", "WATCH k", "UNWATCH", "UNWATCH x", "SELECT 5", "SELECT 0", "SELECT 05", "SELECT 99", "HELLO 3", "HELLO 2",
        "HELLO 3 AUTH u pw SETNAME n", "HELLO 3 AUTH u pw FOO", "HELLO 2 AUTH u no", "AUTH u pw", "AUTH u no", "AUTH x", "CLIENT SETNAME n", "CLIENT REPLY OFF",
        "CLIENT REPLY SKIP", "CLIENT REPLY ON", "CLIENT TRACKING ON", "CLIENT TRACKING OFF", "CLIENT NO-EVICT ON", "CLIENT NO-EVICT OFF", "CLIENT ID", "CLIENT NOSUCH",
        "SUBSCRIBE a b", "SUBSCRIBE", "UNSUBSCRIBE", "UNSUBSCRIBE a", "PSUBSCRIBE p", "PUNSUBSCRIBE", "SSUBSCRIBE s", "SUNSUBSCRIBE", "MONITOR", "RESET", "SCRIPT DEBUG YES",
        "READONLY", "NOSUCH", "NOSUCH a b c", "GET k", "SET k v", "EVAL q 0", "EVAL r 0", "BLPOP l 0", "ECHO x",
    ]

    @Test("a link that is given back is as new, and a client's beliefs are its link's state, whatever was said in whatever order and pieces", arguments: 0..<8)
    func random(part: Int) {
        var generator = SeededNumbers(UInt64(part) &* 7919 &+ 1)
        var (requests, reused) = (0, 0)
        for round in 0..<1500 {
            var input: [UInt8] = []
            for _ in 0..<(1 + generator.below(12)) {
                var arguments = Self.words[generator.below(Self.words.count)].split(separator: " ").map { Array($0.utf8) }
                if generator.below(10) == 0 {
                    let place = generator.below(arguments.count)
                    arguments[place] += [[0], [0, 0x31], [0xFF], [0x20]][generator.below(4)]
                }
                CommandWriter.append(arguments, to: &input)
            }
            var ends = (0..<generator.below(6)).map { _ in generator.below(input.count + 1) }.sorted()
            ends.append(input.count)
            var world = LinkWorld()
            if let fault = world.run(input, ends: ends) { Issue.record("part \(part), round \(round): \(fault)") }
            requests += world.requestCount
            reused += world.reusedCount
        }
        // Not all was refused, and some links did come back.
        #expect(requests > 3000)
        #expect(reused > 100)
    }
}

/// Numbers that are the same in every run (SplitMix64).
struct SeededNumbers {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func below(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((word ^ word >> 31) % UInt64(max(1, limit)))
    }
}
