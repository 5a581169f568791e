import Access
import Bytes

/// What can only be judged when all settings are known.
struct SettingsValidation {
    private let settings: Settings
    private let resolved: ResolvedSettings
    private(set) var errors: [SettingsError] = []

    /// - Parameter isComplete: whether all sources were understood. If not, something that seems to be missing may stand
    ///   in what was not, and is no error of its own.
    init(_ settings: Settings, _ resolved: ResolvedSettings, isComplete: Bool) {
        self.settings = settings
        self.resolved = resolved
        checkSource(isComplete: isComplete)
        checkMasterNames()
        checkUsers()
        checkTLS()
        checkOrders()
        checkListeners()
        checkBasePath()
    }

    private mutating func add(_ key: SettingKey, _ message: String) {
        errors.append(SettingsError(resolved.source(of: key), key: key.path, message))
    }

    private mutating func checkSource(isComplete: Bool) {
        let hasSentinels = !settings.sentinel.addresses.isEmpty
        let isFixed = !resolved[.upstream].endpoints.isEmpty
        if !hasSentinels, !isFixed {
            guard isComplete else { return }
            add(.sentinelAddresses, "give either sentinels (--sentinel HOST:PORT) or Redis itself (--upstream HOST:PORT)")
        } else if hasSentinels, isFixed {
            add(.upstream, "cannot be given together with sentinel.addresses; give one of them")
        }
    }

