import CMeasurement

/// One thing that the proxy does for every command, and how long it takes.
struct Benchmark {
    let name: String
    /// Whether it lies on the way of every command, where nothing may be allocated.
    let isAllocationFree: Bool
    /// Prepares what it needs and calls ``Stopwatch/measure(commands:_:)`` once.
    let run: (inout Stopwatch) -> Void

    init(_ name: String, isAllocationFree: Bool = false, run: @escaping (inout Stopwatch) -> Void) {
        self.name = name
        self.isAllocationFree = isAllocationFree
        self.run = run
    }

    /// What one run of it measured.
    func result() -> BenchmarkResult {
        var stopwatch = Stopwatch()
        run(&stopwatch)
        return BenchmarkResult(benchmark: self, nanoseconds: stopwatch.nanoseconds.sorted(), allocations: stopwatch.allocations)
    }
}

/// Times and counts per command.
struct BenchmarkResult {
    let benchmark: Benchmark
    /// Of each round, the least first.
    let nanoseconds: [Double]
    /// Over all rounds.
    let allocations: Double

    var median: Double { nanoseconds[nanoseconds.count / 2] }
    var least: Double { nanoseconds[0] }
    /// Whether it breaks the rule of the hot path.
    var isAtFault: Bool { benchmark.isAllocationFree && allocations > 0 }
}

/// Runs one piece of work again and again, and notes what a command costs.
struct Stopwatch {
    private(set) var nanoseconds: [Double] = []
    private(set) var allocations = 0.0

    private static let roundCount = 15
    private static let roundNanoseconds: UInt64 = 8_000_000

    /// Measures `work`, which deals with `commands` commands a call.
    ///
    /// Inlined together with `work`, so that the call costs nothing. Doubling the repetitions until a round takes long
    /// enough is the warm-up as well.
    @inline(__always) mutating func measure(commands: Int = 1, _ work: () -> Void) {
        var repetitions = 1
        while repetitions < 1 << 30 {
            let start = measurement_cpu_nanoseconds()
            for _ in 0..<repetitions { work() }
            if measurement_cpu_nanoseconds() - start >= Self.roundNanoseconds { break }
            repetitions *= 2
        }
        let commandsPerRound = Double(repetitions * commands)
        var allocated: UInt64 = 0
        for _ in 0..<Self.roundCount {
            let countBefore = measurement_allocation_count()
            let start = measurement_cpu_nanoseconds()
            for _ in 0..<repetitions { work() }
            let end = measurement_cpu_nanoseconds()
            allocated += measurement_allocation_count() - countBefore
            nanoseconds.append(Double(end - start) / commandsPerRound)
        }
        allocations = Double(allocated) / (commandsPerRound * Double(Self.roundCount))
    }
}

/// Bytes to work on, of which the optimiser knows nothing.
struct Input {
    private let bytes: UnsafeBufferPointer<UInt8>

    /// The bytes live as long as the program.
    init(_ source: [UInt8]) {
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: source.count)
        _ = copy.initialize(from: source)
        bytes = UnsafeBufferPointer(copy)
    }

    init(_ text: String) { self.init(Array(text.utf8)) }

    var count: Int { bytes.count }

    /// The bytes, to be asked for anew by each call of the work.
    var hidden: UnsafeBufferPointer<UInt8> {
        @inline(__always) get {
            UnsafeBufferPointer(start: measurement_hide(bytes.baseAddress)?.assumingMemoryBound(to: UInt8.self), count: bytes.count)
        }
    }
}

/// Makes the optimiser believe that `value` is needed.
@inline(__always) func keep(_ value: Int) { measurement_keep(UInt64(truncatingIfNeeded: value)) }
