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

/// All subscriptions of HTTP and WebSocket clients that share one link to the master.
///
/// The link is made for the first who listens and let go with the last. When it is lost, everything is subscribed to anew on
/// the next; what is published in between reaches nobody, as with any subscription.
final class ChannelHub {
    private let link: StandingLink
    private var table = ChannelTable<ObjectIdentifier>()
    private var listeners: [ObjectIdentifier: any ChannelListener] = [:]
    /// The message being handed out, as it looks to those who want it alike.
    private var renderings: [(look: MessageLook, bytes: [UInt8])] = []

    init(_ pool: UpstreamPool, _ worker: Worker) {
        link = StandingLink(pool, worker)
        link.greeting = { [unowned self] in table.requests }
        link.received = { [unowned self] in handOut($0) }
        link.lost = { [unowned self] in table.connectionLost() }
        link.gaveUp = { [unowned self] in forgetAll() }
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
            link.send(request(topic.isPattern ? "PSUBSCRIBE" : "SUBSCRIBE", topic))
            link.start()
            return false
        }
    }

    /// `listener` wants `topic` no more.
    func remove(_ listener: any ChannelListener, _ topic: ChannelTopic) {
        guard table.remove(ObjectIdentifier(listener), topic) else { return }
        link.send(request(topic.isPattern ? "PUNSUBSCRIBE" : "UNSUBSCRIBE", topic))
        if table.isEmpty { link.stop() }
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

    private func request(_ word: String, _ topic: ChannelTopic) -> [UInt8] {
        var output: [UInt8] = []
        CommandWriter.append([Array(word.utf8), topic.name], to: &output)
        return output
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

    private func forgetAll() {
        let lost = Array(listeners.values)
        listeners = [:]
        table = ChannelTable()
        for listener in lost { listener.subscriptionsLost() }
    }
}
