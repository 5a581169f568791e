import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Clients that wait in BLPOP and the like while the master changes.
    @Suite struct BlockedClients {
        private static let waits: [[String]] = [
            ["BLPOP", "l1", "30"], ["BRPOP", "l2", "0"], ["BLMOVE", "l3", "other", "LEFT", "RIGHT", "30"], ["BLMPOP", "30", "1", "l4", "LEFT"],
            ["BZPOPMIN", "z5", "30"], ["BZMPOP", "0", "1", "z6", "MIN"], ["XREADGROUP", "GROUP", "g", "me", "BLOCK", "30000", "STREAMS", "s7", ">"],
            ["BRPOPLPUSH", "l8", "other", "30"],
        ]

        private static func holdsItem(_ reply: ReplyValue) -> Bool { reply == .bulk("item") || reply.elements?.contains(where: holdsItem) == true }

        private func awaitBlocked(_ cluster: LocalCluster, _ server: LocalCluster.Node, _ count: Int) throws {
            try cluster.waitUntil("the clients to wait") { try cluster.client(server).command("INFO", "clients").text?.contains("blocked_clients:\(count)\r") == true }
        }

        @Test func waitOnThroughAPlannedFailoverOfWhichTheyLearnNothing() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let feeder = try proxy.resp(timeoutMilliseconds: 20_000)
            #expect(try feeder.command("XGROUP", "CREATE", "s7", "g", "$", "MKSTREAM") == .ok)
            let clients = try Self.waits.map { words in
                let client = try proxy.resp(timeoutMilliseconds: 30_000)
                try client.send(words.map { Array($0.utf8) })
                return client
            }
            let version3 = try proxy.resp(timeoutMilliseconds: 30_000)
            #expect(try version3.command("HELLO", "3").fields?["server"] == "redis")
            try version3.send("BLPOP", "l9", "0")
            let web = try proxy.http(timeoutMilliseconds: 30_000)
            try web.send("GET /BLPOP/w/30 HTTP/1.1\r\nHost: x\r\n\r\n")
            // What stands behind a wait runs behind it, at the new master.
            let pipelining = try proxy.resp(timeoutMilliseconds: 30_000)
            try pipelining.send("BLPOP", "l10", "30")
            try pipelining.send("INCR", "behind")
            let old = cluster.servers[0]
            try awaitBlocked(cluster, old, Self.waits.count + 3)
            // A sentinel that knows of no good replica yet refuses.
            try Patience.wait("the failover") {
                try Program.run(["failover", "--admin", "127.0.0.1:\(proxy.adminPort)", "--master-name", "mymaster"], in: cluster.folder).0 == 0
            }
            let new = try cluster.awaitSwitch(from: old.port)
            let server = try #require(cluster.servers.first { $0.port == new })
            try awaitBlocked(cluster, server, Self.waits.count + 3)
            for key in ["l1", "l2", "l3", "l4", "l8", "l9", "l10", "w"] { #expect(try feeder.command("RPUSH", key, "item") == .integer(1)) }
            for key in ["z5", "z6"] { #expect(try feeder.command("ZADD", key, "1", "item") == .integer(1)) }
            #expect(try feeder.command("XADD", "s7", "1-1", "f", "item").text == "1-1")
            for (words, client) in zip(Self.waits, clients) { #expect(Self.holdsItem(try client.reply()), "\(words)") }
            #expect(Self.holdsItem(try version3.reply()))
            #expect(try web.response().text == #"{"BLPOP":["w","item"]}"#)
            #expect(Self.holdsItem(try pipelining.reply()))
            #expect(try pipelining.reply() == .integer(1))
            #expect(try pipelining.command("GET", "behind") == .bulk("1"))
            #expect(try proxy.metric("mastergate_unknown_outcomes_total") == 0)
            // Each took one, and none was taken twice.
            for key in ["l1", "l2", "l3", "l4", "l8", "l9", "l10", "w"] { #expect(try feeder.command("LLEN", key) == .integer(0)) }
        }

        @Test func areToldSoByTheEndOfTheirConnectionWhereTheMasterDiesOrByAnErrorWhereThatIsWanted() throws {
            let cluster = try LocalCluster.started()
            let proxies = [try cluster.mastergate(), try cluster.mastergate(["--failover-blocking", "unknown"])]
            for proxy in proxies { try proxy.awaitReady() }
            let waiting = try proxies.map { try $0.resp(timeoutMilliseconds: 20_000) }
            let idle = try proxies.map { try $0.resp(timeoutMilliseconds: 20_000) }
            for client in idle { #expect(try client.command("SET", "k", "v") == .ok) }
            for client in waiting { try client.send("BLPOP", "q", "0") }
            try awaitBlocked(cluster, cluster.servers[0], 2)
            cluster.servers[0].process?.kill9()
            #expect(throws: (any Error).self) { try waiting[0].reply() }
            guard case .error(let words) = try waiting[1].reply() else { return #expect(Bool(false)) }
            #expect(words.hasPrefix("UNKNOWN the link to the master was lost"))
            for client in idle { #expect(try client.command("GET", "k") == .bulk("v")) }
            for proxy in proxies { #expect(try proxy.metric("mastergate_unknown_outcomes_total") == 1) }
        }
    }
}
