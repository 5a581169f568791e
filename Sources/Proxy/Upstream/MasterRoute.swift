import EventLoop

/// Where a worker's links go: the verified master of one generation, its name resolved.
package struct MasterRoute: Sendable, Equatable {
    /// The adoption that this route comes from. A link of an older one is cut.
    var generation: UInt64
    var address: SocketAddress
    /// The master's host as the sentinels name it: what its certificate must carry.
    var serverName: String
}
