/// Turns a configuration file's tree into entries, and what is no setting into errors.
struct SettingsFile {
    let name: String
    private(set) var entries: [SettingEntry] = []
    private(set) var errors: [SettingsError] = []
    /// The places of the keys seen: `http: {address: …}` and `http.address: …` are the same key.
    private var seen: [String: YAMLPlace] = [:]

    init(name: String, bytes: [UInt8]) {
        self.name = name
        do throws(YAMLError) {
            let (root, duplicates) = try YAMLReader.read(bytes)
            errors = duplicates.map { SettingsError(source($0.place), key: $0.key, $0.message) }
            guard let root else { return }
            switch root.content {
            case .mapping(let members): for member in members { read(member, section: nil) }
            case .null: return
            default:
                let message = "expected a mapping of settings, found \(root.kind)"
                errors.append(SettingsError(source(root.place), key: "", message))
            }
        } catch {
            errors = [SettingsError(source(error.place), key: error.key, error.message)]
        }
    }

    private mutating func read(_ member: YAMLNode.Entry, section: String?) {
        let path = (section.map { $0 + "." } ?? "") + member.key
        if let key = SettingKey.named(path) {
            if let first = seen[path] {
                errors.append(SettingsError(source(member.keyPlace), key: path, "given twice; first in line \(first.line)"))
                return
            }
            seen[path] = member.keyPlace
            read(member.value, as: key)
        } else if section == nil, SettingKey.sections.contains(path) {
            switch member.value.content {
            case .mapping(let members): for inner in members { read(inner, section: path) }
            case .null: return
            default:
                let example = SettingKey.all.first { $0.section == path }?.path ?? path
                let message = "expected a section with keys such as \(example), found \(member.value.kind)"
                errors.append(SettingsError(source(member.value.place), key: path, message))
            }
        } else {
            let known = SettingKey.all.map(\.path) + (section == nil ? SettingKey.sections.sorted() : [])
            let nearest = NearestName.find(path, among: known + Self.synonyms.keys.sorted()).map { Self.synonyms[$0] ?? $0 }
            errors.append(SettingsError(source(member.keyPlace), key: path, "unknown key", suggestion: nearest))
        }
    }

    /// What other programs, or our own flags, call these keys; suggested, not accepted.
    private static let synonyms = [
        "http.listen": "http.address", "http.port": "http.address", "admin.listen": "admin.address",
        "admin.port": "admin.address", "listen.port": "listen.address", "redis.address": "upstream",
        "sentinels": "sentinel.addresses", "sentinel.sentinels": "sentinel.addresses", "allow": "client.allow",
        "master_name": "sentinel.master_names",
    ]

    private mutating func read(_ node: YAMLNode, as key: SettingKey) {
        let place = source(node.place)
        switch node.content {
        case .scalar(let text): entries.append(SettingEntry(key, text: text, place))
        case .sequence(let nodes):
            var items: [SettingEntry.Item] = []
            for node in nodes {
                if case .scalar(let text) = node.content {
                    items.append(SettingEntry.Item(text: text, source: source(node.place)))
                } else {
                    let message = "expected \(key.type.expectation), found \(node.kind) in the list"
                    errors.append(SettingsError(source(node.place), key: key.path, message))
                }
            }
            entries.append(SettingEntry(key, sequence: items, place))
        case .null, .mapping:
            errors.append(SettingsError(place, key: key.path, "expected \(key.type.expectation), found \(node.kind)"))
        }
    }

    private func source(_ place: YAMLPlace) -> SettingSource { .file(name: name, line: place.line, column: place.column) }
}
