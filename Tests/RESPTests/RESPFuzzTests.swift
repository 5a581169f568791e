import RESP
import Testing

/// 200 000 inputs spoilt at random: no trap, and every way of cutting finds the same.
@Suite("Spoilt input") struct RESPFuzzTests {
    private static let interesting = bytes("*$+-:?0129;.|%~>=!_#,(\r\n\r\n \u{0}Z")

    private func spoil(_ input: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var input = input
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0...input.count, using: &generator)
            let byte = Self.interesting.randomElement(using: &generator) ?? 0
            switch Int.random(in: 0..<5, using: &generator) {
            case 0 where place < input.count: input[place] = byte
            case 1: input.insert(byte, at: place)
            case 2 where place < input.count: input.remove(at: place)
            case 3 where place < input.count: input[place] = UInt8.random(in: 0...255, using: &generator)
            default: input.insert(contentsOf: input[min(place, max(0, input.count - 3))...].prefix(5), at: place)
            }
        }
        return input
    }

    @Test("the request scanner")
    func requests() {
        var generator = SeededGenerator(seed: 11)
        let limits = RESPLimits(bulkBytesMax: 30, argumentCountMax: 5, inlineBytesMax: 20, unauthenticatedBulkBytesMax: 4)
        let seeds = ["*1\r\n$4\r\nPING\r\n", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\n\r\n\r\n", "*0\r\n\r\nPING\r\n", "*2\r\n$3\r\nGET\r\n$19\r\n1234567890123456789\r\n"].map { bytes($0) }
        for round in 0..<100_000 {
            let input = spoil(seeds[round % seeds.count], &generator)
            let isAuthenticated = round % 3 > 0
            let whole = scanned(input, arrivals: CollectionOfOne(input.count), limits: limits, isAuthenticated: isAuthenticated)
            let cut = Int.random(in: 0...input.count, using: &generator)
            let parts = scanned(input, arrivals: [cut, input.count], limits: limits, isAuthenticated: isAuthenticated)
            if parts != whole { Issue.record("round \(round) cut at \(cut): \(input)") }
        }
    }

    @Test("the reply framer and reader")
    func replies() {
        var generator = SeededGenerator(seed: 12)
        let seeds = ReplyFramerTests.replies.map { bytes($0) }
        for round in 0..<100_000 {
            let input = spoil(seeds[round % seeds.count], &generator)
            let whole = framed(input, chunks: CollectionOfOne(input.count), nestingDepthMax: 8)
            let cut = Int.random(in: 0...input.count, using: &generator)
            if framed(input, chunks: [cut, input.count], nestingDepthMax: 8) != whole { Issue.record("round \(round) cut at \(cut): \(input)") }
            var reader = ReplyReader()
            while let value = ReplyValue(input.span, reader: &reader, depthMax: 8) {
                // Where the reader finds a reply, the framer must find its end too.
                if !whole.ends.contains(reader.offset), whole.error == nil { Issue.record("round \(round): \(value) of \(input)") }
            }
        }
    }
}
