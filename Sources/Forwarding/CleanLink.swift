import Bytes

/// What Redis says by CLIENT INFO of a link on which nothing is left behind.
///
/// Source: https://redis.io/docs/latest/commands/client-list/
public struct CleanLink: Equatable, Sendable {
    /// The user that the link speaks for.
    public var user: [UInt8]
    public var state: SessionState

    public init(user: [UInt8], state: SessionState) {
        self.user = user
        self.state = state
    }

    /// Memory that Redis may hold for a link that nobody uses, in bytes.
    private static let memoryBytesMax = 8 << 20
    /// Normal, over a Unix socket; anything else is a state that a command has left.
    private static let usualFlags = Set("NU".utf8)

    /// How `information`, a line of `key=value` words, differs from what it should be; empty where it does not. What an older
    /// Redis does not tell is not looked at.
    public func differences(from information: Span<UInt8>) -> [String] {
        var line: [UInt8] = []
        line.append(information)
        var differences: [String] = []
        for field in line.split(separator: ASCII.space) {
            guard let equals = field.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let (key, value) = (String(decoding: field[..<equals], as: UTF8.self), Array(field[(equals + 1)...].filter { $0 > ASCII.space }))
            if !isAsExpected(key, value) { differences.append(String(decoding: field.filter { $0 > ASCII.space && $0 < 0x7F }, as: UTF8.self)) }
        }
        return differences
    }

    private func isAsExpected(_ key: String, _ value: [UInt8]) -> Bool {
        switch key {
        case "user": value == user
        case "db": value == Array("\(state.database)".utf8)
        case "resp": value == Array("\(state.protocolVersion)".utf8)
        case "name": value == state.name
        case "flags": value.allSatisfy(Self.usualFlags.contains)
        case "multi", "redir": value == Array("-1".utf8)
        case "sub", "psub", "ssub", "watch", "multi-mem": value == [ASCII.zero]
        case "tot-mem": (Decimal.parse(value.span) ?? 0) <= Self.memoryBytesMax
        default: true
        }
    }
}
