import Access
import Bytes

/// Turns a `webdis.json` into entries of our own settings, and what it cannot mean into errors with their place.
///
/// Every key of Webdis has its meaning, also those that Webdis itself ignores (`user`, `group`, `hiredis.keep_alive_sec`).
/// `"$NAME"` stands for a variable of the environment, and for itself where there is none, but not in a secret. What Webdis
/// passes over (an unknown key, a value of the wrong kind) is an error here. Source: Webdis's README, and what its binary was seen to do.
struct WebdisFile {
    let name: String
    private let environment: [String: String]
    private(set) var entries: [SettingEntry] = []
    private(set) var errors: [SettingsError] = []
    private var host: Text?
    private var port: Text?
    private var httpHost: Text?
    private var httpPort: Text?

    /// A value with its place, its variable put in.
    struct Text {
        let value: String
        /// The variable that it came from.
        let variable: String?
        let source: SettingSource

        /// As a secret is written.
        var secret: String {
            if let variable { return "env:" + variable }
            return ["file:", "env:", "value:"].contains { value.hasPrefix($0) } ? "value:" + value : value
        }
    }

    init(name: String, bytes: [UInt8], environment: [String: String]) {
        self.name = name
        self.environment = environment
        do throws(YAMLError) {
            // JSON is YAML, and so its values have places.
            let (root, duplicates) = try YAMLReader.read(bytes)
            errors = duplicates.map { SettingsError(source($0.place), key: $0.key, $0.message) }
            guard let root, case .mapping(let members) = root.content else {
                errors.append(SettingsError(.wholeFile(name: name), key: "", "expected a JSON object of Webdis's settings"))
                return
            }
            for member in members { read(member) }
        } catch {
            errors = [SettingsError(source(error.place), key: error.key, error.message.replacingPrefix("no YAML", by: "no JSON"))]
        }
        addFixed()
    }

    private mutating func read(_ member: YAMLNode.Entry) {
        let key = member.key
        switch key {
        case "redis_host": host = text(member)
        case "redis_port": port = number(member, 1...65535)
        case "redis_auth": readAuthentication(member)
        case "database": if let number = number(member, 0...Int(Int32.max)) { add(.httpDatabase, number) }
        case "http_host": httpHost = text(member)
        case "http_port": httpPort = number(member, 0...65535)
        case "http_max_request_size": if let number = number(member, 1...SettingBounds.sizeMax) { add(.httpMaxBody, number) }
        case "threads": if let number = number(member, 1...256) { add(.threads, number) }
        case "pool_size": if let number = number(member, 1...1000) { add(.redisWarmLinks, number) }
        case "websockets": if let value = boolean(member) { add(.httpWebSockets, value) }
        case "default_root": if let text = text(member) { add(.httpDefaultRoot, text) }
        case "acl": readACL(member)
        case "daemonize": if let value = boolean(member) { add(.daemonize, value) }
        case "pidfile": if let text = text(member) { add(.pidFile, text) }
        case "user": if let text = text(member) { add(.user, text) }
        case "group": if let text = text(member) { add(.group, text) }
        case "logfile": if let text = text(member) { add(.logFile, text) }
        case "verbosity": readVerbosity(member)
        case "log_fsync": readFsync(member)
        case "ssl": readTLS(member)
        case "hiredis": readConnectionOptions(member)
        default:
            let nearest = NearestName.find(key, among: Self.keys)
            errors.append(SettingsError(source(member.keyPlace), key: key, "Webdis has no such key", suggestion: nearest))
        }
    }

    private static let keys = [
        "redis_host", "redis_port", "redis_auth", "database", "http_host", "http_port", "http_max_request_size", "threads", "pool_size",
        "websockets", "default_root", "acl", "daemonize", "pidfile", "user", "group", "logfile", "verbosity", "log_fsync", "ssl", "hiredis",
    ]

    private static let secrets = ["redis_auth", "acl.http_basic_auth"]

    // MARK: Single values

    private mutating func add(_ key: SettingKey, _ text: Text) {
        entries.append(SettingEntry(key, text: key.type == .secret ? text.secret : text.value, text.source))
    }

    private mutating func add(_ key: SettingKey, _ value: String, _ source: SettingSource) {
        entries.append(SettingEntry(key, sequence: [.init(text: value, source: source)], source))
    }

    private func source(_ place: YAMLPlace) -> SettingSource { .file(name: name, line: place.line, column: place.column) }

    private mutating func wrong(_ node: YAMLNode, _ key: String, _ message: String) {
        errors.append(SettingsError(source(node.place), key: key, message))
    }

    private mutating func text(_ member: YAMLNode.Entry, _ path: String? = nil) -> Text? { text(member.value, path ?? member.key) }

