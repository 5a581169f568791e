import Access
import Bytes
import EventLoop
import Forwarding
import Gateway
import WebSocket

/// What a connection is that has gone over to a WebSocket: its frames, and what it listens to.
final class WebSocketSession {
    let dialect: WebSocketStart.Dialect
    let client: GatewayClient
    let commands: WebSocketCommands
    var frames: WebSocketFrameReader { didSet { heldMessage.change(to: frames.messageBytes) } }
    /// A message counts as what a request holds that has not come whole.
    private var heldMessage = HeldBytes(isUnfinished: true)
    /// Where it listens, from the first subscription on, and in whose name.
    var hub: ChannelHub?
    var hubUser: RedisUser?
    /// What it listens to, each as the command that asked for it is shown.
    var topics: [ChannelTopic: ReplyPresentation] = [:]
    /// What the names of ``topics`` take.
    var topicBytes = 0
    /// A change of what it listens to that is under way: nothing else is done before its end.
    var pending: Pending?
    /// When something was last sent or received.
    var lastActivity = 0

    struct Pending {
        let isSubscribe: Bool
        let shown: ReplyPresentation
        let topics: [ChannelTopic]
        /// Topics that the server has not agreed to yet.
        var missing: Set<ChannelTopic>
        /// Topics that the client has been told of.
        var toldCount = 0
        var nextSlice: LoopTimer?
    }

    init(_ start: WebSocketStart, _ client: GatewayClient, _ rules: GatewayRules) {
        dialect = start.dialect
        self.client = client
        commands = WebSocketCommands(isRaw: start.dialect == .raw, database: rules.database, commandsMax: rules.batchCommandsMax)
        frames = WebSocketFrameReader(messageBytesMax: rules.webSocketMessageBytesMax, checksText: start.dialect != .raw)
    }

    var isRaw: Bool { dialect == .raw }
}
