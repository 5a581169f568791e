import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct Watch {
        @Test func aProxyThatStartsFirstFindsTheClusterWhenItComes() throws {
            let cluster = try LocalCluster(folderPrefix: "mastergate-test")
            let proxy = try cluster.mastergate()
            try cluster.waitUntil("the admin port") { try proxy.admin("/livez").status == 200 }
            #expect(try proxy.admin("/readyz").status == 503)
            #expect(try proxy.admin("/readyz").text.contains("no master found yet"))
            let early = try proxy.resp(timeoutMilliseconds: 30_000)
            try cluster.startServers()
            try cluster.startSentinels()
            try early.send("SET", "early", "1")
            #expect(try early.reply() == .ok)
            #expect(try proxy.admin("/readyz").status == 200)
        }

        @Test func oneSeedLeadsToAllSentinelsAndReplicas() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate(sentinels: "127.0.0.1:\(cluster.sentinels[1].port)")
            try proxy.awaitReady()
            try cluster.waitUntil("all sentinels to be known and to agree") {
                let sentinels = try proxy.firstMaster()["sentinels"] as? [[String: Any]] ?? []
                return sentinels.count == 3
                    && sentinels.allSatisfy {
                        $0["answering"] as? Bool == true && $0["subscribed"] as? Bool == true
                            && $0["claim"] as? String == "127.0.0.1:\(cluster.servers[0].port)"
                    }
            }
            #expect(try proxy.firstMaster()["majority"] as? Int == 2)
            try cluster.waitUntil("both replicas with their lag") {
                let replicas = try proxy.firstMaster()["replicas"] as? [[String: Any]] ?? []
                return replicas.count == 2 && replicas.allSatisfy { $0["online"] as? Bool == true && $0["lag_bytes"] is Int }
            }
        }

        @Test func aNameThatStandsForSeveralAddressesCountsAsAllOfThem() throws {
            let cluster = try LocalCluster.started { $0.sentinelHosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"] }
            // A hosts file of its own, in a mount namespace of its own: the machine's is not touched.
            let hosts = try cluster.folder.write(
                "127.0.0.1 localhost\n" + (1...3).map { "127.0.0.\($0) sentinels.test\n" }.joined(), to: "hosts")
            let launcher = [
                "unshare", "-m", "--propagation", "private", "sh", "-c", "mount --bind \(hosts) /etc/hosts && exec \"$@\"", "sh",
            ]
            let proxy = try MastergateProcess(
                executable: Program.path, ["--sentinel", "sentinels.test:\(cluster.sentinels[0].port)"], in: cluster.folder,
                launcher: launcher)
            try proxy.awaitReady()
            let seeds = proxy.log.components(separatedBy: "source=configuration").count - 1
            #expect(seeds == 3)
            #expect((try proxy.firstMaster()["sentinels"] as? [Any])?.count == 3)
        }

        @Test func severalMastersAreServedEachByItsListener() throws {
            let first = try LocalCluster.started { $0.replicaCount = 1 }
            let second = try LocalCluster(folderPrefix: "mastergate-test")
            try second.startServers()
            for sentinel in first.sentinels {
                let client = try first.sentinelClient(sentinel)
                #expect(try client.command("SENTINEL", "MONITOR", "other", "127.0.0.1", "\(second.servers[0].port)", "2") == .ok)
            }
            let firstPort = try FreePort.next()
            let otherPort = try FreePort.next()
            let folder = first.folder
            let proxy = try ChildProcess(
                [
                    Program.path, "run", "--sentinel", first.sentinelList, "--master-name", "mymaster,other", "--admin", "off",
                    "--http", "off", "--listen", "127.0.0.1:\(firstPort),other=127.0.0.1:\(otherPort)",
                ], output: .file("\(folder.path)/two.log"))
            folder.entrust(proxy)
            defer { proxy.kill9() }
            func port(behind port: UInt16) throws -> String? {
                try RESPClient(port: port).command("CONFIG", "GET", "port").elements?.last?.text
            }
            try first.waitUntil("both masters") {
                try port(behind: firstPort) == "\(first.servers[0].port)" && port(behind: otherPort) == "\(second.servers[0].port)"
            }
        }

        @Test func itIsNotReadyWhereRedisRefusesTheLinksOfClientsThoughItAnswersTheWatch() throws {
            let cluster = try LocalCluster.started { $0.password = "right" }
            let file = try cluster.folder.write("wrong\n", to: "password")
            let proxy = try cluster.mastergate(["--sentinel-redis-password", "right", "--redis-password", "file:\(file)"])
            try Patience.wait("the reason") { try proxy.admin("/readyz").text.contains("Redis refuses the links of clients") }
            #expect(try proxy.admin("/readyz").status == 503)
            usleep(2_000_000)
            #expect(try proxy.admin("/readyz").status == 503)
            let lines = proxy.log.split(separator: "\n").filter { $0.contains("Redis refuses the links of clients") }
            #expect(lines.count == 1)
            #expect(lines.first?.contains(" error ") == true && lines.first?.contains("WRONGPASS") == true && lines.first?.contains("master=mymaster") == true)
            #expect(!proxy.log.contains("right"))
            _ = try cluster.folder.write("right\n", to: "password")
            try proxy.awaitReady()
            #expect(try proxy.resp().command("SET", "k", "1") == .ok)
        }

        @Test func aStartFromOneOfSeveralSentinelsMissesNoMajority() throws {
            let cluster = try LocalCluster.started()
            for _ in 0..<3 {
                let proxy = try cluster.mastergate(sentinels: "127.0.0.1:\(cluster.sentinels[0].port)")
                try proxy.awaitReady()
                try Patience.wait("all sentinels") { try (proxy.firstMaster()["sentinels"] as? [Any])?.count == 3 }
                #expect(!proxy.log.contains("no majority of sentinels answers"))
                proxy.process.kill9()
            }
        }

        @Test func withoutAMajorityTheLastMasterIsServedAndTheLossIsSaid() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            for sentinel in cluster.sentinels[..<2] { sentinel.process?.kill9() }
            try cluster.waitUntil("the loss to be told") { try proxy.firstMaster()["quorum"] as? Bool == false }
            #expect(try proxy.resp().command("SET", "k", "1") == .ok)
            let readiness = try proxy.admin("/readyz")
            #expect(readiness.status == 200)
            #expect(readiness.text.contains("no majority of sentinels answers"))
            #expect(try proxy.metric("mastergate_sentinel_quorum") == 0)
            #expect(proxy.log.contains("no majority of sentinels answers"))
        }

        @Test func withoutAMajorityServiceIsRefusedWhereThePolicySaysSo() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate(["--sentinel-on-quorum-loss", "refuse", "--failover-hold", "300ms"])
            try proxy.awaitReady()
            #expect(try proxy.resp().command("SET", "k", "1") == .ok)
            for sentinel in cluster.sentinels[..<2] { sentinel.process?.kill9() }
            try cluster.waitUntil("the refusal") { try proxy.admin("/readyz").status == 503 }
            guard case .error(let text) = try proxy.resp().command("SET", "k", "2") else {
                return #expect(Bool(false), "an error was due")
            }
            #expect(text.hasPrefix("NOMASTER no majority of sentinels answers"))
            for sentinel in cluster.sentinels[..<2] { try cluster.start(sentinel) }
            try cluster.waitUntil("service again") { try proxy.resp().command("SET", "k", "3") == .ok }
        }
    }
}
