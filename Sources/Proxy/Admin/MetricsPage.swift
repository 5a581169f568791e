import Observability
import Sentinel

/// The figures of the whole process in Prometheus' text format.
enum MetricsPage {
    static func text(_ control: ControlPlane, _ admissions: AdmissionCounts, _ counters: LoopCounters, links: Int) -> String {
        var page = PrometheusText()
        appendMasters(control, to: &page)
        appendTraffic(admissions, counters, links: links, to: &page)
        return page.text
    }

    private static func appendMasters(_ control: ControlPlane, to page: inout PrometheusText) {
        let topologies = control.topologies
        func each(
            _ name: String, _ kind: PrometheusText.Kind, _ help: String, _ samples: (Topology) -> [([(String, String)], Int)]
        ) {
            page.metric(name, kind, help)
            for topology in topologies {
                for (labels, value) in samples(topology) {
                    page.sample(name, labels: [("name", topology.masterName)] + labels, value)
                }
            }
        }
        each("mastergate_master_info", .gauge, "The adopted master, by address.") { topology in
            topology.master.map { [([("addr", $0.endpoint.description)], 1)] } ?? []
        }
        each("mastergate_master_epoch", .gauge, "Config epoch of the adopted master.") { [([], Int(clamping: $0.master?.epoch ?? 0))] }
        each("mastergate_serving", .gauge, "Whether requests are sent to the master (1) or held (0).") {
            [([], $0.availability == .serving ? 1 : 0)]
        }
        each("mastergate_route_generation", .gauge, "Routes opened to a master and closed, counted together.") {
            [([], Int(clamping: $0.generation))]
        }
        each("mastergate_sentinel_quorum", .gauge, "Whether a majority of the known sentinels answers.") {
            [([], $0.hasQuorum ? 1 : 0)]
        }
        each("mastergate_sentinel_up", .gauge, "Whether a sentinel answers.") { topology in
            topology.sentinels.map { ([("addr", $0.endpoint.description)], $0.isAnswering ? 1 : 0) }
        }
        each("mastergate_sentinel_agree", .gauge, "Whether a sentinel names the adopted master.") { topology in
            topology.sentinels.map { sentinel in
                let agrees = sentinel.isAnswering && topology.master != nil && sentinel.claim?.endpoint == topology.master?.endpoint
                return ([("addr", sentinel.endpoint.description)], agrees ? 1 : 0)
            }
        }
        each("mastergate_replicas", .gauge, "Replicas by state.") { topology in
            let online = topology.replicas.count { $0.isOnline }
            return [([("state", "online")], online), ([("state", "offline")], topology.replicas.count - online)]
        }
        each("mastergate_replica_lag_bytes", .gauge, "Bytes that a replica is behind, as the master tells.") { topology in
            topology.replicas.compactMap { replica in
                replica.lagBytes.map { ([("addr", replica.endpoint.description)], Int(clamping: $0)) }
            }
        }
    }

    private static func appendTraffic(_ admissions: AdmissionCounts, _ counters: LoopCounters, links: Int, to page: inout PrometheusText) {
        func one(_ name: String, _ kind: PrometheusText.Kind, _ help: String, _ samples: [([(String, String)], Int)]) {
            page.metric(name, kind, help)
            for (labels, value) in samples { page.sample(name, labels: labels, value) }
        }
        one("mastergate_client_connections", .gauge, "Connections open now, by front.", [
            ([("listener", "resp")], counters.respConnections), ([("listener", "http")], counters.httpConnections),
        ])
        one("mastergate_client_connections_total", .counter, "Connections taken in, by front.", [
            ([("listener", "resp")], counters.respConnectionsTotal), ([("listener", "http")], counters.httpConnectionsTotal),
        ])
        one("mastergate_acl_denied_total", .counter, "Connections and requests refused, by reason.", [
            ([("reason", "address_resp")], admissions.count(.resp, .address)), ([("reason", "address_http")], admissions.count(.http, .address)),
            ([("reason", "max_clients_resp")], admissions.count(.resp, .maxClients)), ([("reason", "max_clients_http")], admissions.count(.http, .maxClients)),
            ([("reason", "password")], counters.authenticationFailures),
        ])
        one("mastergate_commands_total", .counter, "Commands sent to the master or held for it.", [([], counters.commands)])
        one("mastergate_refused_no_master_total", .counter, "Commands answered as not executed, for want of a master.", [([], counters.refusedNoMaster)])
        one("mastergate_unknown_outcomes_total", .counter, "Commands whose link was lost before their reply.", [([], counters.unknownOutcomes)])
        one("mastergate_requests_run_again_total", .counter, "Commands sent again to the next master, since they had not run or only read.", [
            ([], counters.requestsRunAgain)
        ])
        one("mastergate_readonly_replies_total", .counter, "READONLY replies of a server that is no master.", [([], counters.readOnlyReplies)])
        one("mastergate_protocol_errors_total", .counter, "Clients closed for malformed requests.", [([], counters.protocolErrors)])
        one("mastergate_client_output_limit_disconnects_total", .counter, "Clients disconnected because they did not read while others waited.", [
            ([], counters.outputLimitDisconnects)
        ])
        one("mastergate_tls_handshake_failures_total", .counter, "Clients closed for a TLS handshake that failed or took too long.", [
            ([("listener", "resp")], counters.respHandshakesFailed), ([("listener", "http")], counters.httpHandshakesFailed),
        ])
        one("mastergate_bytes_total", .counter, "Bytes from and to clients.", [
            ([("dir", "in")], counters.bytesFromClients), ([("dir", "out")], counters.bytesToClients),
        ])
        one("mastergate_upstream_connections", .gauge, "Links to Redis.", [([], links)])
        one("mastergate_upstream_connections_total", .counter, "Links begun.", [([], counters.linksOpened)])
        one("mastergate_upstream_errors_total", .counter, "Links that failed, by kind.", [
            ([("kind", "not_settled")], counters.linksFailed), ([("kind", "fenced")], counters.linksFenced),
        ])
        one("mastergate_http_requests_total", .counter, "HTTP responses by class of status.",
            (2...5).map { ([("code", "\($0)xx")], counters.httpResponses[$0]) })
    }
}
