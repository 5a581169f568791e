import Bytes
import Rendering

/// How what is published looks to a client.
public enum MessageLook: Equatable {
    case stream(EventStream)
    /// In a frame of its own.
    case webSocket(ReplyPresentation)

    /// Appends `message`, ready to be sent.
    public func append(_ message: Span<UInt8>, _ rules: GatewayRules, to output: inout [UInt8]) {
        switch self {
        case .stream(let events): events.append(message, rules, to: &output)
        case .webSocket(let shown): WebSocketAnswer.append(shown, reply: message, rules, to: &output)
        }
    }
}
