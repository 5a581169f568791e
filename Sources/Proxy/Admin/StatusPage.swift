import Observability
import Rendering
import Sentinel

/// The state of the watch as JSON, for programs.
enum StatusPage {
    static func json(_ control: ControlPlane) -> String {
        var output: [UInt8] = []
        appendMasters(control, to: &output)
        output.append(utf8: "}\n")
        return String(decoding: output, as: UTF8.self)
    }

    /// The same with all that the page shows.
    static func json(_ control: ControlPlane, _ facts: StatusFacts) -> String {
        var output: [UInt8] = []
        appendMasters(control, to: &output)
        output.append(utf8: ",\"state\":\"\(facts.state.rawValue)\",\"state_text\":")
        JSONString.append(facts.stateText, to: &output)
        output.append(utf8: ",\"version\":")
        JSONString.append(facts.version, to: &output)
        let counters = facts.counters
        output.append(utf8: ",\"connections\":{\"resp\":\(counters.respConnections),\"http\":\(counters.httpConnections),\"upstream\":\(facts.links),\"waiting\":\(counters.clientsWaiting)}")
        output.append(utf8: ",\"traffic_step_ms\":\(TrafficHistory.stepMilliseconds),\"traffic\":[")
        for (index, step) in facts.history.steps.enumerated() {
            let latency = step.latencyMicroseconds.map(String.init) ?? "null"
            output.append(utf8: "\(index > 0 ? "," : ""){\"commands\":\(step.commands),\"errors\":\(step.errors),\"latency_us\":\(latency)}")
        }
        output.append(utf8: "],\"problems\":[")
        for (index, line) in facts.problems.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            JSONString.append(line, to: &output)
        }
        output.append(utf8: "],\"configuration\":")
        JSONString.append(facts.configuration, to: &output)
        output.append(utf8: "}\n")
        return String(decoding: output, as: UTF8.self)
    }

    private static func appendMasters(_ control: ControlPlane, to output: inout [UInt8]) {
        output.append(utf8: "{\"ready\":\(Readiness.problem(control) == nil),\"masters\":[")
        for (index, topology) in control.topologies.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(topology, isAnswering: control.mastersAnswering[index], failovers: control.failovers(ofMaster: index), to: &output)
        }
        output.append(utf8: "]")
    }

    private static func append(_ topology: Topology, isAnswering: Bool, failovers: [FailoverRecord], to output: inout [UInt8]) {
        func member(_ name: String, _ text: String?) {
            output.append(utf8: ",\"\(name)\":")
            if let text { JSONString.append(text, to: &output) } else { output.append(utf8: "null") }
        }
        output.append(utf8: "{\"generation\":\(topology.generation)")
        member("name", topology.masterName)
        member("master", topology.master?.endpoint.description)
        output.append(utf8: ",\"epoch\":\(topology.master?.epoch ?? 0),\"since_ms\":\(topology.sinceMilliseconds)")
        if case .unavailable(let reason) = topology.availability { member("unavailable", reason) }
        output.append(utf8: ",\"answering\":\(isAnswering),\"quorum\":\(topology.hasQuorum),\"majority\":\(topology.majority)")
        output.append(utf8: ",\"replicas\":[")
        for (index, replica) in topology.replicas.enumerated() {
            output.append(utf8: index > 0 ? ",{" : "{")
            output.append(utf8: "\"online\":\(replica.isOnline),\"offset\":\(replica.offset)")
            output.append(utf8: ",\"lag_bytes\":\(replica.lagBytes.map(String.init) ?? "null")")
            member("address", replica.endpoint.description)
            member("flags", replica.flags.joined(separator: ","))
            output.append(UInt8(ascii: "}"))
        }
        output.append(utf8: "],\"paused\":\(topology.isPaused),\"failovers\":[")
        for (index, record) in failovers.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(record, to: &output)
        }
        output.append(utf8: "],\"sentinels\":[")
        for (index, sentinel) in topology.sentinels.enumerated() {
            output.append(utf8: index > 0 ? ",{" : "{")
            output.append(utf8: "\"answering\":\(sentinel.isAnswering),\"subscribed\":\(sentinel.isSubscribed),\"contradicting\":\(sentinel.isContradicting)")
            output.append(utf8: ",\"epoch\":\(sentinel.claim.map { String($0.epoch) } ?? "null")")
            member("id", sentinel.id.text)
            member("address", sentinel.endpoint.description)
            member("claim", sentinel.claim?.endpoint.description)
            member("last_event", sentinel.lastEvent)
            output.append(UInt8(ascii: "}"))
        }
        output.append(utf8: "]}")
    }

    private static func append(_ record: FailoverRecord, to output: inout [UInt8]) {
        func member(_ name: String, _ text: String?) {
            output.append(utf8: ",\"\(name)\":")
            if let text { JSONString.append(text, to: &output) } else { output.append(utf8: "null") }
        }
        output.append(utf8: "{\"number\":\(record.number),\"began_ms\":\(record.beganAtMilliseconds)")
        member("old", record.oldMaster)
        member("new", record.newMaster)
        output.append(utf8: ",\"switched_after_ms\":\(record.switchedAfterMilliseconds.map(String.init) ?? "null")")
        output.append(utf8: ",\"links_cut\":\(record.linksCut),\"clients_held\":\(record.clientsHeld),\"run_again\":\(record.requestsRunAgain)")
        output.append(utf8: ",\"refused\":\(record.requestsRefused),\"unknown\":\(record.outcomesUnknown),\"dropped_entries\":\(record.droppedEntries)")
        output.append(utf8: ",\"events\":[")
        for (index, entry) in record.entries.enumerated() {
            output.append(utf8: "\(index > 0 ? "," : ""){\"ms\":\(entry.milliseconds)")
            member("source", entry.source)
            member("text", entry.text)
            output.append(UInt8(ascii: "}"))
        }
        output.append(utf8: "]}")
    }
}
