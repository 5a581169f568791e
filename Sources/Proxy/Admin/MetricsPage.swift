import Observability
import Sentinel

/// The figures of the whole process in Prometheus' text format.
enum MetricsPage {
    static func text(_ control: ControlPlane, _ admissions: AdmissionCounts, _ counters: LoopCounters, links: Int) -> String {
        var page = PrometheusText()
        appendMasters(control, to: &page)
        appendFailovers(control, to: &page)
        appendTraffic(admissions, counters, links: links, to: &page)
        appendProcess(control, to: &page)
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
        each("mastergate_paused", .gauge, "Whether an operator has paused the service.") { [([], $0.isPaused ? 1 : 0)] }
        each("mastergate_master_since_timestamp_seconds", .gauge, "When the master was adopted.") { topology in
            topology.master == nil ? [] : [([], topology.sinceMilliseconds / 1000)]
        }
        each("mastergate_sentinels_known", .gauge, "Sentinels known.") { [([], $0.sentinels.count)] }
        each("mastergate_sentinel_quorum", .gauge, "Whether a majority of the known sentinels answers.") {
            [([], $0.hasQuorum ? 1 : 0)]
        }
        each("mastergate_sentinel_up", .gauge, "Whether a sentinel answers.") { topology in
            topology.sentinels.map { ([("addr", $0.endpoint.description)], $0.isAnswering ? 1 : 0) }
        }
        each("mastergate_sentinel_agree", .gauge, "Whether a sentinel names the adopted master.") { topology in
            topology.sentinels.map { sentinel in
                ([("addr", sentinel.endpoint.description)], topology.isAgreed(by: sentinel) ? 1 : 0)
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
}
