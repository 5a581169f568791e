import Access
import Bytes
import HTTP1

/// A request with a body so large that planning it takes longer than one client may hold up the others: it is planned on another
/// thread. One thread at a time has it.
public final class LargeRequest {
    /// Bytes of a body, of a command or of a WebSocket's message from which on it is large: to plan so much, or to copy it, takes
    /// less than 5 ms.
    public static let bytesMin = 512 << 10

    private let head: RequestHead
    private let headBytes: [UInt8]
    private let body: GrowingBytes
    private let peer: IPAddress?
    private var held = HeldBytes()

    init(_ head: RequestHead, _ headBytes: [UInt8], _ body: consuming GrowingBytes, peer: IPAddress?) {
        self.head = head
        self.headBytes = headBytes
        self.peer = peer
        held.change(to: body.count)
        self.body = body
    }

    /// Bytes of the body.
    public var bodyBytes: Int { body.count }

    /// How the response is framed.
    public func framing(_ rules: GatewayRules) -> ResponseFraming {
        let headBytes = headBytes
        return ResponseFraming.ofRefusal(head, in: headBytes.span, rules)
    }

    /// The plan for it; a command is read into `command`.
    public func plan(_ rules: GatewayRules, into command: inout GatewayCommand) -> GatewayPlan {
        let headBytes = headBytes
        let plan = body.withSpan { GatewayRouter(rules, peer: peer).plan(head, in: headBytes.span, body: $0, into: &command) }
        command.holdIfLarge()
        return plan
    }
}
