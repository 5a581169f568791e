import RESP

/// What the server has been asked about topics over one connection, in this order, and not answered yet: it confirms each topic of a
/// request by itself, or refuses the request whole.
public struct ChannelRequests {
    private struct Request {
        var topics: ArraySlice<ChannelTopic>
        let isSubscribe: Bool
    }

    private var asked = AwaitedQueue<Request>()

    public init() {}

    /// Writes the request about `topics`, which are of one kind and not none.
    public mutating func ask(_ topics: [ChannelTopic], isSubscribe: Bool) -> [UInt8] {
        guard let first = topics.first else { return [] }
        asked.append(Request(topics: topics[...], isSubscribe: isSubscribe))
        let word = (first.isPattern ? "P" : "") + (isSubscribe ? "SUBSCRIBE" : "UNSUBSCRIBE")
        var output: [UInt8] = []
        CommandWriter.append([Array(word.utf8)] + topics.map(\.name), to: &output)
        return output
    }

    /// The server has confirmed the next topic.
    public mutating func confirmedNext() {
        guard var first = asked.first else { return }
        first.topics = first.topics.dropFirst()
        if first.topics.isEmpty { asked.removeFirst() } else { asked.first = first }
    }

    /// The server has refused the oldest request: the topics that it was to send and does not.
    public mutating func refusedNext() -> [ChannelTopic] {
        defer { asked.removeFirst() }
        guard let first = asked.first, first.isSubscribe else { return [] }
        return Array(first.topics)
    }

    /// The connection is gone.
    public mutating func connectionLost() { asked.removeAll() }
}
