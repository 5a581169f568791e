/// What one event loop has counted since its start: plain integers, added up across loops only when somebody asks.
package struct LoopCounters: Sendable, Equatable {
    package var respConnections = 0
    package var httpConnections = 0
    package var respConnectionsTotal = 0
    package var httpConnectionsTotal = 0
    /// Of the HTTP connections, those that speak HTTP/2, and the requests under way on them.
    package var http2Connections = 0
    package var http2ConnectionsTotal = 0
    package var http2Streams = 0
    package var commands = 0
    package var bytesFromClients = 0
    package var bytesToClients = 0
    package var linksOpened = 0
    package var linksFailed = 0
    /// Links cut by RST because their server is master no more.
    package var linksFenced = 0
    /// Clients that were let go since they held the most memory.
    package var memoryEvictions = 0
    /// Large work that was refused since there was no memory for it.
    package var memoryRefusals = 0
    /// Links that came back in a state that they should not have, where links are checked.
    package var linksUnclean = 0
    /// Commands answered with `-NOMASTER` or 503: not executed.
    package var refusedNoMaster = 0
    /// Commands whose outcome could not be told, because their link was lost.
    package var unknownOutcomes = 0
    /// Commands in flight now to masters that are sent nothing more for the time being; those that may wait for ever left out.
    package var inFlightWhileHeld = 0
    /// How often a client has begun to wait for a master.
    package var clientsHeld = 0
    /// Commands that were sent, did not run or only read, and were sent again to the next master.
    package var requestsRunAgain = 0
    /// Scans that have begun anew, since their cursor was another server's.
    package var scansRestarted = 0
    package var readOnlyReplies = 0
    package var authenticationFailures = 0
    package var protocolErrors = 0
    /// Clients disconnected because they left more than their limit unread.
    package var outputLimitDisconnects = 0
    /// Clients closed because their TLS handshake failed or took too long.
    package var respHandshakesFailed = 0
    package var httpHandshakesFailed = 0
    /// Links that many share, that lie ready, that are being settled; the others are one client's each.
    package var linksShared = 0
    package var linksIdle = 0
    package var linksSettling = 0
    /// Replies of Redis that are errors, by class of the command, in the order of ``commandsByClass``.
    package var errorsByClass: [Int] = []
    package var errorReplies: Int { errorsByClass.reduce(0, +) }
    /// Clients that wait for a master now.
    package var clientsWaiting = 0
    /// Bytes that clients have not taken yet, and that links have not been able to send.
    package var clientBufferBytes = 0
    package var linkBufferBytes = 0
    /// HTTP requests refused before Redis saw them: 403, 421.
    package var httpForbidden = 0
    package var httpMisdirected = 0
    /// Commands by class, in an order that is the same for all loops.
    package var commandsByClass: [Int] = []
    /// How long turns of the loop took, and how long replies were waited for.
    package var turns = DurationCounts()
    package var latencies = DurationCounts()
    package var httpLatencies = DurationCounts()

    /// What HTTP responses are told apart by beside their status: how they were rendered, or that they are the gateway's own.
    package enum HTTPFormat: Int, CaseIterable, Sendable {
        case json, raw, msgpack, text, xml, own
    }

    /// HTTP responses by the hundreds of their status and by format: see ``httpResponses(hundreds:_:)``.
    private var responses = [Int](repeating: 0, count: 6 * HTTPFormat.allCases.count)

    package init() {}

    /// How many HTTP responses there were of the status `hundreds` times a hundred.
    package func httpResponses(hundreds: Int, _ format: HTTPFormat) -> Int { responses[hundreds * HTTPFormat.allCases.count + format.rawValue] }

    /// Adds what another loop has counted.
    package mutating func add(_ other: LoopCounters) {
        respConnections += other.respConnections
        httpConnections += other.httpConnections
        respConnectionsTotal += other.respConnectionsTotal
        httpConnectionsTotal += other.httpConnectionsTotal
        http2Connections += other.http2Connections
        http2ConnectionsTotal += other.http2ConnectionsTotal
        http2Streams += other.http2Streams
        commands += other.commands
        bytesFromClients += other.bytesFromClients
        bytesToClients += other.bytesToClients
        linksOpened += other.linksOpened
        linksFailed += other.linksFailed
        linksFenced += other.linksFenced
        linksUnclean += other.linksUnclean
        memoryEvictions += other.memoryEvictions
        memoryRefusals += other.memoryRefusals
        refusedNoMaster += other.refusedNoMaster
        unknownOutcomes += other.unknownOutcomes
        inFlightWhileHeld += other.inFlightWhileHeld
        clientsHeld += other.clientsHeld
        requestsRunAgain += other.requestsRunAgain
        scansRestarted += other.scansRestarted
        readOnlyReplies += other.readOnlyReplies
        authenticationFailures += other.authenticationFailures
        protocolErrors += other.protocolErrors
        outputLimitDisconnects += other.outputLimitDisconnects
        respHandshakesFailed += other.respHandshakesFailed
        httpHandshakesFailed += other.httpHandshakesFailed
        linksShared += other.linksShared
        linksIdle += other.linksIdle
        linksSettling += other.linksSettling
        clientsWaiting += other.clientsWaiting
        clientBufferBytes += other.clientBufferBytes
        linkBufferBytes += other.linkBufferBytes
        httpForbidden += other.httpForbidden
        httpMisdirected += other.httpMisdirected
        Self.add(other.commandsByClass, to: &commandsByClass)
        Self.add(other.errorsByClass, to: &errorsByClass)
        turns.add(other.turns)
        latencies.add(other.latencies)
        httpLatencies.add(other.httpLatencies)
        Self.add(other.responses, to: &responses)
    }

    private static func add(_ counts: [Int], to sums: inout [Int]) {
        if sums.isEmpty { sums = counts } else { for (index, count) in counts.enumerated() { sums[index] += count } }
    }

    /// Counts one HTTP response. What the gateway refuses itself is counted by reason as well: 403, 421.
    package mutating func countResponse(status: Int, _ format: HTTPFormat) {
        let index = status / 100 * HTTPFormat.allCases.count + format.rawValue
        if responses.indices.contains(index) { responses[index] &+= 1 }
        guard format == .own else { return }
        if status == 403 { httpForbidden += 1 }
        if status == 421 { httpMisdirected += 1 }
    }
}
