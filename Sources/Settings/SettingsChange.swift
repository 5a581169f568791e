import Access

/// What differs between the settings that are in force and those that were read anew, and whether it can take effect while
/// connections stand.
package struct SettingsChange: Sendable {
    /// The keys whose values differ, in the registry's order.
    package let keys: [SettingKey]
    /// What speaks against taking them over: keys that only a restart changes. Empty where all can be.
    package let errors: [SettingsError]

    package init(from old: LoadedSettings, to new: LoadedSettings) {
        let changed = SettingKey.all.filter {
            // The file of tokens is a part of what it says.
            if $0.path == SettingKey.httpTokens.path, old.settings.http.gateway.tokens != new.settings.http.gateway.tokens { return true }
            return $0.type == .secret || $0.type == .secrets ? old.resolved.secrets($0) != new.resolved.secrets($0) : old.resolved[$0] != new.resolved[$0]
        }
        var errors = changed.filter { !$0.isLive }.map {
            SettingsError(new.resolved.source(of: $0), key: $0.path, "changes with a restart only; it was \(old.resolved[$0].yaml(as: $0.type))")
        }
        // Whether a password or an allowlist is set decides what is listened at, and that stays as it is.
        let doors: [(SettingKey, (Settings) -> [ListenAddress])] = [
            (.listenAddress, { $0.listen.effectiveAddresses }), (.listenTLSAddress, { $0.listen.effectiveTLSAddresses }),
            (.httpAddress, { $0.http.effectiveAddresses }), (.httpTLSAddress, { $0.http.effectiveTLSAddresses }),
            (.adminAddress, { $0.admin.effectiveAddresses }),
        ]
        for (key, addresses) in doors where errors.isEmpty && addresses(old.settings) != addresses(new.settings) {
            let reason = "would listen elsewhere, as a password or an allowlist has come or gone: that changes with a restart only"
            errors.append(SettingsError(new.resolved.source(of: key), key: key.path, reason))
        }
        keys = changed
        self.errors = errors
    }
}

extension SettingKey {
    /// Whether a new value takes effect at SIGHUP. All others need a restart.
    package var isLive: Bool { Self.live.contains(path) }

    private static let live = Set(
        ([
            .sentinelUser, .sentinelPassword, .sentinelRedisUser, .sentinelRedisPassword, .sentinelOnQuorumLoss, .sentinelLease, .redisUser, .redisPassword, .redisInfo, .redisTLSCA, .redisTLSCert, .redisTLSKey,
            .sentinelTLSCA, .sentinelTLSCert, .sentinelTLSKey, .listenTLSCert, .listenTLSKey, .listenTLSClientCA, .httpTLSCert, .httpTLSKey, .httpTLSClientCA,
            .clientUser, .clientPassword, .clientPasswords, .clientAllow, .memoryMax, .memoryUnfinished, .memoryWait, .clientOutputLimit, .clientHandshakeTimeout, .clientLoginTimeout, .listenAllow, .listenMaxClients, .listenIdleTimeout,
            .listenMaxBulk, .listenMaxArguments, .listenMaxInline, .listenMaxRequestBeforeAuth, .listenMaxPipeline, .httpAllow, .httpUser, .httpPassword, .httpPasswords,
            .httpMaxClients, .httpMaxHead, .httpMaxRequestLine, .httpMaxHeaders, .httpMaxBody, .httpMaxReply, .httpHeaderTimeout, .httpIdleTimeout,
            .httpMaxPipeline, .httpHTTP2, .httpHTTP2Streams, .httpDialect, .httpDatabase, .httpDefaultRoot, .httpWebSockets, .httpWebSocketMaxMessage, .httpMaxBatch, .httpCORSOrigins, .httpJSONP,
            .httpHosts, .httpReadOnlyGet, .httpETagMax, .httpCompressionMin, .httpHealth, .httpBasePath, .httpTokens, .httpCacheTTL, .httpErrorStatus, .httpACL, .httpACLDefault, .httpToken, .httpReadOnlyToken, .httpHeartbeat,
            .httpTrustedProxies, .httpForwardedHeader, .adminAllow, .adminCommandsAllow, .adminToken, .adminHosts, .listenProxyProtocolFrom, .httpProxyProtocolFrom, .failoverHold, .scanRestart, .failoverEarlyHold, .failoverPauseHold, .drainTimeout, .upgradeTimeout, .logLevel,
        ] as [SettingKey]).map(\.path))
}
