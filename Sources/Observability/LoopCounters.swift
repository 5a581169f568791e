/// What one event loop has counted since its start: plain integers, added up across loops only when somebody asks.
package struct LoopCounters: Sendable, Equatable {
    package var respConnections = 0
    package var httpConnections = 0
    package var respConnectionsTotal = 0
    package var httpConnectionsTotal = 0
    package var commands = 0
    package var bytesFromClients = 0
    package var bytesToClients = 0
    package var linksOpened = 0
    package var linksFailed = 0
    /// Links cut by RST because their server is master no more.
    package var linksFenced = 0
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
    package var readOnlyReplies = 0
    package var authenticationFailures = 0
    package var protocolErrors = 0
    /// Clients disconnected because they left more than their limit unread.
    package var outputLimitDisconnects = 0
    /// Clients closed because their TLS handshake failed or took too long.
    package var respHandshakesFailed = 0
    package var httpHandshakesFailed = 0
    /// Replies of Redis that are errors, on links that are shared.
    package var errorReplies = 0
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
    /// HTTP responses by the hundreds of their status: index 2 counts 2xx.
    package var httpResponses = [0, 0, 0, 0, 0, 0]

    package init() {}

    /// Adds what another loop has counted.
    package mutating func add(_ other: LoopCounters) {
        respConnections += other.respConnections
        httpConnections += other.httpConnections
        respConnectionsTotal += other.respConnectionsTotal
        httpConnectionsTotal += other.httpConnectionsTotal
        commands += other.commands
        bytesFromClients += other.bytesFromClients
        bytesToClients += other.bytesToClients
        linksOpened += other.linksOpened
        linksFailed += other.linksFailed
        linksFenced += other.linksFenced
        refusedNoMaster += other.refusedNoMaster
        unknownOutcomes += other.unknownOutcomes
        inFlightWhileHeld += other.inFlightWhileHeld
        clientsHeld += other.clientsHeld
        requestsRunAgain += other.requestsRunAgain
        readOnlyReplies += other.readOnlyReplies
        authenticationFailures += other.authenticationFailures
        protocolErrors += other.protocolErrors
        outputLimitDisconnects += other.outputLimitDisconnects
        respHandshakesFailed += other.respHandshakesFailed
        httpHandshakesFailed += other.httpHandshakesFailed
        errorReplies += other.errorReplies
        clientsWaiting += other.clientsWaiting
        clientBufferBytes += other.clientBufferBytes
        linkBufferBytes += other.linkBufferBytes
        httpForbidden += other.httpForbidden
        httpMisdirected += other.httpMisdirected
        if commandsByClass.isEmpty { commandsByClass = other.commandsByClass } else {
            for (index, count) in other.commandsByClass.enumerated() { commandsByClass[index] += count }
        }
        turns.add(other.turns)
        latencies.add(other.latencies)
        for index in httpResponses.indices { httpResponses[index] += other.httpResponses[index] }
    }

    /// Counts one HTTP response.
    package mutating func countResponse(status: Int) {
        let index = status / 100
        if httpResponses.indices.contains(index) { httpResponses[index] += 1 }
        if status == 403 { httpForbidden += 1 }
        if status == 421 { httpMisdirected += 1 }
    }
}
