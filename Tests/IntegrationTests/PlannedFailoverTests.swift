import EventLoop
import Foundation
import Glibc
import LocalCluster
import RESP
import Synchronization
import Testing

extension RealServers {
    /// What an operator does by the admin port and the commands for it.
    @Suite struct Operations {
        private func put(_ proxy: MastergateProcess, _ target: String) throws -> HTTPClient.Response {
            try HTTPClient(port: proxy.adminPort, timeoutMilliseconds: 40_000).request("PUT", target)
        }

        /// A client that writes without a pause in a thread of its own, and counts what it was told.
        private final class Writer: Sendable {
            private struct State {
                var isEnding = false
                var hasEnded = false
                var written = 0
                var others: [String] = []
            }

            private let state = Mutex(State())

            init(port: UInt16) throws {
                pthread_detach(try SystemThread.start { [self] in write(port) })
            }

            private func write(_ port: UInt16) {
                let client = try? RESPClient(port: port, timeoutMilliseconds: 20_000)
                while !state.withLock({ $0.isEnding }) {
                    let reply = (try? client?.command("INCR", "n")).map { "\($0)" } ?? "closed"
                    state.withLock { if reply.hasPrefix("integer") { $0.written += 1 } else { $0.others.append(reply) } }
                    if reply == "closed" { break }
                }
                state.withLock { $0.hasEnded = true }
            }

            /// How often it has written, and every other answer that it got.
            func finish() throws -> (written: Int, others: [String]) {
                state.withLock { $0.isEnding = true }
                try Patience.wait("the writer to end") { state.withLock { $0.hasEnded } }
                return state.withLock { ($0.written, $0.others) }
            }
        }

        @Test func aPlannedFailoverLosesNothingFailsNothingAndClosesNothing() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let writers = try (0..<4).map { _ in try Writer(port: proxy.respPort) }
            let folder = cluster.folder
            let (code, output) = try Program.run(["failover", "--admin", "127.0.0.1:\(proxy.adminPort)", "--master-name", "mymaster"], in: folder)
            #expect(code == 0)
            let old = cluster.servers[0]
            let new = try cluster.awaitSwitch(from: old.port)
            #expect(output.hasPrefix("mymaster: 127.0.0.1:\(old.port) -> 127.0.0.1:\(new) in "))
            let results = try writers.map { try $0.finish() }
            #expect(results.flatMap(\.others) == [])
            #expect(results.allSatisfy { $0.written > 0 })
            #expect(try proxy.resp().command("GET", "n") == .bulk("\(results.reduce(0) { $0 + $1.written })"))

            // The story of it is told by the status page, and logged in one record.
            try Patience.wait("the story to end") { proxy.log.contains("notice failover clients_held=") }
            let record = try #require((try proxy.firstMaster()["failovers"] as? [[String: Any]])?.last)
            #expect(record["old"] as? String == "127.0.0.1:\(old.port)")
            #expect(record["new"] as? String == "127.0.0.1:\(new)")
            #expect(record["unknown"] as? Int == 0)
            #expect(record["refused"] as? Int == 0)
            #expect(try #require(record["clients_held"] as? Int) >= 4, "\(record)")
            let events = try #require(record["events"] as? [[String: Any]]).map { "\($0["source"] ?? ""): \($0["text"] ?? "")" }
            for part in ["an operator asks for a failover", "+selected-slave", "commands wait", "decided for 127.0.0.1:\(new)"] {
                #expect(events.contains { $0.contains(part) }, "\(part) in \(events)")
            }
        }

        @Test func aPauseHoldsEverythingBackAndAResumeLetsItGo() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--failover-hold", "300ms", "--failover-pause-hold", "20s"])
            let client = try proxy.resp(timeoutMilliseconds: 20_000)
            #expect(try client.command("SET", "k", "1") == .ok)
            let paused = try put(proxy, "/pause")
            #expect(paused.status == 200)
            #expect(paused.text.contains("paused; nothing is in flight"))
            try client.send("INCR", "k")
            let late = try proxy.resp(timeoutMilliseconds: 20_000)
            try late.send("GET", "k")
            // Longer than the hold of a failover: a pause has its own.
            let heldFrom = MonotonicClock.nowMilliseconds()
            try Patience.wait("half a second to pass") {
                let hasRun = try redis.client().command("GET", "k") != .bulk("1")
                return hasRun || MonotonicClock.nowMilliseconds() - heldFrom > 500
            }
            #expect(try redis.client().command("GET", "k") == .bulk("1"))
            #expect(try proxy.admin("/readyz").text.contains("paused"))
            #expect(try put(proxy, "/resume").status == 200)
            #expect(try client.reply() == .integer(2))
            #expect(try late.reply().text != nil)
        }

        @Test func healthAndStatusTellAtAShellWhatIsKnown() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            func run(_ arguments: String...) throws -> (code: Int32?, output: String) {
                try Program.run(arguments + ["--admin", "127.0.0.1:\(proxy.adminPort)"], in: cluster.folder)
            }
            let health = try run("health")
            #expect(health.code == 0)
            #expect(health.output == "ready\n")
            let status = try run("status").output
            #expect(status.hasPrefix("mastergate: ready\n\nmymaster: 127.0.0.1:\(cluster.servers[0].port), epoch 0, for "))
            #expect(status.components(separatedBy: "agrees").count == 4, "\(status)")
            #expect(status.components(separatedBy: "  replica ").count == 3, "\(status)")
            #expect(try run("status", "--json").output == proxy.admin("/status").text)
            #expect(try run("health", "--live").output == "ok\n")
            let elsewhere = try Program.run(["health", "--admin", "127.0.0.1:\(proxy.httpPort)"], in: cluster.folder)
            #expect(elsewhere.code == 1)
            #expect(elsewhere.output.contains("is not an admin port"))
            let nowhere = try Program.run(["health", "--admin", "127.0.0.1:1"], in: cluster.folder)
            #expect(nowhere.code == 1)
            #expect(nowhere.output.contains("is Mastergate running"))
        }

        @Test func healthFailsAndSaysWhyWhileThereIsNoMaster() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            try proxy.awaitReady()
            redis.process.kill9()
            try Patience.wait("the master to be missed") { try proxy.admin("/readyz").status == 503 }
            let (code, output) = try Program.run(["health", "--admin", "127.0.0.1:\(proxy.adminPort)"], in: redis.folder)
            #expect(code == 1)
            #expect(output.contains("does not answer") || output.contains("no master"), "\(output)")
        }

        @Test func commandsAreRefusedWithReasons() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--admin-commands-allow", "10.0.0.0/8"])
            #expect(try put(proxy, "/pause").status == 403)
            #expect(try HTTPClient(port: proxy.adminPort).request("POST", "/pause").status == 403)
            #expect(try proxy.admin("/pause").status == 405)
            let open = try redis.mastergate()
            #expect(try put(open, "/pause?master=other").status == 404)
            #expect(try put(open, "/nothing").status == 404)
            let failover = try put(open, "/failover")
            #expect(failover.status == 409)
            #expect(failover.text.contains("fixed"))
            let (code, output) = try Program.run(["failover", "--admin", "127.0.0.1:1"], in: redis.folder)
            #expect(code == 1)
            #expect(output.contains("is Mastergate running"))
        }

        @Test func withoutAReplicaAFailoverIsRefused() throws {
            let cluster = try LocalCluster.started { $0.replicaCount = 0 }
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let answer = try put(proxy, "/failover")
            #expect(answer.status == 409)
            #expect(answer.text.contains("the sentinel refuses: NOGOODSLAVE"))
        }
    }
}
