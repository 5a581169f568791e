import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct Metrics {
        /// The names of the metrics of a page, without the endings of histograms' parts.
        private func names(_ page: String) -> Set<String> {
            Set(page.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { String($0.split(separator: " ")[2]) })
        }

        private func value(_ sample: String, _ page: String) -> Double? {
            page.split(separator: "\n").first { $0.hasPrefix(sample + " ") }.flatMap { Double($0.split(separator: " ")[$0.split(separator: " ").count - 1]) }
        }

        @Test func whatDashboardAndAlertsNameExists() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let known = names(try proxy.admin("/metrics").text)
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            for file in ["k8s/monitoring/dashboard.json", "k8s/monitoring/alerts.yaml"] {
                let text = try String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
                let named = Set(text.matches(of: /\b(mastergate|process)_[a-z_]*[a-z]\b/).map { String($0.output.0) })
                #expect(named.count > 10)
                for name in named {
                    let whole = ["_bucket", "_sum", "_count"].reduce(name) { $0.hasSuffix($1) ? String($0.dropLast($1.count)) : $0 }
                    #expect(known.contains(name) || known.contains(whole), "\(file) names \(name)")
                }
            }
        }

        @Test func theREADMEListsEachMetricAndNoOther() throws {
            let redis = try RedisServer()
            let known = names(try redis.mastergate().admin("/metrics").text)
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
            let listed = Set(readme.matches(of: /(?m)^\| `((?:mastergate|process)_[a-z_]+)` \| (?:counter|gauge|histogram)/).map { String($0.output.1) })
            #expect(listed == known, "\(listed.symmetricDifference(known))")
        }

        @Test func commandsAreCountedByClassOnceWhicheverFrontAndLinkTheyTake() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1"])
            let client = try proxy.resp()
            for _ in 0..<3 { _ = try client.command("SET", "k", "v") }
            for _ in 0..<2 { _ = try client.command("GET", "k") }
            _ = try client.command("MULTI")
            _ = try client.command("INCR", "n")
            _ = try client.command("EXEC")
            _ = try client.command("BLPOP", "none", "0.01")
            _ = try client.command("EVAL", "return 1", "0")
            _ = try client.command("NOSUCH")
            _ = try proxy.http().get("/GET/k")
            let page = try proxy.admin("/metrics").text
            func count(_ name: String) -> Double? { value("mastergate_commands_total{class=\"\(name)\"}", page) }
            #expect(count("read") == 3)
            #expect(count("write") == 4)
            #expect(count("transaction") == 2)
            #expect(count("blocking") == 1)
            #expect(count("script") == 1)
            #expect(count("other") == 1)
            #expect(try #require(value("mastergate_upstream_latency_seconds_count", page)) > 0)
            #expect(value("mastergate_upstream_latency_seconds_count", page) == value("mastergate_upstream_latency_seconds_bucket{le=\"+Inf\"}", page))
            #expect(try #require(value("mastergate_loop_turn_seconds_count", page)) > 0)
            #expect(try #require(value("process_resident_memory_bytes", page)) > 1_000_000)
        }

        @Test func aFailoverIsCountedAndTimed() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            #expect(value("mastergate_master_changes_total{name=\"mymaster\"}", try proxy.admin("/metrics").text) == 0)
            let old = cluster.servers[0].port
            cluster.servers[0].process?.kill9()
            let new = try cluster.awaitSwitch(from: old)
            try Patience.wait("the story to end") { proxy.log.contains("notice failover clients_held=") }
            let page = try proxy.admin("/metrics").text
            #expect(value("mastergate_master_info{name=\"mymaster\",addr=\"127.0.0.1:\(new)\"}", page) == 1)
            #expect(value("mastergate_master_changes_total{name=\"mymaster\"}", page) == 1)
            #expect(value("mastergate_failover_duration_seconds_count", page) == 1)
            #expect(try #require(value("mastergate_failover_duration_seconds_sum", page)) > 0.5)
            #expect(value("mastergate_last_failover_timestamp_seconds{name=\"mymaster\"}", page) != nil)
        }
    }
}
