import EventLoop
import Foundation
import Glibc
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Whatever a client waits for, it is served, or told, when that has come or can come no more.
    @Suite struct WaitingClients {
        private let redis: RedisServer

        init() throws { redis = try RedisServer() }

        private func value(_ byteCount: Int) -> [UInt8] { [UInt8](repeating: UInt8(ascii: "v"), count: byteCount) }

        private func awaitBlocked(_ count: Int = 1) throws {
            let direct = try redis.client()
            try Patience.wait("a client to block") { try direct.command("INFO", "clients").text?.contains("blocked_clients:\(count)") == true }
        }

        @Test func aLargeRequestForWhichThereIsNoLinkIsServedWhenOneIsFree() throws {
            let proxy = try redis.mastergate(["--threads", "1", "--redis-warm-links", "0", "--redis-dedicated-links-max", "2"])
            var blocked: RESPClient? = try proxy.resp()
            #expect(try blocked?.command("PING") == .simpleString("PONG"))
            try blocked?.send("BLPOP", "never", "0")
            try awaitBlocked()
            let large = try proxy.resp()
            try large.send([Array("SET".utf8), Array("k".utf8), value(3 << 20)])
            #expect(try proxy.resp().command("PING") == .simpleString("PONG"))
            blocked = nil
            #expect(try large.reply() == .ok)
        }

        @Test func aLargeRequestIsToldThatThereIsNoMasterAndItsRestIsPassedOver() throws {
            let proxy = try redis.mastergate(["--failover-hold", "300ms"])
            #expect(try proxy.resp().command("PING") == .simpleString("PONG"))
            redis.process.kill9()
            let large = try proxy.resp()
            try large.stream.write(Array("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$300000\r\n".utf8) + value(200_000))
            guard case .error(let text) = try large.reply() else { return #expect(Bool(false), "a refusal was due") }
            #expect(text.hasPrefix("NOMASTER "))
            try large.stream.write(value(100_000) + Array("\r\n".utf8))
            guard case .error(let next) = try large.command("GET", "k") else { return #expect(Bool(false), "a refusal was due") }
            #expect(next.hasPrefix("NOMASTER "))
        }

        @Test func aLinkThatStoodStillForAClientWhichDidNotReadServesTheNext() throws {
            let proxy = try redis.mastergate(["--threads", "1", "--redis-link-buffer", "4kb"])
            try redis.client().command([Array("SET".utf8), Array("k".utf8), value(30_000)])
            for _ in 0..<5 {
                let slow = try proxy.resp()
                #expect(try slow.command("WATCH", "k") == .ok)
                for _ in 0..<500 { try slow.send("GET", "k") }
                try slow.send("UNWATCH")
                usleep(100_000)
                for _ in 0..<500 { #expect(try slow.reply() == .bulkString(value(30_000))) }
                #expect(try slow.reply() == .ok)
                let next = try proxy.resp(timeoutMilliseconds: 3000)
                #expect(try next.command("MULTI") == .ok)
                #expect(try next.command("DISCARD") == .ok)
            }
        }

        @Test func aClientIsReadAgainWhenWhatHeldItUpIsOver() throws {
            let proxy = try redis.mastergate(["--redis-link-buffer", "64kb"])
            let client = try proxy.resp(timeoutMilliseconds: 3000)
            try client.send("BLPOP", "list", "0")
            try client.send("RESET")
            for _ in 0..<2 { try client.send([Array("SET".utf8), Array("k".utf8), value(50_000)]) }
            try awaitBlocked()
            try proxy.resp().command("RPUSH", "list", "x")
            #expect(try client.reply() == .array([.bulk("list"), .bulk("x")]))
            #expect(try client.reply() == .simpleString("RESET"))
            for _ in 0..<2 { #expect(try client.reply() == .ok) }
            #expect(try client.command("PING") == .simpleString("PONG"))
        }

        @Test func aRequestLargerThanTheLinksBufferIsTakenInWhateverItsKind() throws {
            let proxy = try redis.mastergate(["--redis-link-buffer", "4kb"])
            let client = try proxy.resp(timeoutMilliseconds: 3000)
            for byteCount in [5000, 60_000, 70_000, 130_000, 1_000_000] {
                #expect(try client.command([Array("SET".utf8), Array("k".utf8), value(byteCount)]) == .ok)
                #expect(try client.command("GET", "k") == .bulkString(value(byteCount)))
            }
            try client.stream.write(Array("SET k ".utf8) + value(60_000) + Array("\r\n".utf8))
            #expect(try client.reply() == .ok)
        }

        @Test func aStrangersRequestIsTakenInOnlyAsFarAsAPasswordMayReach() throws {
            let locked = try redis.mastergate(["--redis-link-buffer", "4kb", "--client-password", "secret"])
            let stranger = try locked.resp(timeoutMilliseconds: 3000)
            guard case .error(let refusal) = try stranger.command([Array("AUTH".utf8), value(16_000)]) else { return #expect(Bool(false)) }
            #expect(refusal.hasPrefix("WRONGPASS"))
            #expect(try stranger.command("AUTH", "secret") == .ok)
            let greedy = try locked.resp(timeoutMilliseconds: 3000)
            guard case .error(let text) = try greedy.command((0..<10).map { _ in value(16_000) }) else { return #expect(Bool(false)) }
            #expect(text.contains("unauthenticated request is too long"))
            #expect(throws: (any Error).self) { try greedy.reply() }
        }

        @Test func aWaitThatEndedInARefusalIsOver() throws {
            let proxy = try redis.mastergate(["--failover-hold", "200ms"])
            let client = try proxy.resp()
            let id = try client.command("CLIENT", "ID")
            #expect(try client.command("SELECT", "99") == .error("ERR DB index is out of range"))
            usleep(600_000)
            #expect(try client.command("CLIENT", "ID") == id)
        }

        @Test func linksThatLieReadyMakeRoomForOneOfAnotherUser() throws {
            try redis.client().command("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all")
            let proxy = try redis.mastergate(["--threads", "1", "--redis-shared-links", "1", "--redis-warm-links", "0", "--redis-dedicated-links-max", "2", "--failover-hold", "2s"])
            let clients = try (0..<2).map { _ in try proxy.resp() }
            for client in clients { #expect(try client.command("MULTI") == .ok) }
            for client in clients { #expect(try client.command("DISCARD") == .ok) }
            for client in clients { #expect(try client.command("AUTH", "app", "secret") == .ok) }
            for client in try (0..<2).map({ _ in try proxy.resp() }) { #expect(try client.command("MULTI") == .ok) }
        }

        @Test func aClientThatEndsItsSideWhileItsLinkIsOnTheWayIsAnswered() throws {
            let proxy = try redis.mastergate(["--redis-warm-links", "0"])
            for database in 1..<8 {
                let client = try proxy.resp()
                try client.stream.write(Array("SELECT \(database)\r\nINCR n\r\nMULTI\r\nINCR n\r\nEXEC\r\n".utf8))
                client.stream.shutdownWriting()
                #expect(try client.reply() == .ok)
                #expect(try client.reply() == .integer(1))
                #expect(try client.reply() == .ok)
                #expect(try client.reply() == .simpleString("QUEUED"))
                #expect(try client.reply() == .array([.integer(2)]))
            }
        }

        @Test func aSilentLoadHasRunBeforeWhatFollowsItsReset() throws {
            let proxy = try redis.mastergate(["--threads", "1"])
            let client = try proxy.resp()
            for round in 0..<50 {
                try client.send("CLIENT", "REPLY", "OFF")
                for index in 0..<200 { try client.send([Array("SET".utf8), Array("k\(index)".utf8), value(2000)]) }
                try client.send("SET", "k", "\(round)")
                try client.send("RESET")
                try client.send("GET", "k")
                #expect(try client.reply() == .simpleString("RESET"))
                #expect(try client.reply() == .bulk("\(round)"))
            }
        }

        @Test func monitorsYesComesBeforeWhatFollows() throws {
            let client = try redis.mastergate().resp()
            try client.stream.write(Array("MONITOR\r\nRESET\r\nECHO x\r\n".utf8))
            #expect(try client.reply() == .ok)
            var reply = try client.reply()
            while reply != .simpleString("RESET") { reply = try client.reply() }
            #expect(try client.reply() == .bulk("x"))
        }

        @Test func theTimeOfAnAnswerCountsForTheIdleLimitToo() throws {
            let proxy = try redis.mastergate(["--listen-idle-timeout", "1s"])
            let client = try proxy.resp()
            #expect(try client.command("BLPOP", "none", "2") == .null)
            usleep(500_000)
            #expect(try client.command("PING") == .simpleString("PONG"))
        }
    }
}
