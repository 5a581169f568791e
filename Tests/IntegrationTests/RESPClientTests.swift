import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct RedisClients {
        @Test func pipelinesAreAnsweredInOrder() throws {
            let redis = try RedisServer()
            let client = try redis.mastergate().resp()
            for index in 0..<5000 { try client.send("SET", "k\(index)", "\(index)") }
            for index in 0..<5000 { try client.send("GET", "k\(index)") }
            for _ in 0..<5000 { #expect(try client.reply() == .ok) }
            for index in 0..<5000 { #expect(try client.reply() == .bulk("\(index)")) }
        }

        @Test func transactionsDatabasesAndScriptsWork() throws {
            let redis = try RedisServer()
            let client = try redis.mastergate().resp()
            #expect(try client.command("MULTI") == .ok)
            #expect(try client.command("INCR", "n") == .simpleString("QUEUED"))
            #expect(try client.command("INCR", "n") == .simpleString("QUEUED"))
            #expect(try client.command("EXEC") == .array([.integer(1), .integer(2)]))
            #expect(try client.command("SELECT", "5") == .ok)
            #expect(try client.command("GET", "n") == .null)
            #expect(try client.command("SELECT", "0") == .ok)
            #expect(try client.command("EVAL", "return redis.call('GET', KEYS[1])", "1", "n") == .bulk("2"))
            let library = "#!lua name=lib\nredis.register_function('twice', function(keys, args) return args[1] * 2 end)"
            #expect(try client.command("FUNCTION", "LOAD", library) == .bulk("lib"))
            #expect(try client.command("FCALL", "twice", "0", "21") == .integer(42))
            #expect(try client.command("CLIENT", "SETNAME", "me") == .ok)
            #expect(try client.command("CLIENT", "GETNAME") == .bulk("me"))
            guard case .error(let text) = try client.command("NOSUCHCOMMAND", "x") else { return #expect(Bool(false)) }
            #expect(text.hasPrefix("ERR unknown command 'NOSUCHCOMMAND'"))
        }

        @Test func optimisticLocksSeeOthersWrites() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let (one, other) = (try proxy.resp(), try proxy.resp())
            #expect(try one.command("WATCH", "k") == .ok)
            #expect(try other.command("SET", "k", "theirs") == .ok)
            #expect(try one.command("MULTI") == .ok)
            #expect(try one.command("SET", "k", "mine") == .simpleString("QUEUED"))
            #expect(try one.command("EXEC") == .null)
        }

        @Test func aBlockedClientIsServedAndBlocksNobody() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let (waiting, pushing) = (try proxy.resp(), try proxy.resp())
            try waiting.send("BLPOP", "queue", "0")
            #expect(try pushing.command("PING") == .simpleString("PONG"))
            #expect(try pushing.command("RPUSH", "queue", "job") == .integer(1))
            #expect(try waiting.reply() == .array([.bulk("queue"), .bulk("job")]))
        }

        @Test func aBlockedClientThatLeavesTakesNothing() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            var leaving: RESPClient? = try proxy.resp()
            try leaving?.send("BLPOP", "queue", "0")
            let direct = try redis.client()
            try Patience.wait("the client to block") { try direct.command("INFO", "clients").text?.contains("blocked_clients:1") == true }
            leaving = nil
            try Patience.wait("the block to end") { try direct.command("INFO", "clients").text?.contains("blocked_clients:0") == true }
            #expect(try proxy.resp().command("RPUSH", "queue", "job") == .integer(1))
            #expect(try proxy.resp().command("LPOP", "queue") == .bulk("job"))
        }

        @Test func subscribersHearMessagesInBothProtocols() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let (two, three, sender) = (try proxy.resp(), try proxy.resp(), try proxy.resp())
            #expect(try two.command("SUBSCRIBE", "news") == .array([.bulk("subscribe"), .bulk("news"), .integer(1)]))
            let hello = try three.command("HELLO", "3").fields ?? [:]
            #expect(hello["server"] == "redis")
            #expect(try three.command("PSUBSCRIBE", "n*") == .array([.bulk("psubscribe"), .bulk("n*"), .integer(1)]))
            #expect(try sender.command("PUBLISH", "news", "hello") == .integer(2))
            #expect(try two.reply() == .array([.bulk("message"), .bulk("news"), .bulk("hello")]))
            #expect(try three.reply() == .array([.bulk("pmessage"), .bulk("n*"), .bulk("news"), .bulk("hello")]))
            // In RESP3 a subscriber may go on with anything.
            #expect(try three.command("GET", "nothing") == .null)
        }

        @Test func aMonitorThatWasResetIsNoneForTheServerEither() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1"])
            let (watching, other) = (try proxy.resp(), try proxy.resp())
            for round in 1...20 {
                // What it is shown before the end comes before it.
                try watching.stream.write(Array("MONITOR\r\n".utf8))
                #expect(try watching.reply() == .ok)
                try other.command("ECHO", "round \(round)")
                try watching.stream.write(Array("RESET\r\nECHO after\r\n".utf8))
                var line = try watching.reply().text ?? ""
                while line.contains("[0 ") { line = try watching.reply().text ?? "" }
                #expect(line == "RESET")
                #expect(try other.command("CLIENT", "LIST").text?.contains("flags=O") == false)
                #expect(try watching.reply() == .bulk("after"))
            }
        }

        @Test func monitorShowsWhatOthersDo() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let watching = try proxy.resp()
            #expect(try watching.command("MONITOR") == .ok)
            #expect(try proxy.resp().command("SET", "seen", "1") == .ok)
            var line = ""
            while !line.contains("seen") { line = try watching.reply().text ?? "" }
            #expect(line.contains(#""SET" "seen" "1""#))
        }

        @Test func resetGivesAFreshConnectionAndQuitEndsIt() throws {
            let redis = try RedisServer()
            let client = try redis.mastergate().resp()
            #expect(try client.command("SELECT", "2") == .ok)
            #expect(try client.command("RESET") == .simpleString("RESET"))
            #expect(try client.command("CLIENT", "INFO").text?.contains("db=0") == true)
            #expect(try client.command("QUIT") == .ok)
            #expect(throws: (any Error).self) { try client.reply() }
        }

        @Test func inlineCommandsAndTheirErrorsAreRedisOwn() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let client = try proxy.resp()
            try client.stream.write(Array("SET greeting \"hello world\"\r\nGET greeting\nPING\r\n".utf8))
            #expect(try client.reply() == .ok)
            #expect(try client.reply() == .bulk("hello world"))
            #expect(try client.reply() == .simpleString("PONG"))
            for (request, words) in [
                ("SET \"k\r\n", "Protocol error: unbalanced quotes in request"),
                ("*1\r\n:5\r\n", "Protocol error: expected '$', got ':'"),
                ("*x\r\n", "Protocol error: invalid multibulk length"),
                ("*1\r\n$99999999999999999999\r\n", "Protocol error: invalid bulk length"),
            ] {
                let offender = try proxy.resp()
                try offender.stream.write(Array(request.utf8))
                #expect(try offender.reply() == .error("ERR \(words)"))
                #expect(throws: (any Error).self) { try offender.reply() }
            }
        }

        @Test func whatIsPipedInAndClosedIsAnsweredFirst() throws {
            let redis = try RedisServer()
            let client = try redis.mastergate().resp()
            try client.stream.write(Array(String(repeating: "INCR n\r\n", count: 200).utf8))
            client.stream.shutdownWriting()
            for expected in 1...200 { #expect(try client.reply() == .integer(Int64(expected))) }
            #expect(throws: (any Error).self) { try client.reply() }
        }

        @Test func aValueOf64MegabytesGoesBothWaysInLittleMemory() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--redis-link-buffer", "1mb"])
            let client = try proxy.resp(timeoutMilliseconds: 30_000)
            let value = [UInt8](unsafeUninitializedCapacity: 64 << 20) { buffer, count in
                for index in 0..<(64 << 20) { buffer[index] = UInt8(truncatingIfNeeded: index &* 31 &+ index >> 8) }
                count = 64 << 20
            }
            #expect(try client.command([Array("SET".utf8), Array("big".utf8), value]) == .ok)
            #expect(try client.command("GET", "big") == .bulkString(value))
            let status = try String(contentsOfFile: "/proc/\(proxy.process.processID)/status", encoding: .utf8)
            let peak = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM") })
            let kilobytes = try #require(Int(peak.split(separator: " ").dropLast().last ?? ""))
            #expect(kilobytes < 80 << 10)
        }

        @Test func aThousandClientsAreServedAtOnce() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let clients = try (0..<1000).map { _ in try proxy.resp(timeoutMilliseconds: 20_000) }
            for (index, client) in clients.enumerated() { try client.send("SET", "client:\(index)", "\(index)") }
            for client in clients { #expect(try client.reply() == .ok) }
            for (index, client) in clients.enumerated() { try client.send("GET", "client:\(index)") }
            for (index, client) in clients.enumerated() { #expect(try client.reply() == .bulk("\(index)")) }
            #expect(try proxy.metric("mastergate_client_connections{listener=\"resp\"}") == 1000)
        }

        @Test func oneClientTooManyIsToldSo() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--listen-max-clients", "2"])
            let (one, two) = (try proxy.resp(), try proxy.resp())
            #expect(try one.command("PING") == .simpleString("PONG"))
            #expect(try two.command("PING") == .simpleString("PONG"))
            #expect(try proxy.resp().reply() == .error("ERR max number of clients reached"))
        }

        @Test func redisCliWorksThroughIt() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            func cli(_ words: String...) throws -> String {
                try Tool.run(["redis-cli", "-p", "\(proxy.respPort)"] + words, in: redis.folder).output
            }
            #expect(try cli("SET", "k", "v") == "OK\n")
            #expect(try cli("GET", "k") == "v\n")
            #expect(try cli("-3", "HGETALL", "none") == "\n" || cli("-3", "HGETALL", "none") == "")
            #expect(try cli("INFO", "server").contains("redis_version:"))
            #expect(try cli("--scan") == "k\n")
            #expect(try cli("-n", "4", "DBSIZE") == "0\n")
        }
    }
}
