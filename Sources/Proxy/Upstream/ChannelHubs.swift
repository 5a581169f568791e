/// The hubs of one loop and master: clients are spread over so many links, so that PUBLISH counts them as long as they are few.
/// Each user of Redis has its own.
final class ChannelHubs {
    private unowned let pool: UpstreamPool
    private unowned let worker: Worker
    private let countMax: Int
    private var hubs: [Int: [ChannelHub]] = [:]

    init(_ pool: UpstreamPool, _ worker: Worker, countMax: Int) {
        self.pool = pool
        self.worker = worker
        self.countMax = countMax
    }

    /// Where a client that begins to listen had better do so: a hub of its own as long as there may be more of them, then
    /// the one with the fewest others.
    ///
    /// - Parameter identity: in whose name (``SessionState/identity``).
    func next(identity: Int) -> ChannelHub {
        let own = hubs[identity, default: []]
        if let idle = own.first(where: { $0.listenerCount == 0 }) { return idle }
        if own.count >= countMax, let least = own.min(by: { $0.listenerCount < $1.listenerCount }) { return least }
        let hub = ChannelHub(pool, worker, identity: identity)
        hubs[identity, default: []].append(hub)
        return hub
    }
}
