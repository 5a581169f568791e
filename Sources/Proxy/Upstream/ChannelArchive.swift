import Access
import EventLoop
import Forwarding
import Gateway
import RESP
import Settings

/// A client of any loop that listens to channels by a ``ChannelArchive``.
struct ArchiveListener: Sendable {
    /// Which connection it is: its loop, and its place there.
    struct Key: Hashable, Sendable {
        let loop: Int
        let owner: RequestLedger.Owner
    }

    let key: Key
    let mailbox: Mailbox<Worker>
    let topics: [ChannelTopic]
    /// What the client has heard last, as it says.
    let lastEventID: [UInt8]?
    /// How events look to it.
    let events: Handoff<EventStream>
}

/// Channels with a history (`http.channel_history`): one of them for each master and user, on the first loop, so that wherever a client
/// comes back, what it has missed is there, under the numbers by which it was told of it before.
///
/// A channel is listened to from its first client on until a while after the last has left.
///
///     (unknown) ──first client──▶ asked for ──the server's word──▶ listened to ──last has left, time is over──▶ (unknown)
final class ChannelArchive: ChannelListener {
    private struct Topic {
        var isConfirmed = false
        var clients: [ArchiveListener.Key] = []
        /// Since when nobody listens.
        var idleSince: Int?
    }

    private final class Client {
        let listener: ArchiveListener
        let events: EventStream
        var missing: Set<ChannelTopic>
        var hasBegun = false

        init(_ listener: ArchiveListener, _ events: EventStream) {
            self.listener = listener
            self.events = events
            missing = Set(listener.topics)
        }
    }

    private unowned let worker: Worker
    private let hub: ChannelHub
    private var history: ChannelHistory
    private let idleMilliseconds: Int
    private let idleBytesMax: Int
    /// What the names of channels take that nobody listens to.
    private var idleBytes = 0
    /// What tells the numbers of this archive from those of one before it.
    private let name: [UInt8]
    private var topics: [ChannelTopic: Topic] = [:]
    private var clients: [ArchiveListener.Key: Client] = [:]
    private var timer: LoopTimer?

    init(_ pool: UpstreamPool, _ worker: Worker, identity: Int, _ settings: Settings.Gateway, name: String) {
        self.worker = worker
        self.name = Array(name.utf8)
        hub = ChannelHub(pool, worker, identity: identity)
        history = ChannelHistory(countMax: settings.channelHistoryCount, bytesMax: settings.channelHistoryBytes)
        idleMilliseconds = settings.channelHistoryMilliseconds
        idleBytesMax = settings.channelHistoryBytes
        timer = LoopTimer(worker.loop, milliseconds: 1000, repeating: true) { [unowned self] in sweep() }
    }

    /// A client wants to listen.
    func add(_ listener: ArchiveListener) {
        guard clients[listener.key] == nil, let events = listener.events.take() else { return }
        let client = Client(listener, events)
        clients[listener.key] = client
        var asked: [ChannelTopic] = []
        for topic in Set(listener.topics) {
            if let known = topics[topic] {
                if known.idleSince != nil { idleBytes -= TopicMemory.bytes(of: topic) }
                topics[topic]?.idleSince = nil
                if known.isConfirmed { client.missing.remove(topic) }
            } else {
                topics[topic] = Topic()
                asked.append(topic)
            }
            topics[topic]?.clients.append(listener.key)
        }
        if !asked.isEmpty { hub.add(self, asked) }
        // It may have been told, or refused, meanwhile.
        if client.missing.isEmpty, !client.hasBegun, clients[listener.key] === client { begin(client) }
    }

    /// A client has left.
    func remove(_ key: ArchiveListener.Key) {
        guard let client = clients.removeValue(forKey: key) else { return }
        for topic in Set(client.listener.topics) {
            topics[topic]?.clients.removeAll { $0 == key }
            guard topics[topic]?.clients.isEmpty == true else { continue }
            topics[topic]?.idleSince = worker.loop.nowMilliseconds
            idleBytes += TopicMemory.bytes(of: topic)
            // Names are bounded as messages are.
            if idleBytes > idleBytesMax { end(topic) }
        }
    }

