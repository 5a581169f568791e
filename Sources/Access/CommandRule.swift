import Bytes

/// One line of the rules that say who may run which command.
///
///     ip=10.0.0.0/8 auth=admin:secret +* -flushall -config|set ~cache:* db=0 db=3
///
/// It holds for a client when every `ip=` and `auth=` in it does, and is then applied to what the lines before it have
/// left: first what it allows (`+`), then what it denies (`-`), so that within one line a denial wins. `*` stands for every
/// command, `config` for CONFIG with all its subcommands, `config|set` for one of them. Names are compared whole and
/// whatever their case. `~pattern` restricts the keys of commands to those that match one of the line's patterns (the
/// globs of Redis's KEYS), `db=` the databases; of several lines with such a restriction the last that holds counts.
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

    public init(
        range: CIDRRange? = nil, login: Secret? = nil, allowed: [CommandName] = [], denied: [CommandName] = [],
        keyPatterns: [[UInt8]]? = nil, databases: [Int]? = nil
    ) {
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

extension CommandRule {
    /// Why a text is no rule. The message completes a sentence that begins with the text.
    public struct Problem: Error, Equatable {
        public let message: String
    }

    /// Reads a line. Bytes of `auth=` and `~` that a word cannot hold are percent-encoded: `%20` is a space, `%25` a percent
    /// sign, `%2C` a comma.
    public init(parsing text: String) throws(Problem) {
        var range: CIDRRange?
        var login: Secret?
        var allowed: [CommandName] = []
        var denied: [CommandName] = []
        var patterns: [[UInt8]]?
        var databases: [Int]?
        for word in text.split(separator: " ") {
            let rest = String(word.dropFirst())
            if word.hasPrefix("+") || word.hasPrefix("-") {
                guard let name = CommandName(rest) else { throw Problem(message: "names no command in \(word)") }
                if word.hasPrefix("+") { allowed.append(name) } else { denied.append(name) }
            } else if word.hasPrefix("~") {
                patterns = (patterns ?? []) + [Self.decoded(rest)]
            } else if word.hasPrefix("ip=") {
                guard range == nil else { throw Problem(message: "names two addresses") }
                do { range = try CIDRRange(parsing: String(word.dropFirst(3))) } catch { throw Problem(message: "has an address that \(error)") }
            } else if word.hasPrefix("auth=") {
                let pair = Self.decoded(String(word.dropFirst(5)))
                guard login == nil else { throw Problem(message: "names two logins") }
                guard pair.contains(UInt8(ascii: ":")) else { throw Problem(message: "has a login without the colon between user and password") }
                login = Secret(pair)
            } else if word.hasPrefix("db=") {
                guard let number = Int(word.dropFirst(3)), (0...Int(Int32.max)).contains(number), word != "db=+0" else {
                    throw Problem(message: "has a database that is no number")
                }
                databases = (databases ?? []) + [number]
            } else {
                throw Problem(message: "holds a word that begins with none of + - ~ ip= auth= db=")
            }
        }
        guard !allowed.isEmpty || !denied.isEmpty || patterns != nil || databases != nil else { throw Problem(message: "allows and denies nothing") }
        self.init(range: range, login: login, allowed: allowed, denied: denied, keyPatterns: patterns, databases: databases)
    }

    private static func decoded(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        PercentDecoding.append(Array(text.utf8).span, plusIsSpace: false, to: &result)
        return result
    }

    private static func encoded(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes {
            if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "%"), byte != UInt8(ascii: ",") {
                text.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return text
    }

    /// The line that reads back to an equal rule.
    ///
    /// - Parameter showsLogin: whether the password is written; its mask stands there otherwise.
    public func text(showsLogin: Bool) -> String {
        var words: [String] = []
        if let range { words.append("ip=\(range)") }
        if let login {
            let pair = login.revealedBytes
            let user = pair.prefix { $0 != UInt8(ascii: ":") }
            words.append("auth=" + (showsLogin ? Self.encoded(pair) : Self.encoded(Array(user)) + ":" + Secret.mask))
        }
        words += allowed.map { "+" + $0.text } + denied.map { "-" + $0.text }
        words += (keyPatterns ?? []).map { "~" + Self.encoded($0) }
        words += (databases ?? []).map { "db=\($0)" }
        return words.joined(separator: " ")
    }
}
