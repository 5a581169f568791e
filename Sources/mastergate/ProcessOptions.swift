import ArgumentParser
import Settings

/// Flags about the process and what it does at a failover.
struct ProcessOptions: ParsableArguments {
    @Option(.failoverHold) var failoverHold: String?
    @Option(.failoverConnections) var failoverConnections: String?
    @Option(.failoverEarlyHold) var failoverEarlyHold: String?
    @Option(.failoverPauseHold) var failoverPauseHold: String?
    @Option(.failoverLinkMemory) var failoverLinkMemory: String?
    @Option(.failoverClientMemory) var failoverClientMemory: String?
    @Option(.failoverScriptMemory) var failoverScriptMemory: String?
    @Option(.logLevel) var logLevel: String?
    @Option(.logFormat) var logFormat: String?
    @Option(.threads) var threads: String?
    @Option(.drainTimeout) var drainTimeout: String?

    /// The flags given, with their values.
    var given: [(flag: String, value: String)] {
        var flags = GivenFlags()
        flags.add(.failoverHold, failoverHold)
        flags.add(.failoverConnections, failoverConnections)
        flags.add(.failoverEarlyHold, failoverEarlyHold)
        flags.add(.failoverPauseHold, failoverPauseHold)
        flags.add(.failoverLinkMemory, failoverLinkMemory)
        flags.add(.failoverClientMemory, failoverClientMemory)
        flags.add(.failoverScriptMemory, failoverScriptMemory)
        flags.add(.logLevel, logLevel)
        flags.add(.logFormat, logFormat)
        flags.add(.threads, threads)
        flags.add(.drainTimeout, drainTimeout)
        return flags.all
    }
}
