import Bytes

/// The state of one monitored master and of all around it, as one immutable snapshot.
package struct Topology: Sendable, Equatable {
    /// Whether the fronts may send anything, and if not, why.
    package enum Availability: Sendable, Equatable {
        case serving
        /// No master is known or confirmed, or policy forbids its use; with the reason in words.
        case unavailable(String)
    }

    package struct SentinelState: Sendable, Equatable {
        package var id: SentinelID
        package var endpoint: Endpoint
        /// Whether its last answer is fresh.
        package var isAnswering: Bool
        /// Whether its events are being received.
        package var isSubscribed: Bool
        package var claim: MasterClaim?
        package var lastEvent: String?
        /// Whether it has named another master than a majority does for longer than a switch explains.
        package var isContradicting = false

        package init(
            id: SentinelID, endpoint: Endpoint, isAnswering: Bool, isSubscribed: Bool, claim: MasterClaim?, lastEvent: String?
        ) {
            self.id = id
            self.endpoint = endpoint
            self.isAnswering = isAnswering
            self.isSubscribed = isSubscribed
            self.claim = claim
            self.lastEvent = lastEvent
        }
    }

    package var masterName: String
    /// Counts adoptions; every link carries the generation that it was opened in.
    package var generation: UInt64 = 0
    package var master: MasterClaim?
    /// Wall clock of the adoption, milliseconds since 1970; 0 before the first.
    package var sinceMilliseconds = 0
    package var availability = Availability.unavailable("no master found yet")
    /// Whether an operator has paused the service.
    package var isPaused = false
    package var hasQuorum = false
    /// Number of known sentinels that make a majority.
    package var majority = 1
    package var replicas: [ReplicaState] = []
    package var sentinels: [SentinelState] = []

    package init(masterName: String) { self.masterName = masterName }

    /// Whether a sentinel answers, and names the adopted master.
    package func isAgreed(by sentinel: SentinelState) -> Bool {
        sentinel.isAnswering && master != nil && sentinel.claim?.endpoint == master?.endpoint
    }
}
