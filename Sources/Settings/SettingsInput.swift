/// Everything that settings are made of, the weakest first: defaults, a file, the environment, flags.
///
/// Nothing is read but through `readFile`, so the same input always gives the same settings.
package struct SettingsInput {
    /// The configuration file's name, also for messages; nil for none.
    package var file: String?
    /// A file in Webdis's own form, the weakest source but the defaults; nil for none.
    package var webdisFile: String?
    package var environment: [String: String]
    /// The flags without their dashes, in the order given. A list's flag may come more than once and adds up; of a
    /// plain one's the last holds.
    package var flags: [(flag: String, value: String)]
    /// The bytes of a file. Its errors are shown as they describe themselves.
    package var readFile: (String) throws -> [UInt8]

    package init(
        file: String? = nil, webdisFile: String? = nil, environment: [String: String] = [:], flags: [(flag: String, value: String)] = [],
        readFile: @escaping (String) throws -> [UInt8]
    ) {
        self.file = file
        self.webdisFile = webdisFile
        self.environment = environment
        self.flags = flags
        self.readFile = readFile
    }

    /// The entries of all sources, the weakest first, with what is wrong about the sources themselves.
    func entries(_ errors: inout [SettingsError]) -> [SettingEntry] {
        var entries: [SettingEntry] = []
        if let webdisFile {
            do {
                let parsed = WebdisFile(name: webdisFile, bytes: try readFile(webdisFile), environment: environment)
                entries += parsed.entries
                errors += parsed.errors
            } catch {
                errors.append(SettingsError(.wholeFile(name: webdisFile), key: "", "cannot be read: \(error)"))
            }
        }
        let webdisCount = entries.count
        if let file {
            do {
                let parsed = SettingsFile(name: file, bytes: try readFile(file))
                entries += parsed.entries
                errors += parsed.errors
            } catch {
                errors.append(SettingsError(.wholeFile(name: file), key: "", "cannot be read: \(error)"))
            }
        }
        entries += environmentEntries(&errors)
        entries += flagEntries(&errors)
        // Who gives sentinels to a Webdis has them find the server that its file names, and waits for a new one.
        if entries[webdisCount...].contains(where: { $0.key.path == SettingKey.sentinelAddresses.path }) {
            let superseded = [SettingKey.upstream.path, SettingKey.failoverHold.path]
            entries = entries[..<webdisCount].filter { !superseded.contains($0.key.path) } + entries[webdisCount...]
        }
        return entries
    }

    /// Variables with the prefix that are no setting's are left alone: Kubernetes sets some for a service of this name.
    /// One that is nearly a setting's is taken for a misspelling.
    private func environmentEntries(_ errors: inout [SettingsError]) -> [SettingEntry] {
        let known = SettingKey.all.flatMap(\.environmentNames)
        for name in environment.keys.sorted() where name.hasPrefix(SettingKey.environmentPrefix) && !known.contains(name) {
            let suffixes = known.map { String($0.dropFirst(SettingKey.environmentPrefix.count)) }
            let suffix = String(name.dropFirst(SettingKey.environmentPrefix.count))
            guard suffix.utf8.count > 5, let nearest = NearestName.find(suffix, among: suffixes) else { continue }
            let suggestion = SettingKey.environmentPrefix + nearest
            errors.append(SettingsError(.environment(name), key: "", "unknown variable", suggestion: suggestion))
        }
        var entries: [SettingEntry] = []
        for key in SettingKey.all {
            let given = key.environmentNames.filter { environment[$0] != nil }
            guard let name = given.first, let text = environment[name] else { continue }
            if let other = given.dropFirst().first(where: { environment[$0] != text }) {
                errors.append(SettingsError(.environment(other), key: key.path, "says otherwise than \(name), which is the same setting"))
            }
            entries.append(SettingEntry(key, text: text, .environment(name)))
        }
        return entries
    }

    private func flagEntries(_ errors: inout [SettingsError]) -> [SettingEntry] {
        var entries: [SettingEntry] = []
        for key in SettingKey.all {
            let texts = flags.filter { key.flags.contains($0.flag) }.map(\.value)
            if !texts.isEmpty { entries.append(SettingEntry(key, texts: texts, .flag("--" + key.flag))) }
        }
        let known = SettingKey.all.flatMap(\.flags)
        for (flag, _) in flags where !known.contains(flag) {
            let nearest = NearestName.find(flag, among: known).map { "--" + $0 }
            errors.append(SettingsError(.flag("--" + flag), key: "", "unknown flag", suggestion: nearest))
        }
        return entries
    }
}
