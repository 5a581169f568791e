import Forwarding

/// What the proxy says on a link for itself, or for the sake of its client, between the client's own commands.
extension UpstreamLink {
    /// Has the server show `wanted` as the library of the link's client, where it can. Nothing may be in flight on the link.
    func show(_ wanted: ClientLibrary?) {
        guard library !== wanted, isReady, wanted == nil || pool.showsLibraries else { return }
        let (requests, count) = ClientLibrary.requests(from: library, to: wanted)
        library = wanted
        unheardReplies += count
        if count > 0 { tellMonitors(count) }
        socket?.send(requests)
    }

    /// Sends a request of the proxy's own.
    func ask(_ request: [UInt8]) {
        tellMonitors(1)
        send(request)
    }

    /// Commands on the link that make it ready for a client are the proxy's own, `count` more of them: monitors are not to show them.
    func tellMonitors(_ count: Int) {
        if pool.census.isMonitored, let address = socket?.localAddress { pool.worker.linkIsPrepared(from: Array("\(address)".utf8), count: count) }
    }
}
