import Bytes

/// The channel on which sentinels tell each other who is the master. Whoever may publish there speaks as a sentinel, so no client
/// may. Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/
enum HelloChannel {
    static let name: StaticString = "__sentinel__:hello"

    /// Whether the command `name` publishes on it, its first argument being `channel`.
    static func isPublishedTo(by name: Span<UInt8>, _ channel: Span<UInt8>) -> Bool {
        guard channel.spells(Self.name) else { return false }
        return ASCII.equalsIgnoringCase(name, "PUBLISH") || ASCII.equalsIgnoringCase(name, "SPUBLISH")
    }
}
