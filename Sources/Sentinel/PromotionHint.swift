/// What an event tells of a promotion that is about to be, so that commands can wait for it.
///
/// The leader of a failover tells that it has chosen a replica 50 to 100 ms before the replica is promoted. What the old
/// master acknowledges from then on may not reach it any more (FAILOVER.md, point 4).
package enum PromotionHint: Sendable, Equatable {
    /// A replica is about to be promoted: nothing more should go to the old master.
    case begins
    /// The failover has been given up.
    case isGivenUp

    /// Nil for every other event.
    package init?(_ event: SentinelEvent) {
        switch event.name {
        case "+selected-slave", "+failover-state-send-slaveof-noone": self = .begins
        case let name where name.hasPrefix("-failover-abort-"): self = .isGivenUp
        default: return nil
        }
    }
}
