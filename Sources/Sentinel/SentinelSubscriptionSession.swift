import RESP

/// The connection on which one sentinel tells its events. Pure.
package struct SentinelSubscriptionSession: ~Copyable {
    package enum Notice: Sendable, Equatable {
        /// Every channel is subscribed: nothing that happens from now on is missed.
        case subscribed
        case event(SentinelEvent)
        /// The sentinel refused us: wrong password, missing right.
        case refused(String)
    }

    private var replies = ReplyStream(bytesMax: 1 << 20)
    private var confirmationsLeft = SentinelEvent.channels.count

    package init() {}

    /// The first bytes on a new connection.
    package func opened(user: [UInt8]?, password: [UInt8]?) -> [UInt8] {
        var output = SentinelCredentials.encode(user: user, password: password)
        CommandWriter.append((["SUBSCRIBE"] + SentinelEvent.channels).map { Array($0.utf8) }, to: &output)
        return output
    }

    /// The bytes that make a living sentinel answer.
    package func ping() -> [UInt8] { CommandWriter.encode("PING") }

    /// Takes received bytes in.
    ///
    /// - Throws: ``ReplyError`` when the bytes are no RESP; the connection is to be closed.
    package mutating func received(_ bytes: UnsafeRawBufferPointer) throws(ReplyError) -> [Notice] {
        replies.append(bytes)
        var notices: [Notice] = []
        while let reply = try replies.next() {
            if case .error(let text) = reply { notices.append(.refused(ErrorText.withoutArguments(text))) }
            guard let parts = reply.elements, let kind = parts.first?.text else { continue }
            switch kind {
            case "message" where parts.count == 3:
                notices.append(.event(SentinelEvent(channel: parts[1].text ?? "", payload: parts[2].text ?? "")))
            case "subscribe":
                confirmationsLeft -= 1
                if confirmationsLeft == 0 { notices.append(.subscribed) }
            default: break
            }
        }
        return notices
    }
}
