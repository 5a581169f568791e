import Bytes

/// One line of the rules that say who may run which command.
///
///     ip=10.0.0.0/8 auth=admin:secret +* -flushall -config|set ~cache:* db=0 db=3
///
/// It holds for a client when every `ip=` and `auth=` in it does, and is then applied to what the lines before it have
/// left: first what it allows (`+`), then what it denies (`-`), so that within one line a denial wins. `*` stands for every
/// command, `config` for CONFIG with all its subcommands, `config|set` for one of them. Names are compared whole and
/// whatever their case. `~pattern` restricts the keys of commands to those that match one of the line's patterns (the
/// globs of Redis's KEYS), `db=` the databases; of several lines with such a restriction the last that holds counts. `user=alice`
/// has commands run in the name of the Redis user alice, with the password of `auth=`; `user=alice:other` with another. There, too,
/// the last line that holds counts.
public struct CommandRule: Sendable, Equatable {
    /// The range that the client's address must lie in; nil for any.
    public let range: CIDRRange?
    /// `user:password`, as HTTP Basic shows them; nil for any.
    public let login: Secret?
    public let allowed: [CommandName]
    public let denied: [CommandName]
    /// Nil where the line says nothing of keys.
    public let keyPatterns: [[UInt8]]?
    /// Nil where the line says nothing of databases.
    public let databases: [Int]?
    /// Nil where the line names no user of Redis.
    public let redisUser: RedisUser?

    public init(
        range: CIDRRange? = nil, login: Secret? = nil, allowed: [CommandName] = [], denied: [CommandName] = [],
        keyPatterns: [[UInt8]]? = nil, databases: [Int]? = nil, redisUser: RedisUser? = nil
    ) {
        self.redisUser = redisUser
        self.range = range
        self.login = login
        self.allowed = allowed
        self.denied = denied
        self.keyPatterns = keyPatterns
        self.databases = databases
    }

    /// A command as a rule names it.
    public enum CommandName: Sendable, Equatable {
        case every
        /// In small letters; the second word is a subcommand.
        case named([UInt8], subcommand: [UInt8]?)

        /// Reads `*`, `config`, `config|set` or `config set`; nil for anything else.
        public init?(_ text: String) {
            if text == "*" {
                self = .every
                return
            }
            let parts = text.utf8.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
                .flatMap { $0.split(separator: ASCII.space, omittingEmptySubsequences: false) }
            guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0 > 0x20 && $0 != 0x7F } }) else { return nil }
            self = .named(parts[0].map(ASCII.lowercased), subcommand: parts.count == 2 ? parts[1].map(ASCII.lowercased) : nil)
        }

        /// Whether it stands for the command `name` with `second` as its first argument.
        func stands(for name: Span<UInt8>, _ second: Span<UInt8>) -> Bool {
            switch self {
            case .every: true
            case .named(let own, nil): ASCII.equalsIgnoringCase(own.span, name)
            case .named(let own, let subcommand?): ASCII.equalsIgnoringCase(own.span, name) && ASCII.equalsIgnoringCase(subcommand.span, second)
            }
        }

        /// Whether it stands for everything that `other` stands for.
        func covers(_ other: CommandName) -> Bool {
            switch (self, other) {
            case (.every, _): true
            case (.named(let own, nil), .named(let name, _)): own == name
            default: self == other
            }
        }

        /// As a rule spells it.
        public var text: String {
            switch self {
            case .every: "*"
            case .named(let name, let subcommand):
                String(decoding: name, as: UTF8.self) + (subcommand.map { "|" + String(decoding: $0, as: UTF8.self) } ?? "")
            }
        }
    }
}
