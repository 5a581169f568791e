import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// What a client sees whose commands were on their way when the master was lost.
    @Suite struct LostMaster {
        private static let queued = ReplyValue.simpleString("QUEUED")

        private static func isUnknown(_ reply: ReplyValue) -> Bool {
            if case .error(let text) = reply { text.hasPrefix("UNKNOWN ") } else { false }
        }

        private static func isAborted(_ reply: ReplyValue) -> Bool {
            if case .error(let text) = reply { text.hasPrefix("EXECABORT ") } else { false }
        }

        /// Runs `whileFrozen` while the master takes commands and answers none, and kills it then: what was sent may have run,
        /// as far as anybody can tell.
        private func killWithCommandsInFlight(_ cluster: LocalCluster, _ proxy: MastergateProcess, commands: Int, _ whileFrozen: () throws -> Void) throws {
            let master = cluster.servers[0]
            master.process?.signal(SIGSTOP)
            let before = try #require(try proxy.metric("mastergate_commands_total"))
            try whileFrozen()
            try Patience.wait("the commands to be on their way", seconds: 1) { (try proxy.metric("mastergate_commands_total") ?? 0) >= before + commands }
            master.process?.kill9()
        }

        @Test func whatOnlyReadsRunsAgainAndWhatMayHaveWrittenIsToldToBeUnknown() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let clients = try (0..<3).map { _ in try proxy.resp(timeoutMilliseconds: 20_000) }
            #expect(try clients[0].command("SET", "k", "v") == .ok)
            #expect(try clients[1].command("SELECT", "2") == .ok)
            #expect(try clients[1].command("CLIENT", "SETNAME", "app") == .ok)
            let scripted = try proxy.resp(timeoutMilliseconds: 20_000)
            #expect(try scripted.command("EVAL", "return 1", "0") == .integer(1))
            let web = try proxy.http(timeoutMilliseconds: 20_000)
            let webWriter = try proxy.http(timeoutMilliseconds: 20_000)
            #expect(try webWriter.get("/GET/k").text == #"{"GET":"v"}"#)
            #expect(try web.get("/GET/k").text == #"{"GET":"v"}"#)
            let webScript = try proxy.http(timeoutMilliseconds: 20_000)
            #expect(try webScript.get("/PING").status == 200)
            try killWithCommandsInFlight(cluster, proxy, commands: 10) {
                try webScript.send("GET /EVAL_RO/return%20ARGV[1]/0/120 HTTP/1.1\r\nHost: x\r\n\r\n")
                try clients[0].send("GET", "k")
                try clients[0].send("INCR", "n")
                try clients[0].send("GET", "k")
                try clients[1].send("SET", "k", "of database 2")
                try clients[2].send("GET", "k")
                try scripted.send("EVAL", "return redis.call('incr', 'n')", "0")
                try scripted.send("GET", "k")
                try web.send("GET /GET/k HTTP/1.1\r\nHost: x\r\n\r\n")
                try webWriter.send("GET /INCR/n HTTP/1.1\r\nHost: x\r\n\r\n")
            }
            // Each in its place, and nobody's connection ends.
            #expect(try clients[0].reply() == .bulk("v"))
            #expect(Self.isUnknown(try clients[0].reply()))
            #expect(try clients[0].reply() == .bulk("v"))
            #expect(Self.isUnknown(try clients[1].reply()))
            #expect(try clients[2].reply() == .bulk("v"))
            #expect(Self.isUnknown(try scripted.reply()))
            #expect(try scripted.reply() == .bulk("v"))
            #expect(try web.response().text == #"{"GET":"v"}"#)
            #expect(try webScript.response().text == #"{"EVAL_RO":"120"}"#)
            let unknown = try webWriter.response()
            #expect(unknown.status == 504)
            #expect(unknown.text.contains("unknown"))
            #expect(try webWriter.get("/GET/k").text == #"{"GET":"v"}"#)
            // It never ran: a write is not run again, even where it did not run.
            #expect(try clients[2].command("EXISTS", "n") == .integer(0))
            #expect(try clients[1].command("CLIENT", "GETNAME") == .bulk("app"))
            #expect(try clients[1].command("SET", "here", "1") == .ok)
            #expect(try clients[2].command("EXISTS", "here") == .integer(0))
            #expect(try proxy.metric("mastergate_unknown_outcomes_total") == 4)
            #expect(try #require(try proxy.metric("mastergate_requests_run_again_total")) >= 5)
        }

        @Test func whatNeverLeftRunsAgainBehindWhatIsUnknown() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate(["--listen-max-pipeline", "4000"])
            try proxy.awaitReady()
            let client = try proxy.resp(timeoutMilliseconds: 20_000)
            for index in 0..<200 { #expect(try client.command("SET", "warm", "\(index)") == .ok) }
            // More than the kernel takes on the way to a server that does not read.
            let count = 110
            let value = String(repeating: "x", count: 50_000)
            let master = cluster.servers[0]
            master.process?.signal(SIGSTOP)
            var requests: [UInt8] = []
            for index in 0..<count { CommandWriter.append(["RPUSH", "list", "\(index):" + value].map { Array($0.utf8) }, to: &requests) }
            try client.stream.write(requests)
            var taken = -1
            try Patience.wait("the proxy to take no more", seconds: 5) {
                let now = try proxy.metric("mastergate_commands_total") ?? 0
                defer { taken = now }
                Thread.sleep(forTimeInterval: 0.2)
                return now == taken && now > 210
            }
            master.process?.kill9()
            var unknown = 0
            for index in 0..<count {
                let reply = try client.reply()
                if Self.isUnknown(reply) {
                    #expect(unknown == index, "an unknown outcome behind a known one")
                    unknown += 1
                } else {
                    #expect(reply == .integer(Int64(index - unknown + 1)))
                }
            }
            #expect(unknown > 0 && unknown < count)
            // In the order sent, each once.
            let list = try #require(try client.command("LRANGE", "list", "0", "-1").elements).map { $0.text?.prefix { $0 != ":" } ?? "" }
            #expect(list == (unknown..<count).map { "\($0)"[...] })
        }

        @Test func transactionsAreAbortedOrUnknownAndWatchedKeysCountAsChanged() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let clients = try (0..<5).map { _ in try proxy.resp(timeoutMilliseconds: 20_000) }
            let (begun, ending, watching, pipelined, dropped) = (clients[0], clients[1], clients[2], clients[3], clients[4])
            for client in [begun, ending, dropped] {
                #expect(try client.command("MULTI") == .ok)
                #expect(try client.command("INCR", "n") == Self.queued)
            }
            #expect(try watching.command("WATCH", "k") == .ok)
            #expect(try pipelined.command("PING") == .simpleString("PONG"))
            try killWithCommandsInFlight(cluster, proxy, commands: 2) {
                try ending.send("EXEC")
                try pipelined.send("MULTI")
                try pipelined.send("INCR", "m")
            }
            #expect(Self.isUnknown(try ending.reply()))
            #expect(try begun.command("INCR", "n") == Self.queued)
            #expect(Self.isAborted(try begun.command("EXEC")))
            #expect(try dropped.command("DISCARD") == .ok)
            // The client knew of no answer yet, so the whole of it begins again.
            #expect(try pipelined.reply() == .ok)
            #expect(try pipelined.reply() == Self.queued)
            #expect(try pipelined.command("EXEC") == .array([.integer(1)]))
            #expect(try watching.command("MULTI") == .ok)
            #expect(try watching.command("SET", "k", "mine") == Self.queued)
            #expect(try watching.command("EXEC") == .null)
            for client in clients { #expect(try client.command("MGET", "n", "k", "m") == .array([.null, .null, .bulk("1")])) }
        }

        @Test func whoWaitsGoesOnWaitingAndWhoListensGoesOnListening() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let reader = try proxy.resp(timeoutMilliseconds: 20_000)
            let taker = try proxy.resp(timeoutMilliseconds: 20_000)
            let (listener, third) = (try proxy.resp(timeoutMilliseconds: 20_000), try proxy.resp(timeoutMilliseconds: 20_000))
            #expect(try listener.command("SUBSCRIBE", "a", "b").elements?.count == 3)
            #expect(try listener.reply().elements?.last == .integer(2))
            #expect(try listener.command("PSUBSCRIBE", "p*").elements?.last == .integer(3))
            #expect(try third.command("HELLO", "3").fields?["server"] == "redis")
            try third.send("SUBSCRIBE", "c")
            #expect(try third.reply().elements?.first == .bulk("subscribe"))
            let monitor = try proxy.resp(timeoutMilliseconds: 20_000)
            #expect(try monitor.command("MONITOR") == .ok)
            try killWithCommandsInFlight(cluster, proxy, commands: 2) {
                try reader.send("XREAD", "BLOCK", "0", "STREAMS", "s", "0")
                try taker.send("BLPOP", "q", "0")
            }
            // Something may have been taken for it: job queues connect anew behind that, and end at an error.
            #expect(throws: (any Error).self) { try taker.reply() }
            let writer = try proxy.resp(timeoutMilliseconds: 20_000)
            #expect(try writer.command("XADD", "s", "1-1", "f", "v").text == "1-1")
            #expect(try reader.reply().elements?.first?.elements?.first == .bulk("s"))
            // Subscriptions stand again shortly: the first message that arrives is seen by all of them.
            try Patience.wait("the subscriptions to stand") {
                let counts = try writer.command("PUBSUB", "NUMSUB", "a", "b", "c").elements ?? []
                let patterns = try writer.command("PUBSUB", "NUMPAT")
                return counts == [.bulk("a"), .integer(1), .bulk("b"), .integer(1), .bulk("c"), .integer(1)] && patterns == .integer(1)
            }
            for (channel, text) in [("a", "1"), ("b", "2"), ("px", "3"), ("c", "4")] { try writer.command("PUBLISH", channel, text) }
            #expect(try listener.reply() == .array([.bulk("message"), .bulk("a"), .bulk("1")]))
            #expect(try listener.reply() == .array([.bulk("message"), .bulk("b"), .bulk("2")]))
            #expect(try listener.reply() == .array([.bulk("pmessage"), .bulk("p*"), .bulk("px"), .bulk("3")]))
            #expect(try third.reply() == .array([.bulk("message"), .bulk("c"), .bulk("4")]))
            #expect(try third.command("GET", "nothing") == .null)
            // And they can be ended as before.
            #expect(try listener.command("UNSUBSCRIBE", "a").elements?.last == .integer(2))
            try Patience.wait("the monitor to see the new master") {
                try writer.command("SET", "seen", "1")
                while let line = try monitor.bufferedReply() { if line.text?.contains("seen") == true { return true } }
                return try monitor.replyIfReadable()?.text?.contains("seen") == true
            }
        }

        @Test func aMasterThatIsDemotedByHandIsLeftAtOnceAndNothingOfItIsLost() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let clients = try (0..<4).map { _ in try proxy.resp(timeoutMilliseconds: 20_000) }
            let waiting = try proxy.resp(timeoutMilliseconds: 20_000)
            for client in clients { #expect(try client.command("SET", "k", "v") == .ok) }
            try waiting.send("BLPOP", "q", "30")
            let web = try proxy.http(timeoutMilliseconds: 20_000)
            try web.send("GET /BRPOP/w/30 HTTP/1.1\r\nHost: x\r\n\r\n")
            let master = cluster.servers[0]
            try cluster.waitUntil("the clients to wait") { try cluster.client(master).command("INFO", "clients").text?.contains("blocked_clients:2") == true }
            try cluster.client(master).command("REPLICAOF", "127.0.0.1", "\(cluster.servers[1].port)")
            // Redis answers READONLY, and UNBLOCKED to who waits: neither reaches a client.
            for client in clients {
                try client.send("INCR", "n")
                try client.send("GET", "n")
            }
            try Patience.wait("the server to be left") { proxy.log.contains("nothing is sent before the master is confirmed") }
            #expect(try proxy.admin("/readyz").status == 503)
            try cluster.client(master).command("REPLICAOF", "NO", "ONE")
            for client in clients {
                guard case .integer = try client.reply() else { return #expect(Bool(false), "INCR is to run") }
                #expect(try client.reply().text != nil)
            }
            #expect(try clients[0].command("GET", "n") == .bulk("4"))
            #expect(try clients[0].command("RPUSH", "q", "item") == .integer(1))
            #expect(try waiting.reply() == .array([.bulk("q"), .bulk("item")]))
            #expect(try clients[0].command("RPUSH", "w", "other") == .integer(1))
            #expect(try web.response().text == #"{"BRPOP":["w","other"]}"#)
        }

        @Test func scriptsAreKnownToTheNewMasterBeforeTheyAreCalled() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let clients = try (0..<4).map { _ in try proxy.resp(timeoutMilliseconds: 20_000) }
            let web = try proxy.http(timeoutMilliseconds: 20_000)
            let digest = try #require(try clients[0].command("SCRIPT", "LOAD", "return 'loaded'").text)
            #expect(try clients[1].command("EVAL", "return 'evaluated'", "0") == .bulk("evaluated"))
            #expect(try web.get("/EVAL/return%20'by%20http'/0").text == #"{"EVAL":"by http"}"#)
            let digests = try ["return 'evaluated'", "return 'by http'"].map { try #require(try cluster.client(cluster.servers[1]).command("SCRIPT", "LOAD", $0).text) }
            for server in cluster.servers[1...] { try cluster.client(server).command("SCRIPT", "FLUSH") }
            let new = try cluster.failOver()
            try cluster.waitUntil("the new master") { try cluster.portBehind(proxy) == new }
            for client in clients {
                #expect(try client.command("EVALSHA", digest, "0") == .bulk("loaded"))
                #expect(try client.command("EVALSHA", digests[0], "0") == .bulk("evaluated"))
            }
            #expect(try web.get("/EVALSHA/\(digests[1])/0").text == #"{"EVALSHA":"by http"}"#)
            // What a client has flushed stays away.
            #expect(try clients[0].command("SCRIPT", "FLUSH") == .ok)
            guard case .error(let text) = try clients[1].command("EVALSHA", digest, "0") else { return #expect(Bool(false), "an error was due") }
            #expect(text.hasPrefix("NOSCRIPT"))
        }

        @Test func aScriptThatClaimsToRunOnAReplicaIsBelievedAFewTimesOnly() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let (liar, other) = (try proxy.resp(timeoutMilliseconds: 20_000), try proxy.resp(timeoutMilliseconds: 20_000))
            let words = "READONLY You can't write against a read only replica."
            let script = "redis.call('incr', 'runs') return redis.error_reply(\"\(words)\")"
            guard case .error(let text) = try liar.command("EVAL", script, "0") else { return #expect(Bool(false), "an error was due") }
            #expect(text.hasPrefix(words))
            #expect(try other.command("SET", "k", "v") == .ok)
            #expect(try #require(try other.command("GET", "runs").text.flatMap { Int($0) }) <= 6)
            #expect(try proxy.http().get("/EVAL/return%20redis.error_reply(%22LOADING%20x%22)/0").text == #"{"EVAL":[false,"LOADING x"]}"#)
        }

        @Test func aMasterThatLoadsItsDataIsNotUsedBeforeItHas() throws {
            let cluster = try LocalCluster.started {
                $0.replicaCount = 0
                $0.allowsDebugCommand = true
            }
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let client = try proxy.resp(timeoutMilliseconds: 20_000)
            let master = cluster.servers[0]
            let direct = try cluster.client(master)
            #expect(try direct.command("CONFIG", "SET", "key-load-delay", "2000", "loading-process-events-interval-bytes", "1024") == .ok)
            #expect(try direct.command("DEBUG", "POPULATE", "2000", "key", "100").text != nil)
            // It loads its own data again for seconds, and says LOADING to all who ask meanwhile.
            try direct.send("DEBUG", "RELOAD")
            try cluster.waitUntil("the server to load") {
                if case .error(let text) = try cluster.client(master).command("GET", "k") { text.hasPrefix("LOADING") } else { false }
            }
            #expect(try client.command("INCR", "n") == .integer(1))
            #expect(try client.command("DBSIZE") == .integer(2001))
        }

        @Test func withCloseAsThePolicyAClientWithCommandsOnTheirWayIsClosed() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate(["--failover-connections", "close"])
            try proxy.awaitReady()
            let (busy, idle) = (try proxy.resp(timeoutMilliseconds: 20_000), try proxy.resp(timeoutMilliseconds: 20_000))
            #expect(try busy.command("SET", "k", "v") == .ok)
            #expect(try idle.command("GET", "k") == .bulk("v"))
            try killWithCommandsInFlight(cluster, proxy, commands: 1) { try busy.send("GET", "k") }
            #expect(throws: (any Error).self) { try busy.reply() }
            #expect(try idle.command("GET", "k") == .bulk("v"))
        }
    }
}
