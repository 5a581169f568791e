import Bytes

extension CommandRule {
    /// Why a text is no rule. The message completes a sentence that begins with the text.
    public struct Problem: Error, Equatable {
        public let message: String
    }

    /// Reads a line. Bytes of `auth=`, `user=` and `~` that a word cannot hold are percent-encoded: `%20` is a space, `%25` a percent
    /// sign, `%2C` a comma.
    public init(parsing text: String) throws(Problem) {
        var range: CIDRRange?
        var login: Secret?
        var allowed: [CommandName] = []
        var denied: [CommandName] = []
        var patterns: [[UInt8]]?
        var databases: [Int]?
        var user: [UInt8]?
        for word in text.split(separator: " ") {
            // A printed configuration has it in place of passwords, and it is none.
            if word.hasPrefix("auth=") || word.hasPrefix("user="), word.hasSuffix(":" + Secret.mask) {
                throw Problem(message: "holds the mask of a password in place of one")
            }
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
            } else if word.hasPrefix("user=") {
                guard user == nil else { throw Problem(message: "names two Redis users") }
                user = Self.decoded(String(word.dropFirst(5)))
            } else if word.hasPrefix("db=") {
                guard let number = Int(word.dropFirst(3)), (0...Int(Int32.max)).contains(number), word != "db=+0" else {
                    throw Problem(message: "has a database that is no number")
                }
                databases = (databases ?? []) + [number]
            } else {
                throw Problem(message: "holds a word that begins with none of + - ~ ip= auth= user= db=")
            }
        }
        guard !allowed.isEmpty || !denied.isEmpty || patterns != nil || databases != nil || user != nil else { throw Problem(message: "allows and denies nothing") }
        self.init(
            range: range, login: login, allowed: allowed, denied: denied, keyPatterns: patterns, databases: databases,
            redisUser: try user.map { text throws(Problem) in try Self.redisUser(text, login) })
    }

    /// - Parameter text: `name` or `name:password`, decoded.
    private static func redisUser(_ text: [UInt8], _ login: Secret?) throws(Problem) -> RedisUser {
        let (name, own) = split(text)
        guard !name.isEmpty, name.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw Problem(message: "names no Redis user behind user=") }
        if let own { return RedisUser(name: name, password: Secret(own)) }
        guard let login, let password = split(login.revealedBytes).password else {
            throw Problem(message: "has a Redis user without a password: give auth=, or user=NAME:PASSWORD")
        }
        return RedisUser(name: name, password: Secret(password))
    }

    /// What stands before the first colon and behind it; no password where there is no colon.
    private static func split(_ pair: [UInt8]) -> (name: [UInt8], password: [UInt8]?) {
        guard let colon = pair.firstIndex(of: UInt8(ascii: ":")) else { return (pair, nil) }
        return (Array(pair[..<colon]), Array(pair[(colon + 1)...]))
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
    /// - Parameter showsLogin: whether passwords are written; their mask stands there otherwise.
    public func text(showsLogin: Bool) -> String {
        var words: [String] = []
        if let range { words.append("ip=\(range)") }
        if let login {
            let pair = login.revealedBytes
            let user = pair.prefix { $0 != UInt8(ascii: ":") }
            words.append("auth=" + (showsLogin ? Self.encoded(pair) : Self.encoded(Array(user)) + ":" + Secret.mask))
        }
        if let redisUser {
            let isLogins = login.flatMap { Self.split($0.revealedBytes).password }.map { redisUser.password.matches($0.span) } ?? false
            let password = isLogins ? "" : ":" + (showsLogin ? Self.encoded(redisUser.password.revealedBytes) : Secret.mask)
            words.append("user=" + Self.encoded(redisUser.name) + password)
        }
        words += allowed.map { "+" + $0.text } + denied.map { "-" + $0.text }
        words += (keyPatterns ?? []).map { "~" + Self.encoded($0) }
        words += (databases ?? []).map { "db=\($0)" }
        return words.joined(separator: " ")
    }
}
