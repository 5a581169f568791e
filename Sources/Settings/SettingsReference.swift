/// Every setting in one table, for the README: a test holds that it stands there as this says.
package enum SettingsReference {
    package static var markdown: String {
        var lines = ["| key | default | what it sets |", "|---|---|---|"]
        for key in SettingKey.all {
            let standard = key.defaultText.isEmpty ? "" : "`\(cell(key.defaultText))`"
            lines.append("| `\(key.path)` | \(standard) | \(cell(key.summary))\(key.isLive ? " ↻" : "") |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func cell(_ text: String) -> String {
        var cell = ""
        for character in text { cell += character == "|" ? "\\|" : String(character) }
        return cell
    }
}