    private func sweep() {
        let now = worker.loop.nowMilliseconds
        for (topic, state) in topics { if let idleSince = state.idleSince, now - idleSince >= idleMilliseconds { end(topic) } }
    }

    private func end(_ topic: ChannelTopic) {
        guard let state = topics.removeValue(forKey: topic) else { return }
        if state.idleSince != nil { idleBytes -= TopicMemory.bytes(of: topic) }
        history.forget(topic)
        hub.remove(self, [topic])
    }

    // MARK: Numbers

    private func eventID(_ number: UInt64) -> [UInt8] { name + Array("-\(number)".utf8) }

    /// The number of the message that a client has heard last; nil where it has heard none of this archive.
    private func number(_ eventID: [UInt8]?) -> UInt64? {
        guard let eventID, eventID.starts(with: name), eventID.count > name.count + 1, eventID[name.count] == UInt8(ascii: "-") else { return nil }
        return UInt64(String(decoding: eventID[(name.count + 1)...], as: UTF8.self))
    }

    // MARK: What the server says

    func subscribed(to topic: ChannelTopic) {
        topics[topic]?.isConfirmed = true
        for key in topics[topic]?.clients ?? [] {
            guard let client = clients[key], client.missing.remove(topic) != nil, client.missing.isEmpty, !client.hasBegun else { continue }
            begin(client)
        }
    }

    /// Tells the client where it stands, what it has missed, and that it listens.
    private func begin(_ client: Client) {
        client.hasBegun = true
        let rules = worker.gatewayRules
        var output: [UInt8] = []
        let known = number(client.listener.lastEventID)
        let first = known ?? history.lastNumber
        client.events.append(events: Array("id: ".utf8) + eventID(first) + Array("\n\n".utf8), to: &output)
        for (index, topic) in client.listener.topics.enumerated() {
            client.events.append(SubscriptionReply.bytes(topic, isSubscribe: true, count: index + 1).span, rules, to: &output)
        }
        var last = first
        if let known {
            for message in history.messages(on: client.listener.topics, after: known) {
                client.events.append(message.bytes.span, id: eventID(message.number), rules, to: &output)
                last = message.number
            }
        }
        let (bytes, id) = (output, eventID(last))
        tell(client) { $0.archiveBegan(bytes, id) }
    }

    func published(_ message: Span<UInt8>, on topic: ChannelTopic, by hub: ChannelHub) {
        var copy: [UInt8] = []
        copy.append(message)
        let id = eventID(history.note(copy, on: topic))
        var renderings: [(events: EventStream, bytes: [UInt8])] = []
        for key in topics[topic]?.clients ?? [] {
            guard let client = clients[key], client.hasBegun else { continue }
            let bytes: [UInt8]
            if let known = renderings.first(where: { $0.events == client.events }) {
                bytes = known.bytes
            } else {
                var made: [UInt8] = []
                client.events.append(message, id: id, worker.gatewayRules, to: &made)
                bytes = made
                renderings.append((client.events, bytes))
            }
            tell(client) { $0.archiveSent(bytes, id) }
        }
    }

    func refusedSubscription(to topic: ChannelTopic, _ error: [UInt8]) {
        let keys = topics.removeValue(forKey: topic)?.clients ?? []
        for key in keys {
            guard let client = clients[key] else { continue }
            remove(key)
            tell(client) { $0.refusedSubscription(to: topic, error) }
        }
    }

    func subscriptionsLost() {
        let lost = Array(clients.values)
        clients = [:]
        topics = [:]
        idleBytes = 0
        for client in lost { tell(client) { $0.subscriptionsLost() } }
    }

    private func tell(_ client: Client, _ what: @escaping @Sendable (HTTPConnection) -> Void) {
        let owner = client.listener.key.owner
        client.listener.mailbox.post { worker in if let connection = worker.clients[owner] as? HTTPConnection { what(connection) } }
    }
}
