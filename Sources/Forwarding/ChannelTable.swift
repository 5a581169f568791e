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
        var listeners: [Listener] = []
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
        guard let entry = entries[topic] else {
            entries[topic] = Entry(listeners: [listener])
            return .ask
        }
        if !entry.listeners.contains(listener) { entries[topic]?.listeners.append(listener) }
        return entry.isConfirmed ? .confirmed : .wait
    }

    /// `listener` wants `topic` no more; true where nobody does any more, so that the server is to be told.
    public mutating func remove(_ listener: Listener, _ topic: ChannelTopic) -> Bool {
        guard var entry = entries[topic], let index = entry.listeners.firstIndex(of: listener) else { return false }
        entry.listeners.remove(at: index)
        entries[topic] = entry.listeners.isEmpty ? nil : entry
        return entry.listeners.isEmpty
    }

    /// The server has agreed to `topic`; those who have waited for that.
    public mutating func confirmed(_ topic: ChannelTopic) -> [Listener] {
        guard let entry = entries[topic], !entry.isConfirmed else { return [] }
        entries[topic]?.isConfirmed = true
        return entry.listeners
    }

    /// The connection is gone: every topic has to be asked for anew.
    public mutating func connectionLost() {
        for topic in entries.keys { entries[topic]?.isConfirmed = false }
    }

    /// Whether the server sends `topic`.
    public func isConfirmed(_ topic: ChannelTopic) -> Bool { entries[topic]?.isConfirmed ?? false }

    /// Those who listen to `topic`, in the order in which they came.
    public func listeners(to topic: ChannelTopic) -> [Listener] { entries[topic]?.listeners ?? [] }

    /// Everybody who listens to anything.
    public var everybody: Set<Listener> { Set(entries.values.flatMap(\.listeners)) }

    /// The requests that ask the server for everything.
    public var requests: [UInt8] {
        var output: [UInt8] = []
        for isPattern in [false, true] {
            let names = entries.keys.filter { $0.isPattern == isPattern }.map(\.name).sorted { $0.lexicographicallyPrecedes($1) }
            if !names.isEmpty { CommandWriter.append([Array((isPattern ? "PSUBSCRIBE" : "SUBSCRIBE").utf8)] + names, to: &output) }
        }
        return output
    }
}
