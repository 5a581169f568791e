import EventLoop
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Redis that is given and not found by sentinels: one server that restarts, several of which one is the master.
    @Suite struct FixedUpstreams {
        @Test func theOneThatSaysItIsTheMasterIsTakenAndFollowed() throws {
            let (first, second) = (try RedisServer(), try RedisServer())
            try second.client().command("REPLICAOF", "127.0.0.1", "\(first.port)")
            try Patience.wait("the replica") { try second.client().command("INFO", "replication").text?.contains("master_link_status:up") == true }
            let proxy = try MastergateProcess(
                executable: Program.path, ["--upstream", "127.0.0.1:\(second.port),127.0.0.1:\(first.port)", "--threads", "2"], in: first.folder)
            try proxy.awaitReady()
            let client = try proxy.resp(timeoutMilliseconds: 20_000)
            #expect(try client.command("SET", "k", "1") == .ok)
            #expect(try first.client().command("GET", "k") == .bulk("1"))
            try second.client().command("REPLICAOF", "NO", "ONE")
            try first.client().command("REPLICAOF", "127.0.0.1", "\(second.port)")
            let reply = try client.command("SET", "k", "2")
            #expect(reply == .ok)
            #expect(try second.client().command("GET", "k") == .bulk("2"))
            #expect(try proxy.http().get("/SET/k/3").text == #"{"SET":[true,"OK"]}"#)
            #expect(try second.client().command("GET", "k") == .bulk("3"))
        }

        @Test func clientsOutliveARestart() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let listener = try proxy.resp(timeoutMilliseconds: 20_000)
            _ = try listener.command("SUBSCRIBE", "news")
            let client = try proxy.resp(timeoutMilliseconds: 20_000)
            #expect(try client.command("CLIENT", "SETNAME", "app") == .ok)
            redis.process.kill9()
            let again = try redis.restart()
            defer { again.kill9() }
            #expect(try client.command("SET", "k", "v") == .ok)
            #expect(try client.command("CLIENT", "GETNAME") == .bulk("app"))
            try Patience.wait("the subscription to stand again") { try client.command("PUBLISH", "news", "n") == .integer(1) }
            #expect(try listener.reply() == .array([.bulk("message"), .bulk("news"), .bulk("n")]))
        }

        @Test func nothingIsRunForWhoHasLeftMeanwhile() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let stays = try proxy.resp(timeoutMilliseconds: 20_000)
            #expect(try stays.command("PING") == .simpleString("PONG"))
            redis.process.kill9()
            try Patience.wait("the loss to be seen") { (try proxy.metric("mastergate_upstream_errors_total") ?? 0) > 0 }
            for _ in 0..<3 {
                let plain = try proxy.resp()
                try plain.send("INCR", "n")
                let scripted = try proxy.resp()
                try scripted.send("EVAL", "return redis.call('incr', 'n')", "0")
                let web = try proxy.http()
                try web.send("GET /INCR/n HTTP/1.1\r\nHost: h\r\n\r\n")
                // Whoever of them waits is known to.
                try Patience.wait("the commands to wait") { (try proxy.metric("mastergate_held_clients") ?? 0) >= 3 }
            }
            let again = try redis.restart()
            defer { again.kill9() }
            #expect(try stays.command("GET", "n") == .null)
        }

        @Test func aReadThatCostsItsLinkIsRunOnceMoreAndCostsNobodyElseAnything() throws {
            let redis = try RedisServer(["--client-output-buffer-limit", "normal 1mb 0 0"])
            let direct = try redis.client()
            let value = [UInt8](repeating: UInt8(ascii: "x"), count: 1000)
            for _ in 0..<20 { try direct.command([Array("RPUSH".utf8), Array("l".utf8)] + Array(repeating: value, count: 1000)) }
            let proxy = try redis.mastergate(["--threads", "1"])
            let others = Others([try proxy.resp()])
            others.await(10)
            let web = try proxy.http(timeoutMilliseconds: 20_000)
            #expect(try web.get("/LRANGE/l/0/-1").status == 504)
            let statistics = try #require(try direct.command("INFO", "commandstats").text)
            let calls = statistics.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_lrange:") }
            #expect(calls?.hasPrefix("cmdstat_lrange:calls=2,") == true || calls?.hasPrefix("cmdstat_lrange:calls=1,") == true)
            others.await(200)
            #expect(try proxy.http().get("/LLEN/l").text == #"{"LLEN":20000}"#)
        }
    }
}
