extension SettingKey {
    package static let logLevel = SettingKey(
        "log.level", .choice(["trace", "debug", "info", "notice", "warning", "error"]), default: "info", "The least level logged")
    package static let logFormat = SettingKey("log.format", .choice(["text", "json"]), default: "text", "How log lines look")
    package static let threads = SettingKey(
        "threads", .integer(0...256), default: "0", "Worker loops; 0 for one per core")
    package static let drainTimeout = SettingKey(
        "drain_timeout", .duration(SettingBounds.optionalWait), default: "10s", "How long open requests may take after SIGTERM")

    static let processKeys: [SettingKey] = failoverKeys + [logLevel, logFormat, threads, drainTimeout]
}
