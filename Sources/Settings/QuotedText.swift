/// Text that others wrote, made fit to stand in a message or a YAML file.
enum QuotedText {
    /// A longer text is cut in messages.
    private static let messageCharactersMax = 80

    /// `text` in quotes for a message: one line, cut at a bound, and without what stands before an `@`, where URLs keep
    /// their passwords.
    static func message(_ text: String) -> String {
        var shown = text
        if let at = text.lastIndex(of: "@") { shown = "…" + text[at...] }
        if shown.count > messageCharactersMax { shown = shown.prefix(messageCharactersMax) + "…" }
        return "\"" + singleLine(shown) + "\""
    }

    /// `text` with control characters replaced, so that no input can start a line of its own or steer a terminal.
    static func singleLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: needsEscape) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { needsEscape($0) ? "\u{FFFD}" : $0 }))
    }

    /// `text` as a YAML double-quoted scalar that reads back to the same text.
    static func yaml(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where needsEscape(scalar):
                let digits = String(scalar.value, radix: 16)
                result += "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Control characters, line separators and what YAML does not call printable.
    private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE...: true
        default: false
        }
    }
}
