import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// What becomes of a loop that has seen a reply that no usable master gives.
    @Suite struct Doubts {
        @Test func aFixedServerThatWasAReplicaForAMomentIsServedAgainAlthoughAStreamIsFollowed() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1"])
            let direct = try redis.client()
            try direct.command("XADD", "s", "*", "n", "0")
            let follower = try HTTPClient(port: proxy.httpPort)
            try follower.send("GET /XREAD/STREAMS/s/$ HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
            #expect(try follower.response(hasBody: false).status == 200)
            try redis.awaitBlocked(direct)
            #expect(try direct.command("REPLICAOF", "127.0.0.1", "1") == .ok)
            // The follower's wait is ended by force, and its link made anew.
            try Patience.wait("the follower to leave") { try !redis.isBlocked(direct) }
            #expect(try direct.command("REPLICAOF", "NO", "ONE") == .ok)
            let client = try proxy.resp(timeoutMilliseconds: 5000)
            #expect(try client.command("SET", "k", "v") == .ok)
            #expect(try proxy.http().get("/GET/k").text == #"{"GET":"v"}"#)
            #expect(try proxy.admin("/readyz").text == "ready\n")
            // And the stream goes on.
            try redis.awaitBlocked(direct)
        }

        @Test func aDoubtAboutOneMasterLeavesTheOpeningOfAnother() throws {
            let cluster = try LocalCluster.started { $0.replicaCount = 1 }
            let second = try LocalCluster(folderPrefix: "mastergate-test")
            try second.startServers()
            for sentinel in cluster.sentinels {
                #expect(try cluster.sentinelClient(sentinel).command("SENTINEL", "MONITOR", "other", "127.0.0.1", "\(second.servers[0].port)", "2") == .ok)
            }
            let otherPort = try FreePort.next()
            let proxy = try cluster.mastergate(["--master-name", "mymaster,other", "--threads", "1", "--listen", "other=127.0.0.1:\(otherPort)"])
            try proxy.awaitReady()
            // Of scripts that say what a replica says, as fast as they are answered.
            let liar = try proxy.resp(timeoutMilliseconds: 20_000)
            let script = "return redis.error_reply(\"READONLY You can't write against a read only replica.\")"
            for round in 0..<15 {
                for _ in 0..<3 { try liar.send("EVAL", script, "0") }
                let pause = try HTTPClient(port: proxy.adminPort)
                #expect(try pause.request("PUT", "/pause?master=other").status == 200)
                try liar.send("EVAL", script, "0")
                #expect(try pause.request("PUT", "/resume?master=other").status == 200)
                for _ in 0..<2 { try liar.send("EVAL", script, "0") }
                let client = try RESPClient(port: otherPort, timeoutMilliseconds: 5000)
                #expect(try client.command("PING") == .simpleString("PONG"), "round \(round)")
                for _ in 0..<6 { _ = try liar.reply() }
            }
            try Patience.wait("both masters") { try proxy.admin("/readyz").status == 200 }
        }
    }

    /// Groups of sentinels that watch masters of their own.
    @Suite struct Groups {
        @Test func sentinelsThatDoNotMonitorAMasterHaveNoSayInIt() throws {
            let groups = try ["one", "two"].map { name in
                try LocalCluster.started {
                    $0.masterName = name
                    $0.replicaCount = 1
                    $0.sentinelCount = 1
                }
            }
            let twoPort = try FreePort.next()
            let sentinels = groups.map(\.sentinelList).joined(separator: ",")
            let proxy = try MastergateProcess(
                executable: Program.path,
                ["--sentinel", sentinels, "--master-name", "one,two", "--sentinel-on-quorum-loss", "refuse", "--listen", "two=127.0.0.1:\(twoPort)"], in: groups[0].folder)
            try proxy.awaitReady()
            #expect(try proxy.resp().command("CONFIG", "GET", "port").elements?.last?.text == "\(groups[0].servers[0].port)")
            #expect(try RESPClient(port: twoPort).command("CONFIG", "GET", "port").elements?.last?.text == "\(groups[1].servers[0].port)")
            let metrics = try proxy.admin("/metrics").text
            for name in ["one", "two"] {
                #expect(metrics.contains("mastergate_sentinels_known{name=\"\(name)\"} 1"))
                #expect(metrics.contains("mastergate_sentinel_quorum{name=\"\(name)\"} 1"))
            }
            // The loss of one group is no loss to the other.
            groups[1].sentinels[0].process?.kill9()
            try Patience.wait("the refusal") {
                if case .error = try RESPClient(port: twoPort, timeoutMilliseconds: 30_000).command("PING") { true } else { false }
            }
            #expect(try proxy.resp().command("PING") == .simpleString("PONG"))
        }
    }
}

extension RedisServer {
    func isBlocked(_ client: RESPClient) throws -> Bool { try client.command("INFO", "clients").text?.contains("blocked_clients:1") ?? false }
    func awaitBlocked(_ client: RESPClient) throws { try Patience.wait("a client that blocks") { try isBlocked(client) } }
}
