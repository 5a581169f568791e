import Access

/// Settings together with where each came from.
package struct LoadedSettings: Sendable {
    package let settings: Settings
    package let resolved: ResolvedSettings
    /// The files that they were read from, and those that they name and that are read again with them: secrets, certificates.
    package let files: [String]

    /// The effective configuration for people and for `--config`, secrets masked; see ``ResolvedSettings/yaml``.
    package var yaml: String { resolved.yaml }
}

extension Settings {
    /// Reads, understands and checks the input. All errors are reported, not the first alone.
    package static func load(_ input: SettingsInput) throws(SettingsErrors) -> LoadedSettings {
        var errors: [SettingsError] = []
        var files: [String] = []
        var noting = input
        noting.readFile = { path in
            files.append(path)
            return try input.readFile(path)
        }
        let resolved = ResolvedSettings(noting, errors: &errors)
        var settings = Settings(resolved)
        settings.readTokens(resolved, noting, &errors)
        errors += SettingsValidation(settings, resolved, isComplete: errors.isEmpty).errors
        guard errors.isEmpty else { throw SettingsErrors(errors: errors) }
        files += SettingKey.all.filter { $0.type == .path && $0.isLive }.compactMap { resolved.text($0) }
        return LoadedSettings(settings: settings, resolved: resolved, files: files)
    }

    /// Takes in the file of tokens: to the rules each is a login.
    private mutating func readTokens(_ values: ResolvedSettings, _ input: SettingsInput, _ errors: inout [SettingsError]) {
        guard let path = values.text(.httpTokens) else { return }
        do {
            let file = TokenFile(name: path, bytes: try input.readFile(path))
            errors += file.errors
            http.gateway.tokens = file.tokens
            let access = http.gateway.access
            http.gateway.access = CommandAccess(rules: access.rules + file.tokens.flatMap(\.rules), allowsByDefault: access.allowsByDefault)
        } catch {
            errors.append(SettingsError(values.source(of: .httpTokens), key: SettingKey.httpTokens.path, "cannot be read: \(error)"))
        }
    }

    private init(_ values: ResolvedSettings) {
        source = values[.upstream].endpoints.isEmpty ? .sentinels : .fixed(values[.upstream].endpoints)
        sentinel = Sentinel(values)
        redis = Redis(values)
        listen = Listen(values)
        http = HTTP(values)
        let adminAllow = Allowlist(values[.adminAllow].ranges)
        admin = Admin(address: values[.adminAddress].listeners.first, allowlist: adminAllow, commandsAllowlist: Allowlist(values[.adminCommandsAllow].ranges),
            token: values.secret(.adminToken), hosts: values[.adminHosts].texts)
        client = Client(
            largeReplyBytes: values[.clientLargeReply].number, outputLimitBytes: values[.clientOutputLimit].number,
            outputGraceMilliseconds: values[.clientOutputGrace].number,
            loginTimeoutMilliseconds: values[.clientLoginTimeout].number)
        handshakeTimeoutMilliseconds = values[.clientHandshakeTimeout].number
        memory = Memory(
            maxBytes: values[.memoryMax].number, unfinishedBytes: values[.memoryUnfinished].number, waitMilliseconds: values[.memoryWait].number)
        failover = Failover(
            holdMilliseconds: values[.failoverHold].number,
            keepsConnections: values[.failoverConnections].text == "keep",
            closesBlocked: values[.failoverBlocking].text == "close",
            restartsScans: values[.scanRestart].boolean,
            earlyHoldMilliseconds: values[.failoverEarlyHold].number,
            pauseHoldMilliseconds: values[.failoverPauseHold].number,
            linkMemoryBytes: values[.failoverLinkMemory].number,
            clientMemoryBytes: values[.failoverClientMemory].number,
            scriptMemoryBytes: values[.failoverScriptMemory].number)
        log = Log(
            level: Log.Level(rawValue: values[.logLevel].text) ?? .info,
            format: Log.Format(rawValue: values[.logFormat].text) ?? .text,
            file: values.text(.logFile) ?? "", syncsEachLine: values[.logFsync].text == "all", queueBytes: values[.logQueue].number)
        threads = values[.threads].number
        drainTimeoutMilliseconds = values[.drainTimeout].number
        upgradeTimeoutMilliseconds = values[.upgradeTimeout].number
        reloadsOnChange = values[.reloadOnChange].boolean
        identity = Identity(
            isDaemon: values[.daemonize].boolean, pidFile: values.text(.pidFile) ?? "", user: values.text(.user) ?? "",
            group: values.text(.group) ?? "")
    }
}

