import Bytes
import Forwarding
import Gateway
import WebSocket

/// What a connection is that has gone over to a WebSocket: its frames, and what it listens to.
final class WebSocketSession {
    let dialect: WebSocketStart.Dialect
    let gate: CommandGate
    let commands: WebSocketCommands
    var frames: WebSocketFrameReader
    /// Where it listens, from the first subscription on.
    var hub: ChannelHub?
    /// What it listens to, each as the command that asked for it is shown.
    var topics: [ChannelTopic: ReplyPresentation] = [:]
    /// A subscription that the server has not agreed to yet: nothing else is done before it.
    var pending: Pending?
    /// When something was last sent or received.
    var lastActivity = 0

    struct Pending {
        let shown: ReplyPresentation
        let topics: [ChannelTopic]
        var missing: Set<ChannelTopic>
    }

    init(_ start: WebSocketStart, _ rules: GatewayRules) {
        dialect = start.dialect
        gate = start.gate
        commands = WebSocketCommands(isRaw: start.dialect == .raw, database: rules.database, commandsMax: rules.batchCommandsMax)
        frames = WebSocketFrameReader(messageBytesMax: rules.webSocketMessageBytesMax, checksText: start.dialect != .raw)
    }

    var isRaw: Bool { dialect == .raw }
}
