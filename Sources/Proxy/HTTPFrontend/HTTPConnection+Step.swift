import Gateway
import HTTP1
import Rendering

extension HTTPConnection {
    /// What is to be done next about a request.
    enum Step {
        case respond(GatewayAnswer, ResponseFraming)
        /// Tell the client, which waits for it, to go on with its body (`100 Continue`, RFC 9110, section 10.1.1).
        case proceed
        case run(GatewayCommand)
        /// A reply that has come before its turn.
        case reply(ReplyPresentation, [UInt8])
        /// Go over to a WebSocket.
        case upgrade(WebSocketStart)
        /// Run several commands, one after another.
        case batch(GatewayBatch)
        /// Run several commands as one transaction.
        case transaction(GatewayBatch)
        /// A command that is not run, perhaps one of a batch.
        case refusedPart(GatewayAnswer, ReplyPresentation)
        /// Of a WebSocket: begin or end to listen.
        case subscription(SubscriptionCommand, GatewayCommand)
        /// Of a WebSocket in webdis mode: a command where only subscriptions are taken.
        case refuseAfterSubscription
    }
}
