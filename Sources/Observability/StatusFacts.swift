/// What the status page shows, gathered in one moment.
package struct StatusFacts: Sendable {
    package enum State: String, Sendable { case serving, degraded, unavailable }

    package struct Master: Sendable {
        package var name = ""
        /// Nil while there is none.
        package var address: String?
        package var epoch = 0
        /// How long it has been the master, in words.
        package var held = ""
        /// What is wrong with it; nil for nothing.
        package var problem: String?
        package var sentinels: [Sentinel] = []
        package var replicas: [Replica] = []
        /// The oldest first.
        package var failovers: [FailoverRecord] = []
        /// Whether the last of them is not over.
        package var isFailoverUnderWay = false

        package init() {}
    }

    package struct Sentinel: Sendable {
        package var address: String
        package var isAnswering: Bool
        package var isSubscribed: Bool
        package var claim: String?
        package var epoch: Int?
        package var agrees: Bool
        package var lastEvent: String?

        package init(address: String, isAnswering: Bool, isSubscribed: Bool, claim: String?, epoch: Int?, agrees: Bool, lastEvent: String?) {
            self.address = address
            self.isAnswering = isAnswering
            self.isSubscribed = isSubscribed
            self.claim = claim
            self.epoch = epoch
            self.agrees = agrees
            self.lastEvent = lastEvent
        }
    }

    package struct Replica: Sendable {
        package var address: String
        package var isOnline: Bool
        package var lagBytes: Int?

        package init(address: String, isOnline: Bool, lagBytes: Int?) {
            self.address = address
            self.isOnline = isOnline
            self.lagBytes = lagBytes
        }
    }

    package var version = ""
    package var uptime = ""
    package var state = State.serving
    /// The state in words.
    package var stateText = ""
    package var masters: [Master] = []
    package var counters = LoopCounters()
    package var links = 0
    package var history = TrafficHistory()
    /// The last warnings and errors of the log, the oldest first.
    package var problems: [String] = []
    /// The effective configuration, secrets masked.
    package var configuration = ""

    package init() {}
}
