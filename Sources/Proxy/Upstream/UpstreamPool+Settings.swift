import EventLoop

/// What links and clients ask of the settings of their pool.
extension UpstreamPool {
    var bufferBytes: Int { settings.linkBufferBytes }
    var settleTimeoutMilliseconds: Int { settings.connectTimeoutMilliseconds }
    var largeReplyBytes: Int { settings.largeReplyBytes }
    var outputGraceMilliseconds: Int { settings.outputGraceMilliseconds }
    var nestingDepthMax: Int { settings.nestingDepthMax }
    var keepsClients: Bool { settings.keepsClients }
    var linkMemoryBytes: Int { settings.linkMemoryBytes }

    func connectOptions(serverName: String) -> ConnectOptions {
        ConnectOptions(
            timeoutMilliseconds: settings.connectTimeoutMilliseconds,
            userTimeoutMilliseconds: settings.userTimeoutMilliseconds, keepAliveMilliseconds: settings.keepAliveMilliseconds, tls: tls, serverName: serverName)
    }

    /// How long commands wait, in milliseconds.
    var holdMilliseconds: Int {
        let failover = worker.settings.failover
        return topology.isPaused ? failover.pauseHoldMilliseconds : failover.holdMilliseconds
    }
}
