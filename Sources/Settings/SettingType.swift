/// What a setting's text may be.
package enum SettingType: Equatable, Sendable {
    /// Any text; empty for none.
    case text
    /// The path of a file; empty for none.
    case path
    /// A password: itself, `file:PATH` or `env:NAME`; empty for none.
    case secret
    /// Several of these.
    case secrets
    case boolean
    case integer(ClosedRange<Int>)
    /// Milliseconds.
    case duration(ClosedRange<Int>)
    /// Bytes.
    case size(ClosedRange<Int>)
    /// Who may use a file, in octal digits.
    case fileMode
    /// One of these words.
    case choice([String])
    /// Names of masters.
    case masterNames
    /// Several `host:port` and `unix:/path`.
    case servers(defaultPort: UInt16)
    /// Several `host:port`.
    case endpoints(defaultPort: UInt16)
    /// Several `[MASTERNAME=]address:port` and `[MASTERNAME=]unix:/path`, or `off`.
    case listeners
    /// One `address:port`, or `off`.
    case listener
    /// CIDR ranges and addresses.
    case ranges
    /// Several texts.
    case texts
    /// Names as they stand in `Host`.
    case hostNames
    /// Origins of web pages, or `*`.
    case origins
    /// Lines that say who may run which command (``CommandRule``).
    case rules

    /// Whether several items may be given, as a sequence or with commas.
    package var isList: Bool {
        switch self {
        case .masterNames, .servers, .endpoints, .listeners, .ranges, .texts, .hostNames, .origins, .rules, .secrets: true
        default: false
        }
    }

    /// What is expected, for a sentence `expected …`.
    package var expectation: String {
        switch self {
        case .text: "text"
        case .path: "the path of a file"
        case .secret: "a secret, file:PATH or env:NAME"
        case .secrets: "a list of secrets, file:PATH or env:NAME"
        case .boolean: "true or false"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .duration: "a duration such as 250ms, 5s, 2m or 0"
        case .size: "a size such as 64kb, 512mb, 1gb or a number of bytes"
        case .fileMode: "an octal file mode such as 0770"
        case .choice(let words): "one of " + words.joined(separator: ", ")
        case .masterNames: "names of letters, digits, '.', '-' and '_'"
        case .servers: "a list of host:port or unix:/path"
        case .endpoints: "a list of host:port"
        case .listeners: "a list of [MASTERNAME=]address:port or unix:/path, or off"
        case .listener: "address:port, or off"
        case .ranges: "a list of addresses and ranges such as 10.0.0.0/8"
        case .texts: "a list of texts"
        case .hostNames: "a list of host names, each perhaps with a port, such as redis.example or [::1]:7379"
        case .origins: "a list of origins scheme://host[:port] without a path, or *"
        case .rules: "a list of rules such as 'ip=10.0.0.0/8 -* +get'"
        }
    }

    /// The value's name in help texts.
    package var placeholder: String {
        switch self {
        case .text: "text"
        case .path: "file"
        case .secret: "secret"
        case .secrets: "secret,..."
        case .boolean: "bool"
        case .integer: "n"
        case .duration: "duration"
        case .size: "size"
        case .fileMode: "mode"
        case .choice(let words): words.joined(separator: "|")
        case .masterNames: "names"
        case .servers: "host:port,..."
        case .endpoints: "host:port,..."
        case .listeners: "[name=]addr:port,..."
        case .listener: "addr:port"
        case .ranges: "cidr,..."
        case .texts: "text,..."
        case .hostNames: "host,..."
        case .origins: "origin,..."
        case .rules: "rule,..."
        }
    }
}
