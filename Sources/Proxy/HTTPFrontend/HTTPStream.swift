import Forwarding
import Gateway

/// What an HTTP client listens to, and how far it has come.
///
///     asked for ──all topics are being sent──▶ begun: head, a word of each topic ──messages──▶ … ──client leaves, no master──▶ over
final class HTTPStream {
    let events: EventStream
    /// Nil where streams are followed instead of channels.
    let hub: ChannelHub?
    /// Set where the client is told of what the server is asked.
    var monitor: MonitorLink?
    /// What is followed; nil for channels.
    var follower: StreamFollower?
    /// In the order asked for, repetitions included.
    let topics: [ChannelTopic]
    /// Those that are not being sent yet.
    var missing: Set<ChannelTopic> = []
    var hasBegun = false
    /// When something was last sent.
    var lastSentAt = 0

    init(_ events: EventStream, _ hub: ChannelHub?, _ topics: [ChannelTopic]) {
        self.events = events
        self.hub = hub
        self.topics = topics
    }
}
