import Bytes
import RESP

/// How many subscriptions of each kind stand.
struct SubscriptionCounts: Equatable {
    var channels = 0
    var patterns = 0
    var shards = 0

    var isNone: Bool { channels | patterns | shards == 0 }

    subscript(kind: SubscriptionKind) -> Int {
        get {
            switch kind {
            case .channel: channels
            case .pattern: patterns
            case .shard: shards
            }
        }
        set {
            switch kind {
            case .channel: channels = newValue
            case .pattern: patterns = newValue
            case .shard: shards = newValue
            }
        }
    }
}

/// The channels and patterns that a client has subscribed to, so that they can be subscribed to anew on another master.
struct Subscriptions: Equatable {
    private(set) var names: [Set<[UInt8]>] = [[], [], []]
    private var bytes = 0
    /// Memory that the names take, about.
    var keptBytes: Int { bytes }
    /// Whether more was subscribed to than may be kept, so that it cannot be restored.
    private(set) var isIncomplete = false
    private let bytesMax: Int
    /// What a name takes beside its bytes, about.
    private static let entryBytes = 32

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var isEmpty: Bool { bytes == 0 }
    var count: Int { names.reduce(0) { $0 + $1.count } }
    /// By kind, as the server counts them.
    var counts: SubscriptionCounts {
        var counts = SubscriptionCounts()
        counts.channels = names[SubscriptionKind.channel.rawValue].count
        counts.patterns = names[SubscriptionKind.pattern.rawValue].count
        counts.shards = names[SubscriptionKind.shard.rawValue].count
        return counts
    }

    mutating func insert(_ kind: SubscriptionKind, _ name: [UInt8]) {
        guard bytes + name.count + Self.entryBytes <= bytesMax else {
            isIncomplete = true
            return
        }
        if names[kind.rawValue].insert(name).inserted { bytes += name.count + Self.entryBytes }
    }

    mutating func remove(_ kind: SubscriptionKind, _ name: [UInt8]) {
        if names[kind.rawValue].remove(name) != nil { bytes -= name.count + Self.entryBytes }
    }

    mutating func removeAll(_ kind: SubscriptionKind) {
        for name in names[kind.rawValue] { bytes -= name.count + Self.entryBytes }
        names[kind.rawValue] = []
    }

    mutating func removeAll() {
        guard !isEmpty || isIncomplete else { return }
        self = Subscriptions(bytesMax: bytesMax)
    }

    /// Notes a subscription whose name is not known.
    mutating func lostTrack() { isIncomplete = true }

    /// The requests that subscribe to all of them.
    var requests: [UInt8] {
        var output: [UInt8] = []
        for (name, word) in zip(names, ["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"]) where !name.isEmpty {
            CommandWriter.append([Array(word.utf8)] + name.sorted { $0.lexicographicallyPrecedes($1) }, to: &output)
        }
        return output
    }
}
