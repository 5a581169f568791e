/// A row of values as a small line, without axes: its title and the number beside it say what it is.
package enum Sparkline {
    private static let width = 240
    private static let height = 40
    /// More is drawn as so much, so that no arithmetic can overflow.
    private static let valueMax = 1 << 50

    /// - Parameter values: the oldest first; nil where there was nothing to measure.
    package static func svg(_ values: [Int?], label: String) -> String {
        let top = min(max(values.compactMap { $0 }.max() ?? 0, 1), valueMax)
        var svg = "<svg viewBox=\"0 0 \(width) \(height)\" role=\"img\" aria-label=\"\(HTMLText.escaped(label))\" class=\"spark\" preserveAspectRatio=\"none\">"
        let steps = max(values.count - 1, 1)
        var run: [String] = []
        func flush() {
            if run.count > 1 { svg += "<polyline points=\"\(run.joined(separator: " "))\"/>" }
            run = []
        }
        for (index, value) in values.enumerated() {
            guard let value else {
                flush()
                continue
            }
            run.append("\(width * index / steps),\(height - 3 - (height - 6) * min(max(value, 0), top) / top)")
        }
        flush()
        return svg + "</svg>"
    }
}
