import Foundation

/// Package.swift as text, read just far enough to tell who depends on whom.
struct Manifest {
    let text: String

    /// The names in the dependency list of the target `name`; products count by their name.
    func dependencies(of name: String) -> Set<String>? {
        let openings = ["pure(\"\(name)\"", "target(name: \"\(name)\",", "target(\n            name: \"\(name)\",", "executableTarget(\n            name: \"\(name)\","]
        guard let opening = openings.lazy.compactMap({ text.range(of: $0) }).first else { return nil }
        let rest = text[opening.upperBound...]
        // A pure target without a list depends on nothing.
        if rest.hasPrefix(")") { return [] }
        guard let open = rest.firstIndex(of: "["), let close = rest[open...].firstIndex(of: "]") else { return nil }
        let list = rest[open..<close].replacingOccurrences(of: ", package: \"swift-log\"", with: "")
            .replacingOccurrences(of: ", package: \"swift-argument-parser\"", with: "")
        return Set(list.components(separatedBy: "\"").enumerated().filter { $0.offset % 2 == 1 }.map(\.element))
    }
}

extension SourceTree {
    var manifest: Manifest? { (try? String(contentsOfFile: "\(root)/Package.swift", encoding: .utf8)).map { Manifest(text: $0) } }
}
