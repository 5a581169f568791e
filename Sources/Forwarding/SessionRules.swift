import RESP

/// What all clients of a front have in common.
public final class SessionRules {
    let kinds: CommandKinds
    /// Where the clients' commands are counted.
    let tally: CommandTally
    let limits: RESPLimits
    let authentication: ClientAuthentication?
    /// Commands of one client in flight on a shared link; more wait.
    let inFlightMax: Int
    /// Whether clients outlive their links, so that requests are kept until they are answered.
    let keepsClients: Bool
    /// Bytes that are kept of a client on a link of its own: of its unanswered requests, and of its subscriptions' names.
    let clientMemoryBytes: Int
    /// For how long a read may have been under way that is run once more when its link is lost, in milliseconds.
    let rerunAgeMax: Int
    let boxReserve = PinnedBoxReserve()
    let libraries = ClientLibraries()
    /// The ids of links that clients know.
    let toldIDs: ToldClientIDs

    /// - Parameter authentication: nil where clients need no password of the proxy's; AUTH then goes to Redis.
    public init(
        kinds: CommandKinds = .standard, tally: CommandTally = CommandTally(), toldIDs: ToldClientIDs = ToldClientIDs(), limits: RESPLimits, authentication: ClientAuthentication?, inFlightMax: Int = 1024,
        keepsClients: Bool = true, clientMemoryBytes: Int = 1 << 20, rerunAgeMax: Int = .max
    ) {
        self.kinds = kinds
        self.tally = tally
        self.toldIDs = toldIDs
        self.limits = limits
        self.authentication = authentication
        self.inFlightMax = inFlightMax
        self.keepsClients = keepsClients
        self.clientMemoryBytes = clientMemoryBytes
        self.rerunAgeMax = rerunAgeMax
    }
}
