import RESP

/// What all clients of a front have in common.
package final class SessionRules: Sendable {
    let kinds: CommandKinds
    let limits: RESPLimits
    let authentication: ClientAuthentication?
    /// Commands of one client in flight on a shared link; more wait.
    let inFlightMax: Int

    /// - Parameter authentication: nil where clients need no password of the proxy's; AUTH then goes to Redis.
    package init(kinds: CommandKinds = .standard, limits: RESPLimits, authentication: ClientAuthentication?, inFlightMax: Int = 1024) {
        self.kinds = kinds
        self.limits = limits
        self.authentication = authentication
        self.inFlightMax = inFlightMax
    }
}
