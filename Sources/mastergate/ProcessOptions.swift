import ArgumentParser
import Settings

/// Flags about the process and what it does at a failover.
struct ProcessOptions: ParsableArguments {
    @Option(.failoverHold) var failoverHold: String?
    @Option(.failoverConnections) var failoverConnections: String?
    @Option(.failoverBlocking) var failoverBlocking: String?
    @Option(.scanRestart) var scanRestart: String?
    @Option(.failoverEarlyHold) var failoverEarlyHold: String?
    @Option(.failoverPauseHold) var failoverPauseHold: String?
    @Option(.failoverLinkMemory) var failoverLinkMemory: String?
    @Option(.failoverClientMemory) var failoverClientMemory: String?
    @Option(.failoverScriptMemory) var failoverScriptMemory: String?
    @Option(.memoryMax) var memoryMax: String?
    @Option(.memoryUnfinished) var memoryUnfinished: String?
    @Option(.memoryWait) var memoryWait: String?
    @Option(.logLevel) var logLevel: String?
    @Option(.logFormat) var logFormat: String?
    @Option(.logFile) var logFile: String?
    @Option(.logFsync) var logFsync: String?
    @Option(.logQueue) var logQueue: String?
    @Option(.daemonize) var daemonize: String?
    @Option(.pidFile) var pidFile: String?
    @Option(.user) var user: String?
    @Option(.group) var group: String?
    @Option(.threads) var threads: String?
    @Option(.drainTimeout) var drainTimeout: String?
    @Option(.upgradeTimeout) var upgradeTimeout: String?
    @Option(.reloadOnChange) var reloadOnChange: String?

    /// The flags given, with their values.
    var given: [(flag: String, value: String)] {
        var flags = GivenFlags()
        flags.add(.failoverHold, failoverHold)
        flags.add(.failoverConnections, failoverConnections)
        flags.add(.failoverBlocking, failoverBlocking)
        flags.add(.scanRestart, scanRestart)
        flags.add(.failoverEarlyHold, failoverEarlyHold)
        flags.add(.failoverPauseHold, failoverPauseHold)
        flags.add(.failoverLinkMemory, failoverLinkMemory)
        flags.add(.failoverClientMemory, failoverClientMemory)
        flags.add(.failoverScriptMemory, failoverScriptMemory)
        flags.add(.memoryMax, memoryMax)
        flags.add(.memoryUnfinished, memoryUnfinished)
        flags.add(.memoryWait, memoryWait)
        flags.add(.logLevel, logLevel)
        flags.add(.logFormat, logFormat)
        flags.add(.logFile, logFile)
        flags.add(.logFsync, logFsync)
        flags.add(.logQueue, logQueue)
        flags.add(.daemonize, daemonize)
        flags.add(.pidFile, pidFile)
        flags.add(.user, user)
        flags.add(.group, group)
        flags.add(.threads, threads)
        flags.add(.drainTimeout, drainTimeout)
        flags.add(.upgradeTimeout, upgradeTimeout)
        flags.add(.reloadOnChange, reloadOnChange)
        return flags.all
    }
}
