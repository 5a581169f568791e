import Forwarding
import RESP
import Settings

extension SessionRules {
    /// The rules that the settings make.
    convenience init(_ settings: Settings, _ kinds: CommandKinds, _ tally: CommandTally, _ toldIDs: ToldClientIDs) {
        let limits = RESPLimits(
            bulkBytesMax: settings.listen.maxBulkBytes, argumentCountMax: settings.listen.maxArguments,
            inlineBytesMax: settings.listen.maxInlineBytes, nestingDepthMax: settings.listen.maxNesting,
            unauthenticatedBulkBytesMax: settings.listen.maxRequestBeforeAuthBytes)
        self.init(
            kinds: kinds, tally: tally, toldIDs: toldIDs, limits: limits, authentication: settings.listen.credentials.map(ClientAuthentication.init),
            inFlightMax: settings.listen.maxPipeline,
            keepsClients: settings.failover.keepsConnections,
            clientMemoryBytes: settings.failover.clientMemoryBytes, rerunAgeMax: settings.failover.holdMilliseconds)
    }
}
