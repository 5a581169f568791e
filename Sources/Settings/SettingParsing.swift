import Access
import Bytes

extension SettingType {
    /// More items than this are no list that somebody wrote.
    static let itemsMax = 1024
    /// A longer text is no setting.
    static let textBytesMax = 65_536

    /// The value of `text`, with blanks around it cut. List types take one item here; see ``merge(_:)``.
    func parse(_ text: String) throws(SettingFault) -> SettingValue {
        guard text.utf8.count <= Self.textBytesMax else { throw SettingFault("is longer than \(Self.textBytesMax) bytes") }
        switch self {
        case .text, .path:
            guard !text.utf8.contains(0) else { throw SettingFault("must not contain a NUL byte") }
            return .text(text)
        case .secret: return .secret(SecretReference(text))
        case .secrets:
            guard !text.isEmpty else { throw SettingFault("holds an empty secret") }
            return .secrets([SecretReference(text)])
        case .boolean: return try boolean(text)
        case .integer(let range):
            guard let value = Int(text), !text.hasPrefix("+") else { throw expected(text) }
            return .number(try within(range, value) { String($0) })
        case .duration(let range):
            guard let value = Quantity.duration.parse(text) else { throw expected(text) }
            return .number(try within(range, value, Quantity.duration.text))
        case .size(let range):
            guard let value = Quantity.size.parse(text) else { throw expected(text) }
            return .number(try within(range, value, Quantity.size.text))
        case .fileMode:
            let digits = text.utf8.count == 4 && text.hasPrefix("0") ? text.dropFirst() : text[...]
            guard digits.utf8.count == 3, digits.utf8.allSatisfy(ASCII.isDigit), let mode = Int(digits, radix: 8) else { throw expected(text) }
            return .number(mode)
        case .choice(let words):
            guard words.contains(text) else { throw expected(text) }
            return .text(text)
        case .masterNames:
            guard MasterName.isValid(text) else { throw expected(text) }
            return .names([text])
        case .servers where text.hasPrefix(Endpoint.unixPrefix): return .endpoints([try unixSocket(text, in: text)])
        case .servers(let port), .endpoints(let port):
            guard let endpoint = Endpoint(text, defaultPort: port), !endpoint.host.isEmpty else { throw expected(text) }
            return .endpoints([endpoint])
        case .listeners, .listener: return try listener(text)
        case .texts: return .texts([text])
        case .hostNames:
            guard WebName.isHost(text) else { throw expected(text) }
            return .texts([text])
        case .origins:
            guard WebName.isOrigin(text) else { throw expected(text) }
            return .texts([text])
        case .rules:
            let rule: CommandRule
            do { rule = try CommandRule(parsing: text) } catch { throw SettingFault("a rule \(error.message)") }
            // The printed configuration is made to be read back; its masks must not become passwords.
            if let login = rule.login?.revealedBytes, login.reversed().starts(with: Secret.mask.utf8.reversed()) {
                throw SettingFault("a rule holds the mask of a printed configuration, not a password")
            }
            return .rules([rule])
        case .ranges:
            do { return .ranges([try CIDRRange(parsing: text)]) } catch {
                throw SettingFault("\(QuotedText.message(text)) \(error)")
            }
        }
    }

    /// One list of the items' values, each as ``parse(_:)`` gave it. Duplicates stay.
    func merge(_ items: [SettingValue]) -> SettingValue {
        switch self {
        case .masterNames: return .names(items.flatMap(\.names))
        case .servers, .endpoints: return .endpoints(items.flatMap(\.endpoints))
        case .ranges: return .ranges(items.flatMap(\.ranges))
        case .listeners: return .listeners(items.flatMap(\.listeners))
        case .texts, .hostNames, .origins: return .texts(items.flatMap(\.texts))
        case .rules: return .rules(items.flatMap(\.rules))
        case .secrets: return .secrets(items.flatMap(\.secrets))
        default: preconditionFailure("Cannot merge values of \(self), which is no list")
        }
    }

    private func boolean(_ text: String) throws(SettingFault) -> SettingValue {
        switch text {
        case "true", "yes", "on": return .boolean(true)
        case "false", "no", "off": return .boolean(false)
        default: throw expected(text)
        }
    }

    private func listener(_ text: String) throws(SettingFault) -> SettingValue {
        if text == "off" { return .listeners([]) }
        let place = ListenAddress.parts(text).place
        if isList, place.hasPrefix(Endpoint.unixPrefix) { _ = try unixSocket(place, in: text) }
        guard let address = ListenAddress(text), isList || address.masterName == nil && address.endpoint.unixPath == nil else {
            throw expected(text)
        }
        return .listeners([address])
    }

    /// The Unix socket that `place` names, which is `text` or a part of it.
    private func unixSocket(_ place: String, in text: String) throws(SettingFault) -> Endpoint {
        let path = String(place.dropFirst(Endpoint.unixPrefix.count))
        guard path.utf8.count <= Endpoint.unixPathLengthMax else {
            throw SettingFault("a Unix socket's path has at most \(Endpoint.unixPathLengthMax) bytes, this one \(path.utf8.count)")
        }
        guard let endpoint = Endpoint(unixPath: path) else { throw expected(text) }
        return endpoint
    }

    private func within(
        _ range: ClosedRange<Int>, _ value: Int, _ show: (Int) -> String
    ) throws(SettingFault) -> Int {
        guard range.contains(value) else {
            throw SettingFault("must be from \(show(range.lowerBound)) to \(show(range.upperBound)), is \(show(value))")
        }
        return value
    }

    private func expected(_ text: String) -> SettingFault {
        SettingFault("expected \(expectation), found \(QuotedText.message(text))")
    }
}