    private mutating func checkMasterNames() {
        let names = settings.sentinel.masterNames
        if names.isEmpty { add(.sentinelMasterNames, "needs at least one name") }
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            add(.sentinelMasterNames, "\(name) is given twice")
        }
        let listeners: [(key: SettingKey, addresses: [ListenAddress])] = [
            (.listenAddress, settings.listen.addresses), (.listenTLSAddress, settings.listen.tlsAddresses),
            (.httpAddress, settings.http.addresses), (.httpTLSAddress, settings.http.tlsAddresses),
        ]
        for (key, addresses) in listeners {
            for address in addresses {
                guard let name = address.masterName else { continue }
                if settings.source != .sentinels {
                    add(key, "\(address) names a master, but the upstream is fixed")
                } else if !names.contains(name) {
                    add(key, "\(address) names a master that is not in sentinel.master_names")
                }
            }
        }
    }

    private mutating func checkUsers() {
        let pairs: [(user: SettingKey, password: SettingKey, more: SettingKey?)] = [
            (.sentinelUser, .sentinelPassword, nil), (.sentinelRedisUser, .sentinelRedisPassword, nil), (.redisUser, .redisPassword, nil),
            (.httpUser, .httpPassword, .httpPasswords), (.clientUser, .clientPassword, .clientPasswords),
        ]
        for pair in pairs
        where resolved.text(pair.user) != nil && resolved[pair.password].secret == .none && (pair.more.map { resolved[$0].secrets.isEmpty } ?? true) {
            add(pair.user, "a user needs a password; set \(pair.password.path) too")
        }
    }

    private mutating func checkTLS() {
        let pairs: [(certificate: SettingKey, key: SettingKey)] = [
            (.sentinelTLSCert, .sentinelTLSKey), (.redisTLSCert, .redisTLSKey), (.listenTLSCert, .listenTLSKey),
            (.httpTLSCert, .httpTLSKey),
        ]
        for pair in pairs {
            switch (resolved.text(pair.certificate), resolved.text(pair.key)) {
            case (.some, nil): add(pair.certificate, "a certificate needs its private key; set \(pair.key.path) too")
            case (nil, .some): add(pair.key, "a private key needs its certificate; set \(pair.certificate.path) too")
            default: break
            }
        }
        let fronts: [(address: SettingKey, certificate: SettingKey)] = [
            (.listenTLSAddress, .listenTLSCert), (.httpTLSAddress, .httpTLSCert),
        ]
        for front in fronts where !resolved[front.address].listeners.isEmpty && resolved.text(front.certificate) == nil {
            add(front.address, "TLS needs a certificate; set \(front.certificate.path) too")
        }
        for front in fronts where resolved[front.address].listeners.contains(where: { $0.endpoint.unixPath != nil }) {
            add(front.address, "TLS is for networks, not for Unix sockets")
        }
        if case .fixed(let endpoints) = settings.source, endpoints.contains(where: { $0.unixPath != nil }), settings.redis.tls != nil {
            add(.upstream, "TLS is for networks, not for Unix sockets; leave redis.tls out or set it to false")
        }
    }

    private mutating func checkOrders() {
        let pairs: [(smaller: SettingKey, larger: SettingKey)] = [
            (.sentinelReconnectMin, .sentinelReconnectMax), (.sentinelPollInterval, .sentinelSilenceTimeout),
            (.httpMaxRequestLine, .httpMaxHead), (.redisLinkBuffer, .clientOutputLimit),
        ]
        for pair in pairs where resolved[pair.smaller].number > resolved[pair.larger].number {
            // Blame the one that somebody wrote.
            let isLargerWritten = resolved.source(of: pair.smaller) == .standard
            let (key, other) = isLargerWritten ? (pair.larger, pair.smaller) : (pair.smaller, pair.larger)
            let relation = isLargerWritten ? "less" : "more"
            let value = resolved[key].yaml(as: key.type)
            let bound = resolved[other].yaml(as: other.type)
            add(key, "\(value) is \(relation) than \(other.path), which is \(bound)")
        }
    }

    private mutating func checkBasePath() {
        let path = Array(settings.http.gateway.basePath.utf8)
        let isPlain = path.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"?#%".utf8.contains($0) }
        guard path.isEmpty || (path.first == UInt8(ascii: "/") && path.last != UInt8(ascii: "/") && isPlain) else {
            return add(.httpBasePath, "expected a path such as /redis: a slash at its beginning, none at its end, and no ? # %")
        }
    }

    private mutating func checkListeners() {
        if [settings.listen.addresses, settings.listen.tlsAddresses, settings.http.addresses, settings.http.tlsAddresses].allSatisfy(\.isEmpty) {
            add(.listenAddress, "nothing to serve: both listen.address and http.address are off")
        }
        let bound: [(key: SettingKey, address: ListenAddress)] =
            settings.listen.effectiveAddresses.map { (.listenAddress, $0) }
            + settings.listen.effectiveTLSAddresses.map { (.listenTLSAddress, $0) }
            + settings.http.effectiveAddresses.map { (.httpAddress, $0) }
            + settings.http.effectiveTLSAddresses.map { (.httpTLSAddress, $0) }
            + settings.admin.effectiveAddresses.map { (.adminAddress, $0) }
        var reported: Set<String> = []
        for (index, later) in bound.enumerated() {
            guard let earlier = bound[..<index].first(where: { clash($0.address.endpoint, later.address.endpoint) })
            else { continue }
            // One listener moved to both loopback addresses would clash twice.
            let place = later.address.endpoint.unixPath.map { Endpoint.unixPrefix + $0 } ?? "port \(later.address.endpoint.port)"
            let message = "\(place) is used twice; also by \(earlier.key.path)"
            if reported.insert(later.key.path + message).inserted { add(later.key, message) }
        }
    }

    /// Whether both cannot be bound: the same port, and the same address or every one.
    private func clash(_ left: Endpoint, _ right: Endpoint) -> Bool {
        if left.unixPath != nil || right.unixPath != nil { return left.unixPath == right.unixPath }
        guard left.port == right.port else { return false }
        let isEvery = { (endpoint: Endpoint) in endpoint.host.isEmpty || endpoint.address?.isUnspecified == true }
        if isEvery(left) || isEvery(right) { return true }
        return left.address == right.address
    }
}
