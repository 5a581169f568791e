import EventLoop
import Forwarding
import Gateway
import RESP

/// Whoever listens to channels by a ``ChannelHub``.
protocol ChannelListener: AnyObject {
    /// A topic that was asked for is being sent from now on.
    func subscribed(to topic: ChannelTopic)
    /// Something was published. `message` is the server's array; it is valid during the call only.
    func published(_ message: Span<UInt8>, on topic: ChannelTopic, by hub: ChannelHub)
    /// There has been no master for too long: the hub has forgotten the listener.
    func subscriptionsLost()
}

/// All subscriptions of HTTP and WebSocket clients of one loop to one master, over one link.
///
/// The link is made for the first who listens and let go with the last. When it is lost, or the master changes, another is
/// made and everything subscribed to anew; what is published in between reaches nobody, as with any subscription.
final class ChannelHub: UpstreamLinkOwner, MasterWaiter {
    private unowned let pool: UpstreamPool
    private unowned let worker: Worker
    private var table = ChannelTable<ObjectIdentifier>()
    private var listeners: [ObjectIdentifier: any ChannelListener] = [:]
    private var link: UpstreamLink?
    private var framer: ReplyFramer
    /// What has come of the message under way.
    private var partial: [UInt8] = []
    private var waitingSince: Int?
    /// The message being handed out, as it looks to those who want it alike.
    private var renderings: [(look: MessageLook, bytes: [UInt8])] = []

    init(_ pool: UpstreamPool, _ worker: Worker) {
        self.pool = pool
        self.worker = worker
        framer = ReplyFramer(nestingDepthMax: 4)
    }

    var listenerCount: Int { listeners.count }

    /// `listener` wants `topic`; true where it is being sent already, and nothing more is told of it. Otherwise
    /// ``ChannelListener/subscribed(to:)`` tells when it is.
    func add(_ listener: any ChannelListener, _ topic: ChannelTopic) -> Bool {
        listeners[ObjectIdentifier(listener)] = listener
        switch table.add(ObjectIdentifier(listener), topic) {
        case .confirmed: return true
        case .wait: return false
        case .ask:
            if let link, link.isReady { request(topic.isPattern ? "PSUBSCRIBE" : "SUBSCRIBE", topic, on: link) } else { connect() }
            return false
        }
    }

    /// `listener` wants `topic` no more.
    func remove(_ listener: any ChannelListener, _ topic: ChannelTopic) {
        guard table.remove(ObjectIdentifier(listener), topic) else { return }
        if let link, link.isReady { request(topic.isPattern ? "PUNSUBSCRIBE" : "UNSUBSCRIBE", topic, on: link) }
        letGoIfIdle()
    }

    /// `listener` has left, and all its topics with it.
    func forget(_ listener: any ChannelListener, _ topics: some Sequence<ChannelTopic>) {
        for topic in topics { remove(listener, topic) }
        listeners[ObjectIdentifier(listener)] = nil
    }

    /// `message`, which is under way, as it looks to a client: made once for all who want it alike.
    func rendering(_ look: MessageLook, _ message: Span<UInt8>, _ rules: GatewayRules) -> [UInt8] {
        for known in renderings where known.look == look { return known.bytes }
        var bytes: [UInt8] = []
        look.append(message, rules, to: &bytes)
        renderings.append((look, bytes))
        return bytes
    }

    private func request(_ word: String, _ topic: ChannelTopic, on link: UpstreamLink) {
        var output: [UInt8] = []
        CommandWriter.append([Array(word.utf8), topic.name], to: &output)
        link.send(output)
    }

    private func connect() {
        guard link == nil else { return }
        link = pool.link(carrying: SessionState(), mayCallScripts: false, for: self)
        guard let link else { return wait() }
        if link.isReady { linkBecameReady(link) }
    }

    private func wait() {
        if waitingSince == nil { waitingSince = worker.loop.nowMilliseconds }
        pool.addWaiter(self)
    }

    private func stopWaiting() {
        waitingSince = nil
        pool.removeWaiter(self)
    }

    private func letGoIfIdle() {
        guard table.isEmpty else { return }
        stopWaiting()
        let link = self.link
        self.link = nil
        link?.release()
    }

    // MARK: The link

    func linkBecameReady(_ link: UpstreamLink) {
        guard link === self.link else { return }
        stopWaiting()
        framer = ReplyFramer(nestingDepthMax: 4)
        partial = []
        link.send(table.requests)
    }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) {
        let span = bytes.bindMemory(to: UInt8.self).span
        var start = 0
        while start < bytes.count, link === self.link {
            switch framer.advance(span, from: start) {
            case .malformed(let error): return link.abandon("unreadable message: \(error.kind)")
            case .incomplete:
                partial.append(contentsOf: bytes[start...])
                if partial.count > worker.settings.http.maxReplyBytes { link.abandon("a message larger than http.max_reply allows") }
                return
            case .reply(_, let end):
                if partial.isEmpty {
                    handOut(span.extracting(start..<end))
                } else {
                    partial.append(contentsOf: bytes[start..<end])
                    let whole = partial
                    partial = []
                    handOut(whole.span)
                }
                start = end
            }
        }
    }

    private func handOut(_ message: Span<UInt8>) {
        switch ChannelMessage(message) {
        case .subscribed(let topic)?:
            for id in table.confirmed(topic) { listeners[id]?.subscribed(to: topic) }
        case .published(let topic, _)?:
            for id in table.listeners(to: topic) { listeners[id]?.published(message, on: topic, by: self) }
            renderings.removeAll(keepingCapacity: true)
        case .unsubscribed?, nil: break
        }
    }

    func linkDrained(_ link: UpstreamLink) {}

    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) {
        guard link === self.link else { return }
        self.link = nil
        table.connectionLost()
        if !table.isEmpty { wait() }
    }

    // MARK: Waiting

    func masterMayBeReachable() {
        if !table.isEmpty { connect() }
    }

    func giveUpWaiting(now: Int) {
        guard let waitingSince, now - waitingSince >= pool.holdMilliseconds else { return }
        stopWaiting()
        let lost = Array(listeners.values)
        listeners = [:]
        table = ChannelTable()
        letGoIfIdle()
        for listener in lost { listener.subscriptionsLost() }
    }
}