    /// The text of a scalar, a variable's where it is `$` and a name in capitals.
    private mutating func text(_ node: YAMLNode, _ key: String) -> Text? {
        guard case .scalar(let text) = node.content else {
            wrong(node, key, "expected text, found \(node.kind)")
            return nil
        }
        let variable = text.dropFirst()
        let isVariable = text.hasPrefix("$") && !variable.isEmpty
            && variable.utf8.allSatisfy { (0x41...0x5A).contains($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: "_") }
        guard isVariable else { return Text(value: text, variable: nil, source: source(node.place)) }
        guard let value = environment[String(variable)] else {
            // Webdis takes the text as it stands, which no secret must be.
            guard !Self.secrets.contains(key) else {
                wrong(node, key, "environment variable \(QuotedText.message(String(variable))) is not set")
                return nil
            }
            return Text(value: text, variable: nil, source: source(node.place))
        }
        return Text(value: value, variable: String(variable), source: source(node.place))
    }

    private mutating func number(_ member: YAMLNode.Entry, _ range: ClosedRange<Int>, _ path: String? = nil) -> Text? {
        guard let text = text(member, path) else { return nil }
        guard let value = Int(text.value), range.contains(value) else {
            wrong(member.value, path ?? member.key, "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return text
    }

    private mutating func boolean(_ member: YAMLNode.Entry, _ path: String? = nil) -> Text? {
        guard let text = text(member, path) else { return nil }
        switch text.value.lowercased() {
        case "true": return Text(value: "true", variable: nil, source: text.source)
        case "false": return Text(value: "false", variable: nil, source: text.source)
        default:
            wrong(member.value, path ?? member.key, "expected true or false")
            return nil
        }
    }

    // MARK: What takes more than one step

    private mutating func readAuthentication(_ member: YAMLNode.Entry) {
        switch member.value.content {
        case .null: return
        case .scalar:
            if let text = text(member), !text.value.isEmpty { add(.redisPassword, text) }
        case .sequence(let nodes):
            guard nodes.count == 2 else { return wrong(member.value, member.key, "expected a password, or [user, password]") }
            if let user = text(nodes[0], member.key) { add(.redisUser, user) }
            if let password = text(nodes[1], member.key) { add(.redisPassword, password) }
        case .mapping: wrong(member.value, member.key, "expected a password, or [user, password]")
        }
    }

    private mutating func readVerbosity(_ member: YAMLNode.Entry) {
        guard let text = number(member, 0...8), let number = Int(text.value) else { return }
        let levels = ["error", "warning", "notice", "info", "debug"]
        entries.append(SettingEntry(.logLevel, text: number < levels.count ? levels[number] : "trace", text.source))
    }

    /// A pause in milliseconds between two writes to the disk is our `auto`: the kernel sees to it.
    private mutating func readFsync(_ member: YAMLNode.Entry) {
        guard let text = text(member) else { return }
        guard text.value == "auto" || text.value == "all" || Int(text.value).map({ $0 >= 0 }) == true else {
            return wrong(member.value, member.key, "expected auto, all or a number of milliseconds")
        }
        entries.append(SettingEntry(.logFsync, text: text.value == "all" ? "all" : "auto", text.source))
    }

    private mutating func readTLS(_ member: YAMLNode.Entry) {
        guard case .mapping(let members) = member.value.content else { return wrong(member.value, member.key, "expected an object") }
        var isEnabled = false
        var found: [(SettingKey, Text)] = []
        for inner in members {
            let path = "ssl." + inner.key
            switch inner.key {
            case "enabled":
                if let value = boolean(inner, path) {
                    isEnabled = value.value == "true"
                    entries.append(SettingEntry(.redisTLS, text: value.value, value.source))
                }
            case "ca_cert_bundle": if let text = text(inner, path), !text.value.isEmpty { found.insert((.redisTLSCA, text), at: 0) }
            case "path_to_certs":
                if let text = text(inner, path), !text.value.isEmpty { found.append((.redisTLSCA, text)) }
            case "client_cert": if let text = text(inner, path), !text.value.isEmpty { found.append((.redisTLSCert, text)) }
            case "client_key": if let text = text(inner, path), !text.value.isEmpty { found.append((.redisTLSKey, text)) }
            case "redis_sni": if let text = text(inner, path), !text.value.isEmpty { found.append((.redisTLSServerName, text)) }
            default: errors.append(SettingsError(source(inner.keyPlace), key: path, "Webdis has no such key"))
            }
        }
        // A bundle is what a directory of the same certificates is, and of both the bundle counts.
        if isEnabled {
            for (key, text) in found where !entries.contains(where: { $0.key.path == key.path }) { add(key, text) }
        }
    }

    private mutating func readConnectionOptions(_ member: YAMLNode.Entry) {
        guard case .mapping(let members) = member.value.content else { return wrong(member.value, member.key, "expected an object") }
        for inner in members {
            let path = "hiredis." + inner.key
            guard inner.key == "keep_alive_sec" else {
                errors.append(SettingsError(source(inner.keyPlace), key: path, "Webdis has no such key"))
                continue
            }
            if let text = number(inner, 0...86_400, path) { entries.append(SettingEntry(.redisTCPKeepAlive, text: text.value + "s", text.source)) }
        }
    }

    private mutating func readACL(_ member: YAMLNode.Entry) {
        guard case .sequence(let nodes) = member.value.content else { return wrong(member.value, member.key, "expected a list of objects") }
        var items: [SettingEntry.Item] = []
        for node in nodes {
            guard case .mapping(let members) = node.content else {
                wrong(node, member.key, "expected an object with enabled or disabled")
                continue
            }
            if let rule = rule(members) { items.append(.init(text: rule.text(showsLogin: true), source: source(node.place))) }
        }
        if !items.isEmpty { entries.append(SettingEntry(.httpACL, sequence: items, source(member.value.place))) }
    }

    private mutating func rule(_ members: [YAMLNode.Entry]) -> CommandRule? {
        let errorCount = errors.count
        var range: CIDRRange?
        var login: Secret?
        var allowed: [CommandRule.CommandName] = []
        var denied: [CommandRule.CommandName] = []
        for member in members {
            let path = "acl." + member.key
            switch member.key {
            case "ip": if let text = text(member, path) { range = self.range(text, member.value, path) }
            case "http_basic_auth":
                guard let text = text(member, path) else { continue }
                if text.value.contains(":") { login = Secret(utf8: text.value) } else { wrong(member.value, path, "expected user:password") }
            case "enabled": allowed = commands(member, path)
            case "disabled": denied = commands(member, path)
            default: errors.append(SettingsError(source(member.keyPlace), key: path, "Webdis has no such key"))
            }
        }
        guard errors.count == errorCount, !allowed.isEmpty || !denied.isEmpty else { return nil }
        return CommandRule(range: range, login: login, allowed: allowed, denied: denied)
    }

    /// Host bits beyond the mask are passed over, as Webdis does; a mask of no bits is everyone, over IPv6 too.
    private mutating func range(_ text: Text, _ node: YAMLNode, _ path: String) -> CIDRRange? {
        let parts = text.value.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, parts[1] == "0", IPAddress(String(parts[0])) != nil { return nil }
        if parts.count == 2, let address = IPAddress(String(parts[0])), let bits = Int(parts[1]), (0...address.family.bitCount).contains(bits),
            let range = try? CIDRRange(parsing: "\(address.masked(toPrefix: bits))/\(bits)")
        {
            return range
        }
        do { return try CIDRRange(parsing: text.value) } catch {
            wrong(node, path, "\(QuotedText.message(text.value)) \(error)")
            return nil
        }
    }

    private mutating func commands(_ member: YAMLNode.Entry, _ path: String) -> [CommandRule.CommandName] {
        guard case .sequence(let nodes) = member.value.content else {
            wrong(member.value, path, "expected a list of commands")
            return []
        }
        var names: [CommandRule.CommandName] = []
        for node in nodes {
            guard let text = text(node, path) else { continue }
            if let name = CommandRule.CommandName(text.value) { names.append(name) } else {
                wrong(node, path, "\(QuotedText.message(text.value)) is no command")
            }
        }
        return names
    }

    // MARK: What holds for every such file

    private mutating func addFixed() {
        // Webdis writes its id where it goes to the background, and nowhere else.
        let isDaemon = entries.contains { $0.key.path == SettingKey.daemonize.path && $0.items.first?.text == "true" }
        if !isDaemon { entries.removeAll { $0.key.path == SettingKey.pidFile.path } }
        let whole = SettingSource.wholeFile(name: name)
        let upstream = host?.value.hasPrefix("/") == true
            ? Endpoint.unixPrefix + (host?.value ?? "") : Self.place(host?.value ?? "127.0.0.1", port?.value ?? "6379")
        entries.append(SettingEntry(.upstream, text: upstream, host?.source ?? port?.source ?? whole))
        let address = httpHost?.value ?? "0.0.0.0"
        add(.httpAddress, Self.place(address, httpPort?.value ?? "7379"), httpHost?.source ?? httpPort?.source ?? whole)
        entries.append(SettingEntry(.httpDialect, text: "webdis", whole))
        entries.append(SettingEntry(.listenAddress, text: "off", whole))
        entries.append(SettingEntry(.httpCORSOrigins, texts: ["*"], whole))
        entries.append(SettingEntry(.httpETagMax, text: "4gb", whole))
        entries.append(SettingEntry(.httpCompressionMin, text: "0", whole))
        entries.append(SettingEntry(.httpMaxHeaders, text: "10000", whole))
        entries.append(SettingEntry(.httpSubscriptionLinks, text: "16", whole))
        entries.append(SettingEntry(.failoverHold, text: "250ms", whole))
        // Webdis has no WebSockets unless they are asked for.
        if !entries.contains(where: { $0.key.path == SettingKey.httpWebSockets.path }) {
            entries.append(SettingEntry(.httpWebSockets, text: "false", whole))
        }
        // Whom Webdis lets in, its ACL says.
        entries.append(SettingEntry(.httpAllow, texts: ["0.0.0.0/0", "::/0"], whole))
    }

    private static func place(_ host: String, _ port: String) -> String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension String {
    fileprivate func replacingPrefix(_ prefix: String, by other: String) -> String { hasPrefix(prefix) ? other + dropFirst(prefix.count) : self }
}
