/// A small generator whose whole run follows from its seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { range.lowerBound + Int(next() >> 11) % (range.upperBound - range.lowerBound + 1) }

    /// True in `percent` of a hundred cases.
    mutating func chance(_ percent: Int) -> Bool { number(1...100) <= percent }
}

/// What is to happen, by time; of equal times the first that was put in comes first. A binary heap.
struct EventQueue<Event> {
    private struct Entry {
        var key: Int
        var event: Event
    }

    private var entries: [Entry] = []
    private var sequence = 0

    mutating func put(_ event: Event, at time: Int) {
        // Times stay below 2^20 and sequences below 2^40, so that one comparison orders both.
        entries.append(Entry(key: time << 40 | sequence, event: event))
        sequence += 1
        var child = entries.count - 1
        while child > 0, entries[child].key < entries[(child - 1) / 2].key {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func take() -> (time: Int, event: Event)? {
        guard let first = entries.first else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return (first.key >> 40, first.event) }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count && entries[child].key < entries[least].key { least = child }
            guard least != parent else { return (first.key >> 40, first.event) }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
