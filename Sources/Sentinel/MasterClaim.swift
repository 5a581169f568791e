import Bytes

/// What one sentinel says of a master: where it is, and since which configuration epoch.
///
/// The epoch is given out by a majority vote of the sentinels for each failover, so that of two claims the one with the
/// higher epoch is the newer. Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ and FAILOVER.md.
package struct MasterClaim: Sendable, Hashable, CustomStringConvertible {
    package let endpoint: Endpoint
    package let epoch: UInt64

    package init(_ endpoint: Endpoint, epoch: UInt64) {
        self.endpoint = endpoint
        self.epoch = epoch
    }

    package var description: String { "\(endpoint) (epoch \(epoch))" }
}

/// Names one sentinel among those known: its run id once it has told it, else its address.
package struct SentinelID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let text: String
    package init(_ text: String) { self.text = text }
    package static func < (left: SentinelID, right: SentinelID) -> Bool { left.text < right.text }
    package var description: String { text }
}
