import Access
import Bytes

/// The file of `http.tokens`: each token with its rights, as YAML or JSON. The tokens.json of serverless-redis-http does as well.
///
///     {
///       "a token": "+get +set ~app:*",
///       "another": "readonly",
///       "a third": {"srh_id": "env_id", "connection_string": "redis://alice:pw@ignored:6379/3", "max_connections": 3}
///     }
///
/// Of a connection string the user, its password and the database count; where Redis is, is for this proxy's own settings to say.
struct TokenFile {
    private(set) var tokens: [AccessToken] = []
    private(set) var errors: [SettingsError] = []
    private let name: String

    /// More are no file that somebody wrote.
    private static let countMax = 10_000

    init(name: String, bytes: [UInt8]) {
        self.name = name
        // A message about YAML may repeat a part of it, and the keys are secrets here.
        guard let (root, duplicates) = try? YAMLReader.read(bytes) else {
            add(nil, "is neither YAML nor JSON")
            return
        }
        for duplicate in duplicates { add(duplicate.place, "a token is given twice") }
        guard let root, case .mapping(let members) = root.content else {
            add(root?.place, "expected a mapping of tokens to their rights")
            return
        }
        guard members.count <= Self.countMax else {
            add(root.place, "holds more than \(Self.countMax) tokens")
            return
        }
        for member in members { read(member) }
    }

    private mutating func add(_ place: YAMLPlace?, _ message: String) {
        let source = place.map { SettingSource.file(name: name, line: $0.line, column: $0.column) } ?? .wholeFile(name: name)
        errors.append(SettingsError(source, key: SettingKey.httpTokens.path, message))
    }

    private mutating func read(_ member: YAMLNode.Entry) {
        guard !member.key.isEmpty else { return add(member.keyPlace, "a token is empty") }
        let token = Array(member.key.utf8)
        do throws(AccessToken.Problem) {
            switch member.value.content {
            case .null: tokens.append(try AccessToken(token, rights: ""))
            case .scalar(let rights): tokens.append(try AccessToken(token, rights: rights))
            case .sequence: add(member.value.place, "expected the rights of a token, found a list")
            case .mapping(let members): try read(token, members, member.value.place)
            }
        } catch { add(member.value.place, "the rights of a token: a rule \(error.message)") }
    }

    private mutating func read(_ token: [UInt8], _ members: [YAMLNode.Entry], _ place: YAMLPlace) throws(AccessToken.Problem) {
        var rights = ""
        var user: RedisUser?
        var database: Int?
        for member in members {
            guard case .scalar(let text) = member.value.content else { continue }
            switch member.key {
            case "rights": rights = text
            case "connection_string":
                guard let connection = ConnectionString(text) else { return add(member.value.place, "expected redis://[user:password@]host[:port][/database]") }
                user = connection.user
                database = connection.database
            case "srh_id", "max_connections": break
            default: add(member.keyPlace, "unknown key of a token; known are rights, connection_string, srh_id and max_connections")
            }
        }
        if let database, !rights.contains("db=") { rights += " db=\(database)" }
        tokens.append(try AccessToken(token, rights: rights, database: database, redisUser: user))
    }
}

/// What a `redis://` URL says besides where Redis is.
private struct ConnectionString {
    /// Nil for the default user, as whom the proxy itself is known to Redis.
    let user: RedisUser?
    let database: Int?

    init?(_ text: String) {
        guard let scheme = ["redis://", "rediss://"].first(where: { text.hasPrefix($0) }) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let authority = parts.first else { return nil }
        if parts.count > 1, let path = parts[1].split(separator: "?", omittingEmptySubsequences: false).first, !path.isEmpty {
            guard let number = Int(path), (0...Int(Int32.max)).contains(number), !path.hasPrefix("+") else { return nil }
            database = number
        } else {
            database = nil
        }
        guard let at = authority.lastIndex(of: "@") else {
            user = nil
            return
        }
        let pair = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map { Self.decoded($0) }
        guard pair.count == 2, !pair[0].isEmpty, pair[0] != Array("default".utf8) else {
            user = nil
            return
        }
        guard pair[0].allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        user = RedisUser(name: pair[0], password: Secret(pair[1]))
    }

    private static func decoded(_ text: Substring) -> [UInt8] {
        var result: [UInt8] = []
        PercentDecoding.append(Array(text.utf8).span, plusIsSpace: false, to: &result)
        return result
    }
}
