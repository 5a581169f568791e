import Forwarding

/// What clients have done to the server that all loops must know.
extension Worker {
    /// A client has made the server hold up writes for so long; the other loops are told.
    func serverPaused(_ pool: UpstreamPool, milliseconds: Int) {
        serverPaused(masterIndex: pool.masterIndex, milliseconds: milliseconds)
        tellOthers { [masterIndex = pool.masterIndex] in $0.serverPaused(masterIndex: masterIndex, milliseconds: milliseconds) }
    }

    private func serverPaused(masterIndex: Int, milliseconds: Int) {
        pools[masterIndex].pausedUntilMilliseconds = milliseconds > 0 ? loop.nowMilliseconds &+ min(milliseconds, 1 << 40) : 0
    }

    /// A client has changed the server's configuration, or its users; the other loops are told.
    func serverReconfigured(_ pool: UpstreamPool) {
        pool.serverReconfigured()
        tellOthers { [masterIndex = pool.masterIndex] in $0.pools[masterIndex].serverReconfigured() }
    }

    /// The watch speaks to Redis from this address from now on.
    func watchSpeaks(from address: [UInt8]) { ownTraffic.speaks(from: address) }

    /// A link settles from this address by so many commands; nil where it is nobody's in the end. The other loops are told.
    func linkSettles(from address: [UInt8], count: Int?) {
        settles(from: address, count: count)
        tellOthers { $0.settles(from: address, count: count) }
    }

    /// A link is made ready for a client, by so many commands. The other loops are told.
    func linkIsPrepared(from address: [UInt8], count: Int) {
        ownTraffic.prepares(from: address, count: count, now: loop.nowMilliseconds)
        tellOthers { $0.ownTraffic.prepares(from: address, count: count, now: $0.loop.nowMilliseconds) }
    }

    private func settles(from address: [UInt8], count: Int?) {
        guard let count else { return ownTraffic.looks(from: address, now: loop.nowMilliseconds) }
        ownTraffic.settles(from: address, count: count, now: loop.nowMilliseconds)
    }
}
