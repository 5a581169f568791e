import RESP

/// A channel or a pattern that can be subscribed to.
public struct ChannelTopic: Hashable, Sendable {
    public let isPattern: Bool
    public let name: [UInt8]

    public init(isPattern: Bool, name: [UInt8]) {
        self.isPattern = isPattern
        self.name = name
    }
}

/// Who listens to what, where many listen over one connection to the server: each topic is subscribed to once, for the
/// first who wants it, and given up with the last.
///
///     (nobody) ──first listener──▶ asked for ──the server's word──▶ confirmed ──connection lost──▶ asked for
///         ▲                            └──────────last has left────────┘
public struct ChannelTable<Listener: Hashable> {
    private struct Entry {
        var listeners: ListenerList<Listener>
        var isConfirmed = false
    }

    private var entries: [ChannelTopic: Entry] = [:]

    public init() {}

    public var isEmpty: Bool { entries.isEmpty }
    /// Number of topics.
    public var count: Int { entries.count }

    /// What has to be done about a topic that somebody wants to listen to.
    public enum Addition: Equatable, Sendable {
        /// The server has to be asked.
        case ask
        /// The server has been asked.
        case wait
        /// The server sends it already.
        case confirmed
    }

    /// `listener` wants `topic`. Whoever listens already is not counted twice.
    public mutating func add(_ listener: Listener, _ topic: ChannelTopic) -> Addition {
        guard let place = entries.index(forKey: topic) else {
            entries[topic] = Entry(listeners: ListenerList(listener))
            return .ask
        }
        entries.values[place].listeners.insert(listener)
        return entries.values[place].isConfirmed ? .confirmed : .wait
    }

    /// `listener` wants `topic` no more; true where nobody does any more, so that the server is to be told.
    public mutating func remove(_ listener: Listener, _ topic: ChannelTopic) -> Bool {
        guard let place = entries.index(forKey: topic), entries.values[place].listeners.remove(listener) else { return false }
        guard entries.values[place].listeners.isEmpty else { return false }
        entries.remove(at: place)
        return true
    }

    /// The server refuses `topic`: nobody wants it any more. Those who did.
    public mutating func refused(_ topic: ChannelTopic) -> [Listener] { entries.removeValue(forKey: topic)?.listeners.all ?? [] }

    /// The server has agreed to `topic`; those who have waited for that.
    public mutating func confirmed(_ topic: ChannelTopic) -> [Listener] {
        guard let place = entries.index(forKey: topic), !entries.values[place].isConfirmed else { return [] }
        entries.values[place].isConfirmed = true
        return entries.values[place].listeners.all
    }

    /// The connection is gone: every topic has to be asked for anew.
    public mutating func connectionLost() {
        for topic in entries.keys { entries[topic]?.isConfirmed = false }
    }

    /// Whether anybody wants `topic`.
    public func wants(_ topic: ChannelTopic) -> Bool { entries[topic] != nil }

    /// Whether the server sends `topic`.
    public func isConfirmed(_ topic: ChannelTopic) -> Bool { entries[topic]?.isConfirmed ?? false }

    /// Those who listen to `topic`, in the order in which they came.
    public func listeners(to topic: ChannelTopic) -> [Listener] { entries[topic]?.listeners.all ?? [] }

    /// Everybody who listens to anything.
    public var everybody: Set<Listener> { Set(entries.values.flatMap(\.listeners.all)) }

    /// Every topic, those of one kind together.
    public var topics: (channels: [ChannelTopic], patterns: [ChannelTopic]) {
        (entries.keys.filter { !$0.isPattern }, entries.keys.filter(\.isPattern))
    }
}
