/// One thing wrong with the settings, in one line: `mastergate.yaml:12:3: http.lisen: unknown key; did you mean http.listen?`
package struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Who gave the text; ``SettingSource/standard`` if the trouble is that nobody did.
    package let source: SettingSource
    /// The key concerned, as in `http.address`; empty where the trouble is no key's, as with broken YAML.
    package let key: String
    /// What is wrong and what was expected, without secrets.
    package let message: String
    /// The known name nearest to an unknown one.
    package let suggestion: String?

    package init(_ source: SettingSource, key: String, _ message: String, suggestion: String? = nil) {
        self.source = source
        self.key = key
        self.message = message
        self.suggestion = suggestion
    }

    package var description: String {
        var text = ""
        if source != .standard { text += "\(source): " }
        if !key.isEmpty { text += "\(key): " }
        text += message
        if let suggestion { text += "; did you mean \(suggestion)?" }
        return QuotedText.singleLine(text)
    }
}

/// All that is wrong with the settings, in the order of the sources: file, environment, flags, then the whole.
package struct SettingsErrors: Error, Hashable, Sendable, CustomStringConvertible {
    /// Never empty.
    package let errors: [SettingsError]

    /// One line per error.
    package var description: String { errors.map(\.description).joined(separator: "\n") }
}
