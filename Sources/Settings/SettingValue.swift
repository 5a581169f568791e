import Access
import Bytes

/// The typed value of one setting.
package enum SettingValue: Equatable, Sendable {
    case text(String)
    case secret(SecretReference)
    case secrets([SecretReference])
    case boolean(Bool)
    /// A count, milliseconds or bytes, as the key's type says.
    case number(Int)
    case names([String])
    case endpoints([Endpoint])
    case listeners([ListenAddress])
    case ranges([CIDRRange])
    case texts([String])
    case rules([CommandRule])

    /// The text that a printed configuration shows and that reads back to an equal value, secrets given in place apart.
    ///
    /// - Parameter showsSecrets: whether passwords given in place are written; their mask stands there otherwise.
    func yaml(as type: SettingType, showsSecrets: Bool = false) -> String {
        switch self {
        case .text(let text):
            if case .choice = type { return text }
            return QuotedText.yaml(text)
        case .secret(let reference): return QuotedText.yaml(showsSecrets ? reference.revealedText : reference.text)
        case .secrets(let references): return list(references.map { showsSecrets ? $0.revealedText : $0.text })
        case .boolean(let value): return value ? "true" : "false"
        case .number(let value):
            switch type {
            case .duration: return Quantity.duration.text(value)
            case .size: return Quantity.size.text(value)
            case .fileMode:
                let digits = String(value, radix: 8)
                return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
            default: return String(value)
            }
        case .names(let names): return list(names)
        case .endpoints(let endpoints):
            if case .servers = type, endpoints.count < 2 { return QuotedText.yaml(endpoints.first?.description ?? "") }
            return list(endpoints.map(\.description))
        case .listeners(let listeners):
            if listeners.isEmpty { return "off" }
            guard type.isList else { return QuotedText.yaml(listeners[0].description) }
            return list(listeners.map(\.description))
        case .ranges(let ranges): return list(ranges.map(\.description))
        case .texts(let texts): return list(texts)
        case .rules(let rules): return list(rules.map { $0.text(showsLogin: showsSecrets) })
        }
    }

    private func list(_ items: [String]) -> String { "[" + items.map(QuotedText.yaml).joined(separator: ", ") + "]" }
}

extension SettingValue {
    // What the value holds if it is of the kind, and nothing otherwise. That each key has the kind of value that its type
    // says is held by the parser, and the tests read every key.

    var text: String { if case .text(let value) = self { value } else { "" } }
    var boolean: Bool { if case .boolean(let value) = self { value } else { false } }
    var number: Int { if case .number(let value) = self { value } else { 0 } }
    var names: [String] { if case .names(let value) = self { value } else { [] } }
    var endpoints: [Endpoint] { if case .endpoints(let value) = self { value } else { [] } }
    var listeners: [ListenAddress] { if case .listeners(let value) = self { value } else { [] } }
    var ranges: [CIDRRange] { if case .ranges(let value) = self { value } else { [] } }
    var texts: [String] { if case .texts(let value) = self { value } else { [] } }
    var rules: [CommandRule] { if case .rules(let value) = self { value } else { [] } }
    var secrets: [SecretReference] { if case .secrets(let value) = self { value } else { [] } }
    var secret: SecretReference { if case .secret(let value) = self { value } else { .none } }
}
