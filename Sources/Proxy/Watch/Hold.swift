/// Why nothing is sent to a master although it is known: its links stay, and what comes in waits.
enum Hold: String, Hashable, Sendable {
    /// It is confirmed anew: a loop stood still, or the server behaved as no master does.
    case unconfirmed
    /// A replica is being promoted in its place.
    case promotion
    /// A sentinel's hello names another master, and the sentinels are being asked.
    case succession
    /// An operator has paused the service.
    case pause

    /// In words for the client.
    var reason: String {
        switch self {
        case .unconfirmed: "the master is being confirmed"
        case .promotion: "a replica is being promoted"
        case .succession: "another master is being confirmed"
        case .pause: "the service is paused"
        }
    }
}
