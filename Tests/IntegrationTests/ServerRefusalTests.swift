import LocalCluster
import RESP
import Testing

extension RealServers {
    /// What a server refuses for a while, and what it wants to be told.
    @Suite struct ServerRefusals {
        @Test func writesThatAJustPromotedMasterRefusesForWantOfReplicasRunInAMoment() throws {
            let cluster = try LocalCluster.started()
            for server in cluster.servers {
                try cluster.client(server).command("CONFIG", "SET", "min-replicas-to-write", "1")
                try cluster.client(server).command("CONFIG", "SET", "min-replicas-max-lag", "5")
            }
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let (client, web) = (try proxy.resp(timeoutMilliseconds: 20_000), try proxy.http(timeoutMilliseconds: 20_000))
            try Patience.wait("the replicas") { try client.command("SET", "n", "0") == .ok }
            #expect(try web.get("/SET/w/0").status == 200)
            let old = cluster.servers[0]
            old.process?.kill9()
            // Each waits for the new master, and then for its replica.
            try client.send("INCR", "n")
            try web.send("GET /INCR/w HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.reply() == .integer(1))
            #expect(try web.response().text == #"{"INCR":1}"#)
            #expect(try client.command("GET", "n") == .bulk("1"))
            #expect(try client.command("GET", "w") == .bulk("1"))
        }

        @Test func writesThatNoReplicaWillEverTakeAreRefusedAtOnce() throws {
            let redis = try RedisServer(["--min-replicas-to-write", "1"])
            let proxy = try redis.mastergate()
            guard case .error(let text) = try proxy.resp().command("SET", "k", "v") else { return #expect(Bool(false)) }
            #expect(text.hasPrefix("NOREPLICAS"))
        }

        @Test func aServerThatIsFullIsToldOfInTheLogAndItsClientsWait() throws {
            let redis = try RedisServer(["--maxclients", "30"])
            let proxy = try redis.mastergate(["--failover-hold", "20s"])
            let clients = try (0..<40).map { _ in try proxy.resp(timeoutMilliseconds: 30_000) }
            for client in clients { try client.send("BLPOP", "none", "0.5") }
            for client in clients { #expect(try client.reply() == .null) }
            #expect(proxy.log.contains("maxclients"))
            #expect(try proxy.resp().command("PING") == .simpleString("PONG"))
        }

        @Test func clientsBringTheServersPasswordThroughSentinelsToo() throws {
            let cluster = try LocalCluster.started { $0.password = "secret" }
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let stranger = try proxy.resp(timeoutMilliseconds: 20_000)
            for words in [["GET", "k"], ["SET", "k", "v"], ["BLPOP", "k", "1"], ["MULTI"], ["SCAN", "0"]] {
                guard case .error(let text) = try stranger.command(words.map { Array($0.utf8) }) else { return #expect(Bool(false), "\(words)") }
                #expect(text.hasPrefix("NOAUTH"), "\(words): \(text)")
            }
            let client = try proxy.resp(timeoutMilliseconds: 20_000)
            guard case .error = try client.command("AUTH", "wrong") else { return #expect(Bool(false)) }
            #expect(try client.command("AUTH", "secret") == .ok)
            #expect(try client.command("SET", "k", "v") == .ok)
            #expect(try client.command("MULTI") == .ok)
            #expect(try client.command("GET", "k") == .simpleString("QUEUED"))
            #expect(try client.command("EXEC") == .array([.bulk("v")]))
            cluster.servers[0].process?.kill9()
            #expect(try client.command("SET", "after", "v") == .ok)
            #expect(try client.command("GET", "k") != .error("NOAUTH Authentication required."))
            guard case .error(let text) = try stranger.command("GET", "k") else { return #expect(Bool(false)) }
            #expect(text.hasPrefix("NOAUTH"))
            #expect(!proxy.log.contains("secret"))
        }
    }
}
