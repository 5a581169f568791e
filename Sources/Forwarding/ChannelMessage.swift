import Bytes
import RESP

/// A message that the server pushes to its subscribers, read from its bytes.
public enum ChannelMessage: Equatable, Sendable {
    /// The server sends the topic from now on.
    case subscribed(ChannelTopic)
    /// The server sends the topic no more.
    case unsubscribed(ChannelTopic)
    /// Something was published; the payload's place in the bytes.
    case published(ChannelTopic, payload: Range<Int>)

    /// nil for anything else.
    public init?(_ reply: Span<UInt8>) {
        var reader = ReplyReader()
        let count: Int
        switch reader.next(in: reply) {
        case .array(let number)?, .push(let number)?: count = number
        default: return nil
        }
        guard count >= 3, case .bulkString(let word)? = reader.next(in: reply), case .bulkString(let range)? = reader.next(in: reply) else { return nil }
        var name: [UInt8] = []
        name.append(reply, in: range)
        let kind = reply.extracting(word)
        if kind.spells("message"), case .bulkString(let payload)? = reader.next(in: reply) {
            self = .published(ChannelTopic(isPattern: false, name: name), payload: payload)
        } else if kind.spells("pmessage"), count == 4, case .bulkString? = reader.next(in: reply), case .bulkString(let payload)? = reader.next(in: reply) {
            self = .published(ChannelTopic(isPattern: true, name: name), payload: payload)
        } else if kind.spells("subscribe") || kind.spells("psubscribe") {
            self = .subscribed(ChannelTopic(isPattern: kind.count == 10, name: name))
        } else if kind.spells("unsubscribe") || kind.spells("punsubscribe") {
            self = .unsubscribed(ChannelTopic(isPattern: kind.count == 12, name: name))
        } else {
            return nil
        }
    }
}

/// What the server says when a client has subscribed or unsubscribed (https://redis.io/docs/latest/develop/interact/pubsub/).
public enum SubscriptionReply {
    /// - Parameters:
    ///   - topic: nil where nothing was subscribed to.
    ///   - count: topics that are left; nil where the client is not told.
    public static func bytes(_ topic: ChannelTopic?, isPattern: Bool = false, isSubscribe: Bool, count: Int?) -> [UInt8] {
        let prefix = topic?.isPattern ?? isPattern ? "p" : ""
        let word = prefix + (isSubscribe ? "subscribe" : "unsubscribe")
        var output = Array("*\(count == nil ? 2 : 3)\r\n$\(word.utf8.count)\r\n\(word)\r\n".utf8)
        if let topic {
            output.append(utf8: "$\(topic.name.count)\r\n")
            output += topic.name
            output.append(utf8: "\r\n")
        } else {
            output.append(utf8: "$-1\r\n")
        }
        if let count { output.append(utf8: ":\(count)\r\n") }
        return output
    }
}
