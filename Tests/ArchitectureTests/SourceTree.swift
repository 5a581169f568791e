import Foundation

/// The package's own files, as the tests read them.
struct SourceTree {
    struct File {
        /// Path from the package's root.
        let path: String
        let lines: [String]

        /// The target or test target that the file belongs to: the second part of its path.
        var module: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

        /// The lines without what stands behind `//`, numbered from 1.
        var code: [(number: Int, text: String)] {
            lines.enumerated().map { index, line in
                let end = line.range(of: "//")?.lowerBound ?? line.endIndex
                return (index + 1, String(line[..<end]))
            }
        }

        /// The modules that it imports.
        var imports: [String] {
            lines.compactMap { line in
                var words = line.split(separator: " ").map(String.init)
                while let first = words.first, first.hasPrefix("@") || ["package", "public", "private", "internal", "fileprivate"].contains(first) {
                    words.removeFirst()
                }
                guard words.count >= 2, words[0] == "import" else { return nil }
                let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
                let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
                return name.split(separator: ".").first.map(String.init)
            }
        }
    }

    let root: String

    /// The package whose tests these are.
    static let package = SourceTree(root: #filePath.components(separatedBy: "/Tests/ArchitectureTests/")[0])

    /// Names of what lies directly in the root.
    var entries: [String] { (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [] }

    /// The Swift files below `folder`.
    func swiftFiles(_ folder: String) -> [File] {
        guard let walk = FileManager.default.enumerator(atPath: "\(root)/\(folder)") else { return [] }
        return walk.compactMap { $0 as? String }
            .filter { $0.hasSuffix(".swift") && !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
            .sorted()
            .compactMap { path in
                guard let text = try? String(contentsOfFile: "\(root)/\(folder)/\(path)", encoding: .utf8) else { return nil }
                return File(path: "\(folder)/\(path)", lines: text.components(separatedBy: "\n"))
            }
    }
}
