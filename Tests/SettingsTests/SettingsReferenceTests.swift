import Foundation
import Settings
import Testing

@Suite("Reference of the settings") struct SettingsReferenceTests {
    @Test("the README has every setting as the program knows it: `mastergate config-reference` prints the table")
    func readme() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        #expect(readme.contains(SettingsReference.markdown))
    }

    @Test("a bar within a cell does not end it")
    func cells() {
        for line in SettingsReference.markdown.split(separator: "\n") {
            #expect(line.replacing("\\|", with: "").count { $0 == "|" } == 4, "\(line)")
        }
    }
}
