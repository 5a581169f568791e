import Bytes

/// SUBSCRIBE, PSUBSCRIBE, UNSUBSCRIBE or PUNSUBSCRIBE.
public struct SubscriptionCommand: Equatable, Sendable {
    public let isPattern: Bool
    public let isSubscribe: Bool

    /// nil for any other name.
    public init?(_ name: Span<UInt8>) {
        switch name.count {
        case 9 where ASCII.equalsIgnoringCase(name, "SUBSCRIBE"): (isPattern, isSubscribe) = (false, true)
        case 10 where ASCII.equalsIgnoringCase(name, "PSUBSCRIBE"): (isPattern, isSubscribe) = (true, true)
        case 11 where ASCII.equalsIgnoringCase(name, "UNSUBSCRIBE"): (isPattern, isSubscribe) = (false, false)
        case 12 where ASCII.equalsIgnoringCase(name, "PUNSUBSCRIBE"): (isPattern, isSubscribe) = (true, false)
        default: return nil
        }
    }
}
