/// What was last published on some channels, each message with a number of its own, for clients who come back and say what they have
/// heard last.
///
/// Of each channel so many messages are kept, and of all so many bytes: what came first goes first.
public struct ChannelHistory {
    private struct Message {
        let number: UInt64
        let bytes: [UInt8]
    }

    /// What a message takes beside its bytes, about.
    private static let entryBytes = 64

    private let countMax: Int
    private let bytesMax: Int
    private var messages: [ChannelTopic: [Message]] = [:]
    /// Of which channel each message is, oldest first; those that are gone already are passed over.
    private var order = AwaitedQueue<(topic: ChannelTopic, number: UInt64)>()
    /// Messages that are kept.
    private var keptCount = 0
    /// What they take.
    public private(set) var bytes = 0
    /// The number of the last message.
    public private(set) var lastNumber: UInt64 = 0

    /// - Parameters:
    ///   - countMax: messages of each channel.
    ///   - bytesMax: of all messages.
    public init(countMax: Int, bytesMax: Int) {
        self.countMax = countMax
        self.bytesMax = bytesMax
    }

    /// Keeps a message, and gives it its number.
    public mutating func note(_ message: [UInt8], on topic: ChannelTopic) -> UInt64 {
        lastNumber += 1
        guard message.count + Self.entryBytes <= bytesMax, countMax > 0 else {
            // Of this channel nothing older is of use without it.
            forget(topic)
            return lastNumber
        }
        messages[topic, default: []].append(Message(number: lastNumber, bytes: message))
        order.append((topic, lastNumber))
        keptCount += 1
        bytes += message.count + Self.entryBytes
        if let count = messages[topic]?.count, count > countMax { dropFirst(of: topic) }
        while bytes > bytesMax, let oldest = order.first {
            order.removeFirst()
            if messages[oldest.topic]?.first?.number == oldest.number { dropFirst(of: oldest.topic) }
        }
        // What is gone must not add up in the queue.
        if order.count > 2 * keptCount + 1024 { rebuildOrder() }
        return lastNumber
    }

    /// The messages on `topics` behind the one with `number`, in the order in which they came.
    public func messages(on topics: [ChannelTopic], after number: UInt64) -> [(number: UInt64, topic: ChannelTopic, bytes: [UInt8])] {
        var found: [(number: UInt64, topic: ChannelTopic, bytes: [UInt8])] = []
        for topic in Set(topics) {
            for message in messages[topic] ?? [] where message.number > number { found.append((message.number, topic, message.bytes)) }
        }
        return found.sorted { $0.number < $1.number }
    }

    /// Keeps nothing more of a channel.
    public mutating func forget(_ topic: ChannelTopic) {
        guard let gone = messages.removeValue(forKey: topic) else { return }
        keptCount -= gone.count
        bytes -= gone.reduce(0) { $0 + $1.bytes.count + Self.entryBytes }
    }

    private mutating func dropFirst(of topic: ChannelTopic) {
        guard let gone = messages[topic]?.removeFirst() else { return }
        keptCount -= 1
        bytes -= gone.bytes.count + Self.entryBytes
        if messages[topic]?.isEmpty == true { messages[topic] = nil }
    }

    private mutating func rebuildOrder() {
        var all = messages.flatMap { topic, kept in kept.map { (topic: topic, number: $0.number) } }
        all.sort { $0.number < $1.number }
        order = AwaitedQueue()
        for entry in all { order.append(entry) }
    }
}
