import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Sentinels in wrong hands, beside real ones.
    @Suite struct LyingSentinels {
        private func list(_ cluster: LocalCluster, _ liars: [FalseServer]) -> String {
            (liars.map { "127.0.0.1:\($0.port)" } + [cluster.sentinelList]).joined(separator: ",")
        }

        @Test func aServerThatOnlyALiarNamesIsNotSpokenToAndTheLiarIsTold() throws {
            let cluster = try LocalCluster.started {
                $0.replicaCount = 1
                $0.password = "s3cret"
            }
            let master = try FalseServer.master()
            let liar = try FalseServer.sentinel(
                master: master.port, epoch: .max,
                replicas: [["ip", "127.0.0.1", "port", "\(master.port)", "flags", "slave", "master-link-status", "ok"]])
            let proxy = try cluster.mastergate(["--redis-password", "s3cret"], sentinels: list(cluster, [liar]))
            try proxy.awaitReady()
            try cluster.waitUntil("the warning") { proxy.log.contains("a sentinel contradicts the majority") }
            #expect(try cluster.portBehind(proxy) == cluster.servers[0].port)
            #expect(master.requests.isEmpty)
            let (code, status) = try Program.run(["status", "--admin", "127.0.0.1:\(proxy.adminPort)"], in: cluster.folder)
            #expect(code == 0)
            #expect(status.split(separator: "\n").contains { $0.contains("127.0.0.1:\(liar.port)") && $0.contains("contradicts the majority") })
            // A real failover is followed all the same.
            let port = try cluster.failOver()
            try cluster.waitUntil("the new master") { try cluster.portBehind(proxy) == port }
            #expect(proxy.log.components(separatedBy: "a sentinel contradicts the majority").count == 2)
        }

        @Test func namesWithoutEndCostFewThreads() throws {
            let cluster = try LocalCluster.started { $0.replicaCount = 1 }
            let names = (0..<2000).map { ["name", "x\($0)", "ip", "h\($0).invalid", "port", "26379", "runid", "\($0)", "flags", "sentinel"] }
            // Even the only sentinel that is configured.
            let liar = try FalseServer.sentinel(master: cluster.servers[0].port, replicas: names, peers: names)
            let proxy = try cluster.mastergate(sentinels: "127.0.0.1:\(liar.port)")
            try proxy.awaitReady()
            var most = 0
            for _ in 0..<100 {
                most = max(most, try FileManager.default.contentsOfDirectory(atPath: "/proc/\(proxy.process.processID)/task").count)
                usleep(20_000)
            }
            #expect(most < 40, "threads")
            #expect(try proxy.resp().command("PING") == .simpleString("PONG"))
        }

        @Test func aFloodOfEventsIsLoggedOnceAndCounted() throws {
            let cluster = try LocalCluster.started { $0.replicaCount = 1 }
            let event = FalseServer.list(["message", "+sdown", "slave 10.0.0.1:6379 10.0.0.1 6379 @ mymaster 127.0.0.1 \(cluster.servers[0].port)"])
            let liar = try FalseServer.sentinel(master: cluster.servers[0].port, flood: (0..<50).flatMap { _ in event })
            let proxy = try cluster.mastergate(sentinels: list(cluster, [liar]))
            try proxy.awaitReady()
            try cluster.waitUntil("the count") { proxy.log.contains("sentinel event, repeated") && proxy.log.contains("a sentinel sends more events than are logged") }
            #expect(proxy.log.split(separator: "\n").count { $0.contains("+sdown") } < 10)
            #expect(try proxy.resp().command("SET", "k", "v") == .ok)
        }
    }
}
