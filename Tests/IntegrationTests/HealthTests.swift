import EventLoop
import Foundation
import LocalCluster
import Testing

extension RealServers {
    /// `mastergate health` and `mastergate status` beside a running one.
    @Suite struct Health {
        @Test func healthFollowsTheMasterAndLivenessDoesNot() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let admin = ["--admin", "localhost:\(proxy.adminPort)"]
            let ready = try Program.run(["health"] + admin, in: redis.folder)
            #expect(ready.code == 0)
            #expect(ready.output == "ready\n")

            redis.process.kill9()
            try Patience.wait("unreadiness") { try proxy.admin("/readyz").status == 503 }
            let unready = try Program.run(["health"] + admin, in: redis.folder)
            #expect(unready.code == 1)
            #expect(unready.output.hasPrefix("not ready: "))
            #expect(unready.output.contains("does not answer"))
            let live = try Program.run(["health", "--live"] + admin, in: redis.folder)
            #expect(live.code == 0)
            #expect(live.output == "ok\n")

            proxy.stop()
            for words in [["health"], ["health", "--live"], ["status"]] {
                let gone = try Program.run(words + admin, in: redis.folder)
                #expect(gone.code == 1)
                #expect(gone.output.contains("is Mastergate running, with its admin port at localhost:\(proxy.adminPort)?"))
            }
        }

        @Test func statusTellsOfMasterSentinelsReplicasAndFailovers() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let admin = ["--admin", "127.0.0.1:\(proxy.adminPort)"]
            try cluster.waitUntil("three sentinels and two replicas") {
                let master = try proxy.firstMaster()
                return (master["sentinels"] as? [Any])?.count == 3 && (master["replicas"] as? [Any])?.count == 2
            }
            let old = cluster.servers[0].port
            let before = try Program.run(["status"] + admin, in: cluster.folder)
            #expect(before.code == 0)
            #expect(before.output.hasPrefix("mymaster: 127.0.0.1:\(old) is the master since 20"))
            #expect(before.output.contains("sentinels: 3 of 3 answer; a majority is 2\n"))
            #expect(before.output.components(separatedBy: "says 127.0.0.1:\(old)").count == 4)
            #expect(before.output.contains("replicas: 2 of 2 online\n"))
            #expect(!before.output.contains("failovers"))

            let new = try cluster.failOver()
            try cluster.waitUntil("the record") { (try proxy.firstMaster()["failovers"] as? [Any])?.count == 1 }
            let after = try Program.run(["status"] + admin, in: cluster.folder)
            #expect(after.output.hasPrefix("mymaster: 127.0.0.1:\(new) is the master since 20"))
            #expect(after.output.contains("failovers: 1\n"))
            #expect(after.output.contains("127.0.0.1:\(old) -> 127.0.0.1:\(new)"))

            let raw = try Program.run(["status", "--json"] + admin, in: cluster.folder)
            #expect(raw.code == 0)
            let object = try JSONSerialization.jsonObject(with: Data(raw.output.utf8)) as? [String: Any]
            #expect((object?["masters"] as? [Any])?.count == 1)
        }

        @Test func anotherServerIsNoAdminPort() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let gateway = ["--admin", "127.0.0.1:\(proxy.httpPort)"]
            let status = try Program.run(["status"] + gateway, in: redis.folder)
            #expect(status.code == 1)
            #expect(status.output.contains("does not answer like an admin port"))
            #expect(try Program.run(["health"] + gateway, in: redis.folder).code == 1)
            #expect(try Program.run(["health", "--live"] + gateway, in: redis.folder).code == 1)
            #expect(try Program.run(["health", "--admin", "no:port:here"], in: redis.folder).code != 0)
        }
    }
}