extension ResolvedSettings {
    /// The user and password of two keys; nil without a password.
    fileprivate func credentials(_ user: SettingKey, _ password: SettingKey) -> Credentials? {
        credentials(user, secret(password).map { [$0] } ?? [])
    }

    /// The same where several passwords do.
    fileprivate func credentials(_ user: SettingKey, _ password: SettingKey, more: SettingKey) -> Credentials? {
        credentials(user, (secret(password).map { [$0] } ?? []) + secrets(more))
    }

    private func credentials(_ user: SettingKey, _ passwords: [Secret]) -> Credentials? {
        passwords.first.map { Credentials(user: text(user), password: $0, more: Array(passwords.dropFirst())) }
    }

    /// The front's own ranges, or those for all clients.
    fileprivate func allowlist(_ own: SettingKey) -> Allowlist {
        let ranges = self[own].ranges
        return Allowlist(ranges.isEmpty ? self[.clientAllow].ranges : ranges)
    }
}

extension Settings.Sentinel {
    fileprivate init(_ values: ResolvedSettings) {
        self.init(
            addresses: values[.sentinelAddresses].endpoints,
            masterNames: values[.sentinelMasterNames].names,
            credentials: values.credentials(.sentinelUser, .sentinelPassword),
            redisCredentials: values.credentials(.sentinelRedisUser, .sentinelRedisPassword),
            tls: Settings.UpstreamTLS.sentinel(values),
            onQuorumLoss: Settings.QuorumLoss(rawValue: values[.sentinelOnQuorumLoss].text) ?? .serve,
            leaseMilliseconds: values[.sentinelLease].number,
            pollIntervalMilliseconds: values[.sentinelPollInterval].number,
            connectTimeoutMilliseconds: values[.sentinelConnectTimeout].number,
            silenceTimeoutMilliseconds: values[.sentinelSilenceTimeout].number,
            startWaitMilliseconds: values[.sentinelStartWait].number,
            reconnectMinMilliseconds: values[.sentinelReconnectMin].number,
            reconnectMaxMilliseconds: values[.sentinelReconnectMax].number,
            resolveTimeoutMilliseconds: values[.sentinelResolveTimeout].number)
    }
}

extension Settings.Redis {
    fileprivate init(_ values: ResolvedSettings) {
        self.init(
            credentials: values.credentials(.redisUser, .redisPassword),
            tls: Settings.UpstreamTLS.redis(values),
            connectTimeoutMilliseconds: values[.redisConnectTimeout].number,
            probeIntervalMilliseconds: values[.redisProbeInterval].number,
            probeTimeoutMilliseconds: values[.redisProbeTimeout].number,
            sharedLinks: values[.redisSharedLinks].number,
            warmLinks: values[.redisWarmLinks].number,
            namedLinks: values[.redisNamedLinks].number,
            idleLinkTimeoutMilliseconds: values[.redisIdleLinkTimeout].number,
            linkBufferBytes: values[.redisLinkBuffer].number,
            commandTimeoutMilliseconds: values[.redisCommandTimeout].number,
            tcpUserTimeoutMilliseconds: values[.redisTCPUserTimeout].number,
            tcpKeepAliveMilliseconds: values[.redisTCPKeepAlive].number,
            dedicatedLinksMax: values[.redisDedicatedLinksMax].number,
            clientName: values.text(.redisClientName) ?? "",
            countsClientsInInfo: values[.redisInfo].text == "clients",
            checksLinks: values[.redisCheckLinks].boolean)
    }
}

