import Settings

/// Loads settings from texts in memory.
struct SettingsFixture {
    struct NoSuchFile: Error, CustomStringConvertible { var description: String { "no such file" } }

    var files: [String: [UInt8]] = [:]
    var environment: [String: String] = [:]
    var flags: [(flag: String, value: String)] = []
    var hasFile = false

    /// `yaml` becomes the file `m.yaml`.
    init(_ yaml: String? = nil, environment: [String: String] = [:], flags: [(String, String)] = []) {
        if let yaml { files["m.yaml"] = Array(yaml.utf8) }
        hasFile = yaml != nil
        self.environment = environment
        self.flags = flags.map { (flag: $0.0, value: $0.1) }
    }

    func load() throws -> LoadedSettings {
        let files = self.files
        let input = SettingsInput(file: hasFile ? "m.yaml" : nil, environment: environment, flags: flags) { name in
            guard let bytes = files[name] else { throw NoSuchFile() }
            return bytes
        }
        return try Settings.load(input)
    }

    /// The errors' lines; empty if there are none.
    func errors() -> [String] {
        do {
            _ = try load()
            return []
        } catch let errors as SettingsErrors {
            return errors.errors.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }
}
