import EventLoop
import Forwarding
import Gateway
import RESP

/// Whoever listens to channels by a ``ChannelHub``.
protocol ChannelListener: AnyObject {
    /// A topic that was asked for is being sent from now on.
    func subscribed(to topic: ChannelTopic)
    /// Redis does not let this user listen to a topic that was asked for; with its words, an error reply.
    func refusedSubscription(to topic: ChannelTopic, _ error: [UInt8])
    /// Something was published. `message` is the server's array; it is valid during the call only.
    func published(_ message: Span<UInt8>, on topic: ChannelTopic, by hub: ChannelHub)
    /// There has been no master for too long: the hub has forgotten the listener.
    func subscriptionsLost()
}

/// All subscriptions of HTTP and WebSocket clients that share one link to the master, in the name of one user.
///
/// The link is made for the first who listens and let go with the last. When it is lost, everything is subscribed to anew on
/// the next; what is published in between reaches nobody, as with any subscription. Of many topics only so many are dealt with
/// at a time, so that the loop's other clients come in between.
final class ChannelHub {
    /// Topics that are dealt with in one piece.
    static let sliceCount = 256
    /// Until the next piece, in milliseconds.
    static let pauseMilliseconds = 1

    private typealias ListenerID = UInt64

    private unowned let loop: EventLoop
    private let link: StandingLink
    private var table = ChannelTable<ListenerID>()
    private var requests = ChannelRequests()
    private var listeners: [ListenerID: any ChannelListener] = [:]
    /// An object's address may be another's when it is gone, so each listener has a number as well.
    private var ids: [ObjectIdentifier: ListenerID] = [:]
    private var lastID: ListenerID = 0
    /// What is still to be dealt with, in order.
    private var backlog: [Change] = []
    private var nextSlice: LoopTimer?
    /// The message being handed out, as it looks to those who want it alike.
    private var renderings: [(look: MessageLook, bytes: [UInt8])] = []

    private struct Change {
        let listener: ListenerID
        var topics: ArraySlice<ChannelTopic>
        let isAddition: Bool
    }

    init(_ pool: UpstreamPool, _ worker: Worker, identity: Int) {
        loop = worker.loop
        link = StandingLink(pool, worker, state: SessionState(identity: identity))
        link.greeting = { [unowned self] in greeting() }
        link.received = { [unowned self] in handOut($0) }
        link.lost = { [unowned self] in
            table.connectionLost()
            requests.connectionLost()
        }
        link.gaveUp = { [unowned self] in forgetAll() }
    }

    var listenerCount: Int { listeners.count }

    /// `listener` wants `topics`. ``ChannelListener/subscribed(to:)`` tells of each when it is being sent, of some perhaps before this
    /// returns.
    func add(_ listener: any ChannelListener, _ topics: [ChannelTopic]) {
        change(Change(listener: id(of: listener), topics: topics[...], isAddition: true))
    }

    /// `listener` wants `topics` no more.
    func remove(_ listener: any ChannelListener, _ topics: [ChannelTopic]) {
        guard let id = ids[ObjectIdentifier(listener)] else { return }
        change(Change(listener: id, topics: topics[...], isAddition: false))
    }

    /// `listener` has left, and all its topics with it: it is told nothing more.
    func forget(_ listener: any ChannelListener, _ topics: [ChannelTopic]) {
        guard let id = ids.removeValue(forKey: ObjectIdentifier(listener)) else { return }
        listeners[id] = nil
        backlog.removeAll { $0.listener == id }
        change(Change(listener: id, topics: topics[...], isAddition: false))
    }

    /// `message`, which is under way, as it looks to a client: made once for all who want it alike.
    func rendering(_ look: MessageLook, _ message: Span<UInt8>, _ rules: GatewayRules) -> [UInt8] {
        for known in renderings where known.look == look { return known.bytes }
        var bytes: [UInt8] = []
        look.append(message, rules, to: &bytes)
        renderings.append((look, bytes))
        return bytes
    }

