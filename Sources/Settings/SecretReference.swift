import Access

/// How a secret is given: itself, in a file, or in another environment variable. One that begins like a reference is
/// written behind `value:`.
package enum SecretReference: Equatable, Sendable {
    case none
    case value(Secret)
    /// `file:PATH`
    case file(String)
    /// `env:NAME`
    case environment(String)

    init(_ text: String) {
        if text.isEmpty {
            self = .none
        } else if text.hasPrefix("value:") {
            self = .value(Secret(utf8: String(text.dropFirst(6))))
        } else if text.hasPrefix("file:") {
            self = .file(String(text.dropFirst(5)))
        } else if text.hasPrefix("env:") {
            self = .environment(String(text.dropFirst(4)))
        } else {
            self = .value(Secret(utf8: text))
        }
    }

    /// What a printed configuration shows: the mask for a value, and a reference as written, as it is no secret.
    var text: String {
        switch self {
        case .none: ""
        case .value(let secret): secret.description
        case .file(let path): "file:" + path
        case .environment(let name): "env:" + name
        }
    }

    /// The text that reads back to the same, a value included.
    var revealedText: String {
        guard case .value(let secret) = self else { return text }
        let value = String(decoding: secret.revealedBytes, as: UTF8.self)
        return ["file:", "env:", "value:"].contains { value.hasPrefix($0) } ? "value:" + value : value
    }

    /// The secret itself; nil for ``none``.
    ///
    /// One trailing line break of a file is cut, as editors and `echo` leave one. An unset variable or an empty result
    /// is an error: a password that silently is none would open the door.
    func resolve(
        environment: [String: String], readFile: (String) throws -> [UInt8]
    ) throws(SettingFault) -> Secret? {
        switch self {
        case .none: return nil
        case .value(let secret):
            // The printed configuration is made to be read back; its masks must not become passwords.
            guard secret != Secret(utf8: Secret.mask) else {
                throw SettingFault("is the mask of a printed configuration, not a secret")
            }
            return secret
        case .environment(let name):
            guard let value = environment[name] else {
                throw SettingFault("environment variable \(QuotedText.message(name)) is not set")
            }
            guard !value.isEmpty else { throw SettingFault("environment variable \(QuotedText.message(name)) is empty") }
            return Secret(utf8: value)
        case .file(let path):
            var bytes: [UInt8]
            do { bytes = try readFile(path) } catch {
                throw SettingFault("cannot read \(QuotedText.message(path)): \(error)")
            }
            if bytes.last == 0x0A {
                bytes.removeLast()
                if bytes.last == 0x0D { bytes.removeLast() }
            }
            guard !bytes.isEmpty else { throw SettingFault("\(QuotedText.message(path)) is empty") }
            return Secret(bytes)
        }
    }
}
