/// Builds a page in Prometheus' text format.
///
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
package struct PrometheusText {
    package enum Kind: String, Sendable { case counter, gauge }

    package private(set) var text = ""

    package init() {}

    /// Starts a metric: its help and type. Samples follow by ``sample(_:labels:_:)``.
    package mutating func metric(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// One value of the metric `name`.
    package mutating func sample(_ name: String, labels: [(String, String)] = [], _ value: Int) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
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
