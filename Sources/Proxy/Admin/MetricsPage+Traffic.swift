import Bytes
import Forwarding
import Observability

extension MetricsPage {
    /// What clients and links do.
    static func appendTraffic(_ admissions: AdmissionCounts, _ counters: LoopCounters, links: Int, to page: inout PrometheusText) {
        func one(_ name: String, _ kind: PrometheusText.Kind, _ help: String, _ samples: [([(String, String)], Int)]) {
            page.metric(name, kind, help)
            for (labels, value) in samples { page.sample(name, labels: labels, value) }
        }
        func single(_ name: String, _ kind: PrometheusText.Kind, _ help: String, _ value: Int) { one(name, kind, help, [([], value)]) }
        one("mastergate_client_connections", .gauge, "Connections open now, by front.", [
            ([("listener", "resp")], counters.respConnections), ([("listener", "http")], counters.httpConnections),
        ])
        one("mastergate_client_connections_total", .counter, "Connections taken in, by front.", [
            ([("listener", "resp")], counters.respConnectionsTotal), ([("listener", "http")], counters.httpConnectionsTotal),
        ])
        one("mastergate_acl_denied_total", .counter, "Connections and requests refused, by reason.", [
            ([("reason", "address_resp")], admissions.count(.resp, .address)), ([("reason", "address_http")], admissions.count(.http, .address)),
            ([("reason", "max_clients_resp")], admissions.count(.resp, .maxClients)), ([("reason", "max_clients_http")], admissions.count(.http, .maxClients)),
            ([("reason", "password")], counters.authenticationFailures), ([("reason", "rules")], counters.httpForbidden),
            ([("reason", "host")], counters.httpMisdirected),
        ])
        one("mastergate_commands_total", .counter, "Commands sent to the master, by class.",
            zip(CommandClass.allCases, counters.commandsByClass).map { ([("class", "\($0)")], $1) })
        one("mastergate_error_replies_total", .counter, "Error replies of Redis, by class of the command; other where a client ends with its link, so that commands are not kept.",
            zip(CommandClass.allCases, counters.errorsByClass).map { ([("class", "\($0)")], $1) })
        single("mastergate_refused_no_master_total", .counter, "Commands answered as not executed, for want of a master.", counters.refusedNoMaster)
        single("mastergate_unknown_outcomes_total", .counter, "Commands whose link was lost before their reply.", counters.unknownOutcomes)
        single("mastergate_requests_run_again_total", .counter, "Commands sent again to the next master, since they had not run or only read.",
            counters.requestsRunAgain)
        single("mastergate_scans_restarted_total", .counter, "Scans that have begun anew, since their cursor was another server's.", counters.scansRestarted)
        single("mastergate_held_clients", .gauge, "Clients that wait for a master now.", counters.clientsWaiting)
        single("mastergate_held_clients_total", .counter, "How often a client has begun to wait for a master.", counters.clientsHeld)
        single("mastergate_readonly_replies_total", .counter, "READONLY replies of a server that is no master.", counters.readOnlyReplies)
        single("mastergate_protocol_errors_total", .counter, "Clients closed for malformed requests.", counters.protocolErrors)
        single("mastergate_client_output_limit_disconnects_total", .counter, "Clients disconnected because they did not read while others waited.",
            counters.outputLimitDisconnects)
        one("mastergate_tls_handshake_failures_total", .counter, "Clients closed for a TLS handshake that failed or took too long.", [
            ([("listener", "resp")], counters.respHandshakesFailed), ([("listener", "http")], counters.httpHandshakesFailed),
        ])
        one("mastergate_bytes_total", .counter, "Bytes from and to clients.", [
            ([("dir", "in")], counters.bytesFromClients), ([("dir", "out")], counters.bytesToClients),
        ])
        one("mastergate_buffer_bytes", .gauge, "Bytes that wait: for clients to read, for Redis to read.", [
            ([("side", "client")], counters.clientBufferBytes), ([("side", "upstream")], counters.linkBufferBytes),
        ])
        one("mastergate_upstream_connections", .gauge, "Links to Redis, by state: shared by many, one client's own, lying ready, being settled.", [
            ([("state", "shared")], counters.linksShared), ([("state", "own")], max(0, links - counters.linksShared - counters.linksIdle - counters.linksSettling)),
            ([("state", "idle")], counters.linksIdle), ([("state", "settling")], counters.linksSettling),
        ])
        single("mastergate_held_bytes", .gauge, "What clients hold in large buffers, unfinished requests and answers, for which memory.max is the bound.", HeldMemory.bytes)
        one("mastergate_memory_refused_total", .counter, "What was given up since memory.max or memory.unfinished was reached: requests and replies refused, clients disconnected.", [
            ([("what", "work")], counters.memoryRefusals), ([("what", "client")], counters.memoryEvictions),
        ])
        single("mastergate_upstream_connections_total", .counter, "Links begun.", counters.linksOpened)
        one("mastergate_upstream_errors_total", .counter, "Links that failed, by kind.", [
            ([("kind", "not_settled")], counters.linksFailed), ([("kind", "fenced")], counters.linksFenced), ([("kind", "unclean")], counters.linksUnclean),
        ])
        page.histogram(
            "mastergate_upstream_latency_seconds", "From sending a command to its reply, on links that are shared; one command of each is timed at a time.",
            counters.latencies)
        page.histogram("mastergate_loop_turn_seconds", "How long a loop works before it looks for what has come meanwhile.", counters.turns)
        one("mastergate_http_requests_total", .counter, "HTTP responses by class of status and by format; own are those that no reply of Redis stands behind.",
            (1...5).flatMap { hundreds in
                LoopCounters.HTTPFormat.allCases.map { ([("code", "\(hundreds)xx"), ("format", "\($0)")], counters.httpResponses(hundreds: hundreds, $0)) }
            })
        single("mastergate_http2_connections", .gauge, "HTTP connections open now that speak HTTP/2.", counters.http2Connections)
        single("mastergate_http2_connections_total", .counter, "HTTP connections that have begun to speak HTTP/2.", counters.http2ConnectionsTotal)
        single("mastergate_http2_streams", .gauge, "Requests under way on HTTP/2 connections, streams of events included.", counters.http2Streams)
        page.histogram(
            "mastergate_http_request_duration_seconds", "From reading an HTTP request to its response; one of each loop is timed at a time, none that may be meant to wait.",
            counters.httpLatencies)
    }
}
