import Bytes

/// SUBSCRIBE, PSUBSCRIBE, UNSUBSCRIBE or PUNSUBSCRIBE.
package struct SubscriptionCommand: Equatable, Sendable {
    package let isPattern: Bool
    package let isSubscribe: Bool

    /// nil for any other name.
    package init?(_ name: Span<UInt8>) {
        switch name.count {
        case 9 where ASCII.equalsIgnoringCase(name, "SUBSCRIBE"): (isPattern, isSubscribe) = (false, true)
        case 10 where ASCII.equalsIgnoringCase(name, "PSUBSCRIBE"): (isPattern, isSubscribe) = (true, true)
        case 11 where ASCII.equalsIgnoringCase(name, "UNSUBSCRIBE"): (isPattern, isSubscribe) = (false, false)
        case 12 where ASCII.equalsIgnoringCase(name, "PUNSUBSCRIBE"): (isPattern, isSubscribe) = (true, false)
        default: return nil
        }
    }
}
