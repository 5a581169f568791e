/// What one source says about one setting, not yet understood.
struct SettingEntry {
    /// One text and where it stands.
    struct Item {
        let text: String
        let source: SettingSource
    }

    let key: SettingKey
    /// For a list the items, already taken apart; else the one text, or several if a list stands where none may.
    let items: [Item]
    let source: SettingSource
    /// Whether the source wrote a sequence, which only lists may be.
    let isSequence: Bool

    /// An entry of one text, which is taken apart at commas if the setting is a list.
    init(_ key: SettingKey, text: String, _ source: SettingSource) {
        self.init(key, texts: [text], source)
    }

    /// An entry of several texts of one source, as a flag given more than once; of a plain setting's texts the last holds.
    init(_ key: SettingKey, texts: [String], _ source: SettingSource) {
        self.key = key
        self.source = source
        isSequence = false
        if key.type.isList {
            let parts = texts.flatMap { text in
                Self.trimmed(text).isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
            items = parts.map { Item(text: Self.trimmed($0), source: source) }
        } else {
            items = texts.suffix(1).map { Item(text: key.type == .secret ? $0 : Self.trimmed($0), source: source) }
        }
    }

    /// An entry of a sequence's items, each with its own place.
    init(_ key: SettingKey, sequence: [Item], _ source: SettingSource) {
        self.key = key
        self.source = source
        isSequence = true
        items = sequence.map { Item(text: Self.trimmed($0.text), source: $0.source) }
    }

    /// The value, or nil with the errors added: one per wrong item.
    func value(_ errors: inout [SettingsError]) -> SettingValue? {
        let type = key.type
        guard type.isList else {
            guard !isSequence, let item = items.first else {
                errors.append(SettingsError(source, key: key.path, "expected \(type.expectation), found a list"))
                return nil
            }
            return parse(item, &errors)
        }
        guard items.count <= SettingType.itemsMax else {
            errors.append(SettingsError(source, key: key.path, "more than \(SettingType.itemsMax) items"))
            return nil
        }
        if type == .listeners, items.count > 1, let off = items.first(where: { $0.text == "off" }) {
            errors.append(SettingsError(off.source, key: key.path, "off cannot stand beside an address"))
            return nil
        }
        let values = items.compactMap { parse($0, &errors) }
        return values.count == items.count ? type.merge(values) : nil
    }

    private func parse(_ item: Item, _ errors: inout [SettingsError]) -> SettingValue? {
        do throws(SettingFault) { return try key.type.parse(item.text) } catch {
            errors.append(SettingsError(item.source, key: key.path, error.message))
            return nil
        }
    }

    /// `text` without the blanks around it.
    private static func trimmed(_ text: String) -> String {
        let isBlank = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        let bytes = Array(text.utf8)
        guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}
