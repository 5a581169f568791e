import EventLoop
import Forwarding
import Gateway

/// What an HTTP client listens to, and how far it has come.
///
///     asked for ──all topics are being sent──▶ begun: head, a word of each topic ──messages──▶ … ──client leaves, no master──▶ over
///     the server monitored: begun at once; streams followed: as soon as their ends are known that the client names
final class HTTPStream {
    /// Where the events come from.
    enum Source {
        /// In the order asked for, repetitions included.
        case channels(ChannelHub, [ChannelTopic])
        /// The same, with a history, on the first loop.
        case archive(ArchiveListener.Key)
        /// MONITOR, or XREAD asked again and again.
        case link(StandingLink)
    }

    /// What has asked for it.
    let command: GatewayCommand
    let events: EventStream
    let source: Source
    /// Topics that are not being sent yet.
    var missing: Set<ChannelTopic> = []
    var hasBegun = false
    /// What the client is to come back with.
    var eventID: [UInt8]?
    /// Asks for what comes next, once the client has read what has come; nil where nothing is to be asked.
    var goesOn: (() -> Void)?
    /// When something was last sent.
    var lastSentAt = 0

    /// Of how many topics, repetitions included, the client has been told that it listens to them, and of which.
    var toldCount = 0
    var told: Set<ChannelTopic> = []
    var nextSlice: LoopTimer?

    init(_ command: GatewayCommand, _ events: EventStream, _ source: Source) {
        self.command = command
        self.events = events
        self.source = source
    }
}
