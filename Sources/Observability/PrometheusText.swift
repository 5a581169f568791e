/// Builds a page in Prometheus' text format.
///
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
package struct PrometheusText {
    package enum Kind: String, Sendable { case counter, gauge, histogram }

    package private(set) var text = ""

    package init() {}

    /// Starts a metric: its help and type. Samples follow by ``sample(_:labels:_:)``.
    package mutating func metric(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// One value of the metric `name`.
    package mutating func sample(_ name: String, labels: [(String, String)] = [], _ value: Int) {
        text += name + Self.text(labels) + " \(value)\n"
    }

    /// The same of a value that is no whole number.
    package mutating func sample(_ name: String, labels: [(String, String)] = [], seconds microseconds: Int) {
        text += name + Self.text(labels) + " \(Self.seconds(microseconds))\n"
    }

    /// A whole metric of durations, in seconds.
    package mutating func histogram(_ name: String, _ help: String, labels: [(String, String)] = [], _ counts: DurationCounts) {
        metric(name, .histogram, help)
        var sum = 0
        for (index, count) in counts.buckets.enumerated() {
            sum += count
            let bound = index < DurationCounts.boundsMicroseconds.count ? Self.seconds(DurationCounts.boundsMicroseconds[index]) : "+Inf"
            sample("\(name)_bucket", labels: labels + [("le", bound)], sum)
        }
        sample("\(name)_sum", labels: labels, seconds: counts.sumMicroseconds)
        sample("\(name)_count", labels: labels, counts.count)
    }

    /// Microseconds as seconds, without zeros at the end.
    private static func seconds(_ microseconds: Int) -> String {
        var fraction = String(microseconds % 1_000_000)
        fraction = String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(microseconds / 1_000_000)" + (fraction.isEmpty ? "" : ".\(fraction)")
    }

    private static func text(_ labels: [(String, String)]) -> String {
        labels.isEmpty ? "" : "{" + labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