extension Settings.Listen {
    fileprivate init(_ values: ResolvedSettings) {
        self.init(
            addresses: values[.listenAddress].listeners,
            unixMode: values[.listenUnixMode].number,
            tlsAddresses: values[.listenTLSAddress].listeners,
            tls: Settings.FrontTLS.listen(values),
            allowlist: values.allowlist(.listenAllow),
            credentials: values.credentials(.clientUser, .clientPassword, more: .clientPasswords),
            maxClients: values[.listenMaxClients].number,
            idleTimeoutMilliseconds: values[.listenIdleTimeout].number,
            maxBulkBytes: values[.listenMaxBulk].number,
            maxArguments: values[.listenMaxArguments].number,
            maxInlineBytes: values[.listenMaxInline].number,
            maxRequestBeforeAuthBytes: values[.listenMaxRequestBeforeAuth].number,
            maxNesting: values[.listenMaxNesting].number,
            maxPipeline: values[.listenMaxPipeline].number,
            expectsProxyHeader: values[.listenProxyProtocol].boolean,
            proxyHeaderPeers: values[.listenProxyProtocolFrom].ranges)
    }
}

extension Settings.HTTP {
    fileprivate init(_ values: ResolvedSettings) {
        self.init(
            addresses: values[.httpAddress].listeners,
            unixMode: values[.httpUnixMode].number,
            tlsAddresses: values[.httpTLSAddress].listeners,
            tls: Settings.FrontTLS.http(values),
            allowlist: values.allowlist(.httpAllow),
            credentials: values.credentials(.httpUser, .httpPassword, more: .httpPasswords) ?? values.credentials(.clientUser, .clientPassword, more: .clientPasswords),
            maxClients: values[.httpMaxClients].number,
            maxHeadBytes: values[.httpMaxHead].number,
            maxRequestLineBytes: values[.httpMaxRequestLine].number,
            maxHeaders: values[.httpMaxHeaders].number,
            maxBodyBytes: values[.httpMaxBody].number,
            maxReplyBytes: values[.httpMaxReply].number,
            headerTimeoutMilliseconds: values[.httpHeaderTimeout].number,
            idleTimeoutMilliseconds: values[.httpIdleTimeout].number,
            maxPipeline: values[.httpMaxPipeline].number,
            // Webdis knows none, and refuses its first bytes.
            speaksHTTP2: values[.httpHTTP2].boolean && (values[.httpDialect].text != "webdis" || values.source(of: .httpHTTP2) != .standard),
            maxStreams: values[.httpHTTP2Streams].number,
            expectsProxyHeader: values[.httpProxyProtocol].boolean,
            proxyHeaderPeers: values[.httpProxyProtocolFrom].ranges,
            gateway: Settings.Gateway(values))
    }
}

extension Settings.Gateway {
    fileprivate init(_ values: ResolvedSettings) {
        self.init(
            isWebdis: values[.httpDialect].text == "webdis",
            database: values[.httpDatabase].number,
            defaultRoot: values.text(.httpDefaultRoot) ?? "",
            hasWebSockets: values[.httpWebSockets].boolean,
            webSocketMessageBytesMax: values[.httpWebSocketMaxMessage].number,
            batchCommandsMax: values[.httpMaxBatch].number,
            corsOrigins: values[.httpCORSOrigins].texts,
            allowsJSONP: values[.httpJSONP].boolean,
            hosts: values[.httpHosts].texts,
            isReadOnlyGet: values[.httpReadOnlyGet].boolean,
            etagBytesMax: values[.httpETagMax].number,
            compressionBytesMin: values[.httpCompressionMin].number,
            mapsErrors: values[.httpErrorStatus].boolean,
            hasCacheTTL: values[.httpCacheTTL].boolean,
            tokens: [],
            basePath: values.text(.httpBasePath) ?? "",
            hasHealth: values[.httpHealth].boolean,
            channelHistoryCount: values[.httpChannelHistory].number,
            channelHistoryMilliseconds: values[.httpChannelHistoryTime].number,
            channelHistoryBytes: values[.httpChannelHistoryMemory].number,
            access: CommandAccess(rules: values[.httpACL].rules, allowsByDefault: values[.httpACLDefault].text == "allow"),
            token: values.secret(.httpToken),
            readOnlyToken: values.secret(.httpReadOnlyToken),
            heartbeatMilliseconds: values[.httpHeartbeat].number,
            subscriptionLinks: values[.httpSubscriptionLinks].number,
            trustedProxies: values[.httpTrustedProxies].ranges,
            forwardedHeader: values[.httpForwardedHeader].text)
    }
}
