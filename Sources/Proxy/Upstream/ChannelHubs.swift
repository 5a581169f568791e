/// The hubs of one loop and master: clients are spread over so many links, so that PUBLISH counts them as long as they are few.
final class ChannelHubs {
    private unowned let pool: UpstreamPool
    private unowned let worker: Worker
    private let countMax: Int
    private var hubs: [ChannelHub] = []

    init(_ pool: UpstreamPool, _ worker: Worker, countMax: Int) {
        self.pool = pool
        self.worker = worker
        self.countMax = countMax
    }

    /// Where a client that begins to listen had better do so: a hub of its own as long as there may be more of them, then
    /// the one with the fewest others.
    func next() -> ChannelHub {
        if let idle = hubs.first(where: { $0.listenerCount == 0 }) { return idle }
        if hubs.count < countMax { hubs.append(ChannelHub(pool, worker)) }
        return hubs.min { $0.listenerCount < $1.listenerCount } ?? ChannelHub(pool, worker)
    }
}
