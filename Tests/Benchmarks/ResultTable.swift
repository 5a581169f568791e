/// Results as lines of aligned columns.
struct ResultTable {
    private let nameWidth: Int
    private static let numberWidth = 12

    init(names: [String]) { nameWidth = (names.map(\.count).max() ?? 0) + 1 }

    func printHead() {
        print(line("per command", ["ns, median", "ns, least", "allocations"]))
    }

    func print(_ result: BenchmarkResult) {
        Swift.print(line(result.benchmark.name, [text(result.median, 1), text(result.least, 1), text(result.allocations, 2)]))
    }

    private func print(_ line: String) { Swift.print(line) }

    private func line(_ name: String, _ numbers: [String]) -> String {
        name + String(repeating: " ", count: nameWidth - name.count)
            + numbers.map { String(repeating: " ", count: max(1, Self.numberWidth - $0.count)) + $0 }.joined()
    }

    /// `value` with `digits` places; a value that would be rounded to zero shows that it is more.
    private func text(_ value: Double, _ digits: Int) -> String {
        let scale = digits == 1 ? 10.0 : 100.0
        let scaled = Int((value * scale).rounded())
        if scaled == 0, value > 0 { return "<" + text(1 / scale, digits) }
        let fraction = String(scaled % Int(scale))
        return "\(scaled / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
