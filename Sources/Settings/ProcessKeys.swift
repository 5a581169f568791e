extension SettingKey {
    package static let logLevel = SettingKey(
        "log.level", .choice(["trace", "debug", "info", "notice", "warning", "error"]), default: "info", "The least level logged")
    package static let logFormat = SettingKey("log.format", .choice(["text", "json"]), default: "text", "How log lines look")
    package static let threads = SettingKey(
        "threads", .integer(0...256), default: "0", "Worker loops; 0 for one per core")
    package static let drainTimeout = SettingKey(
        "drain_timeout", .duration(SettingBounds.optionalWait), default: "10s", "How long open requests may take after SIGTERM")
    package static let upgradeTimeout = SettingKey(
        "upgrade_timeout", .duration(SettingBounds.optionalWait), default: "1h", "How long clients may stay with the old process after an upgrade; 0 for as long as they like")

    package static let logFile = SettingKey(
        "log.file", .path, default: "", "Where log lines are appended; empty for standard error. SIGHUP opens it anew")
    package static let logFsync = SettingKey(
        "log.fsync", .choice(["auto", "all"]), default: "auto", "Whether what is written is brought to the disk at once")
    package static let logQueue = SettingKey(
        "log.queue", .size(4096...64 << 20), default: "1mb", "Log lines that wait to be written, in bytes; more are dropped and counted")
    package static let daemonize = SettingKey("daemonize", .boolean, default: "false", "Go to the background once all is bound")
    package static let pidFile = SettingKey("pidfile", .path, default: "", "Where the id of the process is written; empty for nowhere")
    package static let user = SettingKey("user", .text, default: "", "The user that the process becomes once all is bound")
    package static let group = SettingKey("group", .text, default: "", "The group that the process becomes; empty for the user's own")

    package static let reloadOnChange = SettingKey(
        "reload_on_change", .boolean, default: "true", "Whether a file of the configuration that changes is read again, as upon SIGHUP: secrets and certificates too")

    static let processKeys: [SettingKey] =
        failoverKeys + memoryKeys + [logLevel, logFormat, logFile, logFsync, logQueue, threads, drainTimeout, upgradeTimeout, reloadOnChange, daemonize, pidFile, user, group]
}
