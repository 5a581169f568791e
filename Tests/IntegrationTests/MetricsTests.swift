import EventLoop
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

        @Test func everyCommandIsCountedHoweverItArrives() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1"])
            func counted(_ kind: String) throws -> Int { try proxy.metric("mastergate_commands_total{class=\"\(kind)\"}") ?? 0 }
            let client = try proxy.resp()
            let (reads, writes) = (try counted("read"), try counted("write"))
            for _ in 0..<10 { try client.command("GET", "k") }
            for _ in 0..<10 {
                try client.stream.write(Array("GET k\r\n".utf8))
                _ = try client.reply()
            }
            for _ in 0..<10 {
                try client.stream.write(Array("*2\r\n$3\r\nGET\r\n$1".utf8))
                usleep(2000)
                try client.stream.write(Array("\r\nk\r\n".utf8))
                _ = try client.reply()
            }
            for _ in 0..<10 { try client.command("XREAD", "STREAMS", "s", "0") }
            #expect(try counted("read") == reads + 40)
            for _ in 0..<10 {
                try client.stream.write(Array("SET k v\r\n".utf8))
                _ = try client.reply()
            }
            #expect(try counted("write") == writes + 10)
        }

        @Test func theREADMEListsEachMetricAndNoOther() throws {
            let redis = try RedisServer()
            let known = names(try redis.mastergate().admin("/metrics").text)
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
            let listed = Set(readme.matches(of: /(?m)^\| `((?:mastergate|process)_[a-z0-9_]+)` \| (?:counter|gauge|histogram)/).map { String($0.output.1) })
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

        @Test func errorsAreCountedByTheClassOfTheirCommandWhicheverFrontAndLinkItTook() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate(["--threads", "1"])
            try proxy.awaitReady()
            let client = try proxy.resp()
            _ = try client.command("RPUSH", "list", "a")
            // In one pipeline, among others.
            for words in [["PING"], ["GET", "list"], ["INCR", "list"], ["SET", "k", "v"], ["INCR", "k"], ["GET", "k"]] { try client.send(words.map { Array($0.utf8) }) }
            #expect(try (0..<6).map { _ in try client.reply() }.count { if case .error = $0 { true } else { false } } == 3)
            _ = try client.command("EVAL", "return redis.error_reply('no')", "0")
            _ = try client.command("EXEC")
            _ = try client.command("NOSUCH")
            _ = try proxy.http().get("/LPOP/k")
            let page = try proxy.admin("/metrics").text
            for (name, count) in [("read", 1.0), ("write", 3), ("script", 1), ("transaction", 1), ("other", 1), ("blocking", 0)] {
                #expect(value("mastergate_error_replies_total{class=\"\(name)\"}", page) == count, "\(name)")
            }
        }

        @Test func responsesAreCountedByStatusAndFormatAndLinksByWhatTheyDo() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1"])
            let web = try proxy.http()
            for target in ["/SET/k/v", "/GET/k", "/GET/k.raw", "/GET/k.txt", "/GET/k.msg", "/GET/k.xml", "/GET/none.txt", "/NOSUCH"] { _ = try web.get(target) }
            _ = try web.request("OPTIONS", "/GET/k")
            _ = try web.request("TRACE", "/GET/k")
            let blocked = try proxy.resp()
            try blocked.send("BLPOP", "queue", "0")
            try Patience.wait("the client to have a link of its own") {
                value("mastergate_upstream_connections{state=\"own\"}", try proxy.admin("/metrics").text) == 1
            }
            let page = try proxy.admin("/metrics").text
            func count(_ code: String, _ format: String) -> Double? { value("mastergate_http_requests_total{code=\"\(code)\",format=\"\(format)\"}", page) }
            #expect(try #require(count("2xx", "json")) + #require(count("4xx", "json")) == 3)
            for format in ["raw", "msgpack", "xml"] { #expect(count("2xx", format) == 1, "\(format)") }
            #expect(try #require(count("2xx", "text")) + #require(count("4xx", "text")) == 2)
            #expect(count("2xx", "own") == 1)
            #expect(count("4xx", "own") == 1)
            #expect(try #require(value("mastergate_http_request_duration_seconds_count", page)) == 7)
            #expect(value("mastergate_upstream_connections{state=\"shared\"}", page) == 1)
        }

        @Test func aFailoverIsCountedAndTimed() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            #expect(value("mastergate_master_changes_total{name=\"mymaster\"}", try proxy.admin("/metrics").text) == 0)
            let old = cluster.servers[0].port
            // What comes in between the loss and the first sign of it waits too, and is told of.
            let waiting = try (0..<5).map { _ in try proxy.resp(timeoutMilliseconds: 30_000) }
            for client in waiting { #expect(try client.command("PING") == .simpleString("PONG")) }
            // The story counts from the figures of a quiet second.
            try Patience.wait("two quiet seconds") { try #require(proxy.firstMaster()["since_ms"] as? Int) + 3000 < MonotonicClock.wallMilliseconds() }
            cluster.servers[0].process?.kill9()
            for client in waiting { try client.send("SET", "k", "v") }
            let new = try cluster.awaitSwitch(from: old)
            try Patience.wait("the story to end") { proxy.log.contains("notice failover clients_held=") }
            let held = try #require((try proxy.firstMaster()["failovers"] as? [[String: Any]])?.last?["clients_held"] as? Int)
            #expect(held >= 5)
            for client in waiting { #expect(try client.reply() == .ok) }
            let page = try proxy.admin("/metrics").text
            #expect(value("mastergate_master_info{name=\"mymaster\",addr=\"127.0.0.1:\(new)\"}", page) == 1)
            #expect(value("mastergate_master_changes_total{name=\"mymaster\"}", page) == 1)
            #expect(value("mastergate_failover_duration_seconds_count", page) == 1)
            #expect(try #require(value("mastergate_failover_duration_seconds_sum", page)) > 0.5)
            #expect(value("mastergate_last_failover_timestamp_seconds{name=\"mymaster\"}", page) != nil)
        }
    }
}
