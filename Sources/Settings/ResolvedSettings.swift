import Access

/// The value of every setting with the source that won.
package struct ResolvedSettings: Sendable {
    private var values: [String: SettingValue] = [:]
    private var sources: [String: SettingSource] = [:]
    private var secrets: [String: [Secret]] = [:]

    /// Understands all that the input says.
    ///
    /// Every source's text is checked, also where a stronger one overrides it: a file that is wrong is wrong whatever
    /// the flags were. Only the winning reference to a secret is followed. After an error the weaker value stands in,
    /// so that the rest can be checked as well.
    init(_ input: SettingsInput, errors: inout [SettingsError]) {
        for key in SettingKey.all {
            values[key.path] = SettingEntry(key, text: key.defaultText, .standard).value(&errors)
            sources[key.path] = .standard
        }
        for entry in input.entries(&errors) {
            guard let value = entry.value(&errors) else { continue }
            values[entry.key.path] = value
            sources[entry.key.path] = entry.source
        }
        for key in SettingKey.all where key.type == .secret || key.type == .secrets {
            let references = key.type == .secret ? [self[key].secret] : self[key].secrets
            for reference in references {
                do throws(SettingFault) {
                    if let secret = try reference.resolve(environment: input.environment, readFile: input.readFile) { secrets[key.path, default: []].append(secret) }
                } catch {
                    errors.append(SettingsError(source(of: key), key: key.path, error.message))
                }
            }
        }
    }

    /// The value of `key`.
    subscript(key: SettingKey) -> SettingValue {
        guard let value = values[key.path] else {
            preconditionFailure("Cannot read \(key.path), which the registry lacks or whose default is wrong")
        }
        return value
    }

    /// Who gave the value of `key`.
    package func source(of key: SettingKey) -> SettingSource { sources[key.path] ?? .standard }

    /// The secret that `key` gives or refers to; nil for none.
    func secret(_ key: SettingKey) -> Secret? { secrets[key.path]?.first }

    /// All secrets that `key` gives or refers to.
    func secrets(_ key: SettingKey) -> [Secret] { secrets[key.path] ?? [] }

    /// The text of `key`; nil if it is empty.
    func text(_ key: SettingKey) -> String? {
        let text = self[key].text
        return text.isEmpty ? nil : text
    }

    /// The settings as YAML that reads back to the same ones, each with the source that gave it.
    ///
    /// Passwords given in place are masked, and the mask is refused as a password; references to files and variables
    /// are shown, as they are no secrets.
    package var yaml: String { yaml(showsSecrets: false, keys: SettingKey.all) }

    /// The same of what somebody gave, with the passwords: a configuration file that says what the sources said.
    package var writtenYAML: String { yaml(showsSecrets: true, keys: SettingKey.all.filter { source(of: $0) != .standard }) }

    private func yaml(showsSecrets: Bool, keys: [SettingKey]) -> String {
        var text = ""
        var section: String?
        for key in keys {
            if key.section != section {
                section = key.section
                if let section { text += "\(section):\n" }
            }
            let name = key.path.split(separator: ".").last.map(String.init) ?? key.path
            let source = source(of: key)
            let origin = source == .standard ? "" : "  # " + QuotedText.singleLine(source.description)
            text += "\(key.section == nil ? "" : "  ")\(name): \(self[key].yaml(as: key.type, showsSecrets: showsSecrets))\(origin)\n"
        }
        return text
    }
}
