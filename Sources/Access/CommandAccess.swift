import Bytes

/// Whether a client may run a command, by the rules in their order (``CommandRule``).
public struct CommandAccess: Sendable, Equatable {
    public let rules: [CommandRule]
    /// Whether what no rule speaks of is allowed.
    public let allowsByDefault: Bool
    /// Whether any rule asks who a client is.
    public let asksForLogins: Bool
    /// Whether any rule speaks of keys or databases.
    public let hasRestrictions: Bool
    /// Whether any rule has commands run in the name of a Redis user.
    public let mapsUsers: Bool

    public init(rules: [CommandRule] = [], allowsByDefault: Bool = true) {
        self.rules = rules
        self.allowsByDefault = allowsByDefault
        asksForLogins = rules.contains { $0.login != nil }
        hasRestrictions = rules.contains { $0.keyPatterns != nil || $0.databases != nil }
        mapsUsers = rules.contains { $0.redisUser != nil }
    }

    /// Whether everything is allowed to everyone, so that nobody need be asked about.
    public var isOpen: Bool { rules.isEmpty && allowsByDefault }

    /// Whether the command `name`, with the first argument `second`, may be run.
    ///
    /// - Parameters:
    ///   - address: nil for a peer without one, over a Unix socket; no rule with a range holds for it.
    ///   - login: `user:password` as the client has shown them; empty where it has shown none.
    public func allows(_ name: Span<UInt8>, _ second: Span<UInt8>, to address: IPAddress?, login: Span<UInt8>) -> Bool {
        var isAllowed = allowsByDefault
        for rule in rules where rule.holds(for: address, login) {
            for command in rule.allowed where command.stands(for: name, second) { isAllowed = true }
            for command in rule.denied where command.stands(for: name, second) { isAllowed = false }
        }
        return isAllowed
    }

    /// Whether any rule names this login, wherever its client may come from.
    public func names(login: Span<UInt8>) -> Bool {
        var isNamed = false
        for rule in rules { if let secret = rule.login, secret.matches(login) { isNamed = true } }
        return isNamed
    }

    /// Whether any rule that asks for a login holds for this one: whether the client is known.
    public func knows(_ address: IPAddress?, login: Span<UInt8>) -> Bool { rules.contains { $0.login != nil && $0.holds(for: address, login) } }

    /// Which databases and keys a client may touch: what the last rule that holds and speaks of them says.
    public func restriction(of address: IPAddress?, login: Span<UInt8>) -> AccessRestriction {
        var restriction = AccessRestriction()
        for rule in rules where rule.holds(for: address, login) {
            if let patterns = rule.keyPatterns { restriction.keyPatterns = patterns }
            if let numbers = rule.databases { restriction.databases = numbers }
        }
        return restriction
    }

    /// In whose name a client's commands run: whom the last rule that holds and names a Redis user names; nil for the proxy's own.
    public func redisUser(of address: IPAddress?, login: Span<UInt8>) -> RedisUser? {
        var user: RedisUser?
        for rule in rules where rule.redisUser != nil && rule.holds(for: address, login) { user = rule.redisUser }
        return user
    }

    /// The commands that are denied to a client by their names; nil where everything is that no rule names.
    public func denials(of address: IPAddress?, login: Span<UInt8>) -> [CommandRule.CommandName]? {
        var allowsOthers = allowsByDefault
        var denied: [CommandRule.CommandName] = []
        for rule in rules where rule.holds(for: address, login) {
            for command in rule.allowed {
                if command == .every { allowsOthers = true }
                denied.removeAll { command.covers($0) }
            }
            for command in rule.denied {
                if command == .every { allowsOthers = false }
                denied.append(command)
            }
        }
        return allowsOthers ? denied.filter { $0 != .every } : nil
    }

    /// Whether a rule that holds for a client allows the command `name` by that name, and not with all others.
    public func allowsByName(_ name: Span<UInt8>, to address: IPAddress?, login: Span<UInt8>) -> Bool {
        for rule in rules where rule.holds(for: address, login) {
            for case .named(let own, nil) in rule.allowed where ASCII.equalsIgnoringCase(own.span, name) { return true }
        }
        return false
    }

    /// Whether any rule tells commands called `name` apart by their first argument.
    public func namesSubcommands(of name: Span<UInt8>) -> Bool {
        for rule in rules {
            for case .named(let own, _?) in rule.allowed + rule.denied where ASCII.equalsIgnoringCase(own.span, name) { return true }
        }
        return false
    }
}

extension CommandRule {
    fileprivate func holds(for address: IPAddress?, _ login: Span<UInt8>) -> Bool {
        if let range { guard let address, range.contains(address) else { return false } }
        guard let secret = self.login else { return true }
        return secret.matches(login)
    }
}
