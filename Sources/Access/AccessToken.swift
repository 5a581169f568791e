import Bytes

/// A token of the HTTP gateway, and what it opens.
///
/// To the rules a token is a login that no user and password can spell, so that they hold for it as for all others.
public struct AccessToken: Sendable, Equatable {
    public let secret: Secret
    /// Whether only commands that change nothing are run.
    public let isReadOnly: Bool
    /// The database of its commands; nil for the gateway's.
    public let database: Int?
    /// What holds for it alone.
    public let rules: [CommandRule]

    /// A rule's text is no token's rights. The message completes a sentence that begins with the rights.
    public struct Problem: Error, Equatable {
        public let message: String
    }

    /// - Parameter rights: words of a rule (``CommandRule``) but `auth=`; `readonly`; nothing or `*` for everything. What is allowed by name
    ///   (`+get`) is all that is.
    public init(_ token: [UInt8], rights: String, database: Int? = nil, redisUser: RedisUser? = nil) throws(Problem) {
        let words = rights.split(separator: " ").filter { $0 != "*" }
        isReadOnly = words.contains("readonly")
        self.database = database
        secret = Secret(token)
        let login = Secret(Self.login(of: token.span))
        let others = words.filter { $0 != "readonly" }
        guard !others.contains(where: { $0.hasPrefix("auth=") }) else { throw Problem(message: "name a login; the token is one") }
        var rule = CommandRule()
        if !others.isEmpty {
            do { rule = try CommandRule(parsing: others.joined(separator: " ")) } catch { throw Problem(message: error.message) }
        }
        // In any case it is a login that the rules know, and what they deny to others they do not deny to it.
        let isAllowed = rule.allowed.isEmpty
        let base = CommandRule(login: login, allowed: isAllowed ? [.every] : [], denied: isAllowed ? [] : [.every])
        let own = CommandRule(
            range: rule.range, login: login, allowed: rule.allowed, denied: rule.denied, keyPatterns: rule.keyPatterns, databases: rule.databases,
            redisUser: rule.redisUser ?? redisUser)
        if rule.range != nil, isAllowed {
            // From elsewhere it opens nothing.
            rules = [
                CommandRule(login: login, denied: [.every]),
                CommandRule(range: rule.range, login: login, allowed: [.every], denied: rule.denied, keyPatterns: rule.keyPatterns, databases: rule.databases, redisUser: own.redisUser),
            ]
        } else {
            rules = [base, own]
        }
    }

    /// How a token is shown to the rules: user and password of HTTP Basic have a colon between them, and no user begins so.
    public static func login(of token: Span<UInt8>) -> [UInt8] {
        var login: [UInt8] = [0]
        login.append(token)
        return login
    }

    /// Whether a login is that of a token, so that no part of it is a name.
    public static func isToken(_ login: [UInt8]) -> Bool { login.first == 0 }
}
