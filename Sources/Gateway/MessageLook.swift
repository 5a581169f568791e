import Bytes
import Rendering

/// How what is published looks to a client.
package enum MessageLook: Equatable, Sendable {
    case stream(EventStream)

    /// Appends `message`, ready to be sent.
    package func append(_ message: Span<UInt8>, _ rules: GatewayRules, to output: inout [UInt8]) {
        switch self {
        case .stream(let events): events.append(message, rules, to: &output)
        }
    }
}
