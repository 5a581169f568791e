import Bytes
import RESP

/// What a client had left behind on its own link, and what must stand on the next one before its next command runs there.
///
/// The database, the protocol version, the user and the name are not here: every link carries those (``SessionState``).
@usableFromInline struct LinkRestoration: Equatable {
    var subscriptions: Subscriptions
    /// The CLIENT TRACKING that was in force.
    var tracking: [UInt8]?
    var isNotEvicted = false
    var isNotTouching = false
    /// Whether the client is shown all that the server is asked, so that nothing else is to be restored.
    var isMonitoring = false

    var isNeeded: Bool { !subscriptions.isEmpty || tracking != nil || isNotEvicted || isNotTouching || isMonitoring }

    /// All that must be said, subscriptions last: from the first of them on, messages come between the replies.
    var requests: [UInt8] {
        var output: [UInt8] = []
        if isNotEvicted { CommandWriter.append("CLIENT", "NO-EVICT", "ON", to: &output) }
        if isNotTouching { CommandWriter.append("CLIENT", "NO-TOUCH", "ON", to: &output) }
        if let tracking { output += tracking }
        if isMonitoring { CommandWriter.append("MONITOR", to: &output) }
        return output + subscriptions.requests
    }

    /// How many of the replies are no confirmations of subscriptions.
    var plainReplyCount: Int { (isNotEvicted ? 1 : 0) + (isNotTouching ? 1 : 0) + (tracking == nil ? 0 : 1) + (isMonitoring ? 1 : 0) }
}

/// The replies to a ``LinkRestoration``, which nobody hears, parted from the messages between them, which the client is to get.
public struct RestorationReplies: ~Copyable {
    public enum Outcome: Equatable {
        /// More replies are awaited.
        case restoring
        /// All stands again: these bytes came behind the last reply.
        case restored(rest: [UInt8])
        /// The new master would not have it so, or sends what cannot be read.
        case refused
    }

    private var input = ByteBuffer()
    private var plainLeft: Int
    private var confirmationsLeft: Int
    private let nestingDepthMax: Int

    init(_ restoration: LinkRestoration, nestingDepthMax: Int) {
        plainLeft = restoration.plainReplyCount
        confirmationsLeft = restoration.subscriptions.count
        self.nestingDepthMax = nestingDepthMax
    }

    /// Bytes of a reply that has not come whole.
    public var partialBytes: Int { input.count }

    /// Takes in what the link brings; appends the messages among it to `messages`.
    public mutating func received(_ bytes: UnsafeRawBufferPointer, messages: inout [UInt8]) -> Outcome {
        input.append(bytes)
        while plainLeft > 0 || confirmationsLeft > 0 {
            var framer = ReplyFramer(nestingDepthMax: nestingDepthMax)
            var end = 0
            var isMessage = false
            var isRefused = false
            let outcome = input.withSpan { span in
                let outcome = framer.advance(span, from: 0)
                guard case .reply(let marker, let replyEnd) = outcome else { return outcome }
                end = replyEnd
                isRefused = marker == UInt8(ascii: "-")
                var edges = ReplyEdges()
                edges.append(span.extracting(0..<replyEnd))
                switch edges.firstElement.map({ String(decoding: $0, as: UTF8.self) }) {
                case "subscribe", "psubscribe", "ssubscribe": confirmationsLeft -= 1
                case .some: isMessage = true
                case nil: plainLeft -= 1
                }
                if isMessage { messages.append(span, in: 0..<replyEnd) }
                return outcome
            }
            switch outcome {
            case .incomplete: return .restoring
            case .malformed: return .refused
            case .reply:
                if isRefused { return .refused }
                input.consume(end)
            }
        }
        var rest: [UInt8] = []
        input.withSpan { rest.append($0) }
        input.removeAll()
        return .restored(rest: rest)
    }
}
