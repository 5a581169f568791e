import RESP

/// What the names of channels and patterns take that a client listens to, about: bounded by `failover.client_memory` on every front.
public enum TopicMemory {
    /// What a name takes beside its bytes.
    static let entryBytes = 32

    /// What one name takes.
    public static func bytes(of topic: ChannelTopic) -> Int { topic.name.count + entryBytes }

    /// What the names in `request` take, a SUBSCRIBE or PSUBSCRIBE that is a whole array of bulk strings.
    public static func bytes(ofRequest request: Span<UInt8>) -> Int {
        var reader = ReplyReader()
        guard case .array(let count)? = reader.next(in: request), count > 0, case .bulkString? = reader.next(in: request) else { return 0 }
        var bytes = 0
        for _ in 1..<max(1, count) {
            guard case .bulkString(let range)? = reader.next(in: request) else { return bytes }
            bytes += range.count + entryBytes
        }
        return bytes
    }
}