    private func id(of listener: any ChannelListener) -> ListenerID {
        if let id = ids[ObjectIdentifier(listener)] { return id }
        lastID += 1
        ids[ObjectIdentifier(listener)] = lastID
        listeners[lastID] = listener
        return lastID
    }

    // MARK: Changes

    private func change(_ change: Change) {
        guard !change.topics.isEmpty else { return }
        backlog.append(change)
        if nextSlice == nil { runSlice() }
    }

    private func runSlice() {
        nextSlice = nil
        var left = Self.sliceCount
        while left > 0, var change = backlog.first {
            let part = Array(change.topics.prefix(left))
            change.topics = change.topics.dropFirst(part.count)
            if change.topics.isEmpty { backlog.removeFirst() } else { backlog[0] = change }
            left -= part.count
            if change.isAddition { add(part, for: change.listener) } else { remove(part, for: change.listener) }
        }
        guard !backlog.isEmpty, nextSlice == nil else { return }
        nextSlice = LoopTimer(loop, milliseconds: Self.pauseMilliseconds) { [unowned self] in runSlice() }
    }

    private func add(_ topics: [ChannelTopic], for listener: ListenerID) {
        var asked: [ChannelTopic] = []
        var confirmed: [ChannelTopic] = []
        for topic in topics {
            switch table.add(listener, topic) {
            case .ask: asked.append(topic)
            case .wait: break
            case .confirmed: confirmed.append(topic)
            }
        }
        tell(asked, isSubscribe: true)
        if !asked.isEmpty { link.start() }
        for topic in confirmed { listeners[listener]?.subscribed(to: topic) }
    }

    private func remove(_ topics: [ChannelTopic], for listener: ListenerID) {
        let unwanted = topics.filter { table.remove(listener, $0) }
        guard !table.isEmpty else {
            requests.connectionLost()
            return link.stop()
        }
        tell(unwanted, isSubscribe: false)
    }

    /// On a link that is not settled yet the greeting says it.
    private func tell(_ topics: [ChannelTopic], isSubscribe: Bool) {
        guard link.isReady else { return }
        for isPattern in [false, true] {
            let part = topics.filter { $0.isPattern == isPattern }
            if !part.isEmpty { link.send(requests.ask(part, isSubscribe: isSubscribe)) }
        }
    }

    private func greeting() -> [UInt8] {
        requests.connectionLost()
        let (channels, patterns) = table.topics
        return requests.ask(channels, isSubscribe: true) + requests.ask(patterns, isSubscribe: true)
    }

    // MARK: What the server says

    private func handOut(_ message: Span<UInt8>) {
        if message.count > 0, message[0] == UInt8(ascii: "-") { return refuse(message) }
        switch ChannelMessage(message) {
        case .subscribed(let topic)?:
            requests.confirmedNext()
            for id in table.confirmed(topic) { listeners[id]?.subscribed(to: topic) }
        case .published(let topic, _)?:
            for id in table.listeners(to: topic) { listeners[id]?.published(message, on: topic, by: self) }
            renderings.removeAll(keepingCapacity: true)
        case .unsubscribed?: requests.confirmedNext()
        case nil: break
        }
    }

    /// Of several topics in one request one that is refused has all of them refused, so each is asked for by itself.
    private func refuse(_ message: Span<UInt8>) {
        let topics = requests.refusedNext()
        guard topics.count == 1 else {
            for topic in topics where table.wants(topic) { tell([topic], isSubscribe: true) }
            return
        }
        var error: [UInt8] = []
        error.append(message)
        for id in table.refused(topics[0]) { listeners[id]?.refusedSubscription(to: topics[0], error) }
        if table.isEmpty { link.stop() }
    }

    private func forgetAll() {
        let lost = Array(listeners.values)
        listeners = [:]
        ids = [:]
        backlog = []
        table = ChannelTable()
        requests.connectionLost()
        for listener in lost { listener.subscriptionsLost() }
    }
}
