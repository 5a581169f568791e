import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Clients that show credentials of their own to Redis.
    @Suite struct Users {
        @Test func aUserOfFewRightsIsServedBehindSentinelsAndABusyServerAnswers() throws {
            let cluster = try LocalCluster.started {
                $0.replicaCount = 0
                $0.sentinelCount = 1
                // A busy server counts as down.
                $0.downAfterMilliseconds = 60_000
            }
            let direct = try cluster.client(cluster.servers[0])
            try direct.command("ACL", "SETUSER", "app", "on", ">secret", "~app:*", "+set", "+multi", "+exec", "+blpop")
            let proxy = try cluster.mastergate(["--threads", "1", "--failover-hold", "3s"])
            try proxy.awaitReady()
            let clients = try (0..<8).map { _ in try proxy.resp() }
            for client in clients { #expect(try client.command("AUTH", "app", "secret") == .ok) }
            // The links that come now are this user's from their beginning.
            try direct.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            for client in clients { #expect(try client.command("MULTI") == .ok) }
            for client in clients { #expect(try client.command("SET", "app:k", "v") == .simpleString("QUEUED")) }
            for client in clients { #expect(try client.command("EXEC") == .array([.ok])) }
            for client in clients { #expect(try client.command("SET", "app:k", "v") == .ok) }
            // A script without an end: whoever needs a link of its own is told so in Redis's words, as everybody is.
            let endless = try proxy.resp()
            try endless.send("EVAL", "while true do end", "0")
            func isBusy(_ reply: ReplyValue) -> Bool { if case .error(let text) = reply { text.hasPrefix("BUSY") } else { false } }
            try Patience.wait("the server to be busy") { isBusy(try direct.command("GET", "k")) }
            let others = try (0..<8).map { _ in try proxy.resp() }
            for other in others { #expect(isBusy(try other.command("BLPOP", "none", "1"))) }
            for other in others { #expect(isBusy(try other.command("GET", "k"))) }
            #expect(try proxy.resp().command("SCRIPT", "KILL") == .ok)
            guard case .error = try endless.reply() else { return #expect(Bool(false), "the script was killed") }
            for other in others { #expect(try other.command("GET", "k") == .null) }
        }

        @Test func aHelloThatRedisRefusesBehindItsPasswordLeavesTheClientWhoRedisTakesItFor() throws {
            let redis = try RedisServer()
            let direct = try redis.client()
            try direct.command("ACL", "SETUSER", "al", "on", ">secret", "~al:*", "+@all")
            let proxy = try redis.mastergate(["--threads", "1"])
            for hello in [["HELLO", "3", "AUTH", "al", "secret", "SETNAME", "two words"], ["HELLO", "9", "AUTH", "al", "secret"], ["HELLO", "3", "AUTH", "al", "secret", "NOSUCH"], ["HELLO", "3", "AUTH", "al", "wrong"]] {
                let clients = [try redis.client(), try proxy.resp()]
                let answers = try clients.map { client in try [hello, ["ACL", "WHOAMI"], ["SET", "other", "v"], ["GET", "al:k"], ["MULTI"], ["EXEC"]].map { try client.command($0.map { Array($0.utf8) }) } }
                #expect(answers[0] == answers[1], "\(hello)")
            }
        }

        @Test func whatTheUserMayNotSettleIsRefusedByRedisAndTheRestHolds() throws {
            let redis = try RedisServer()
            try redis.client().command("ACL", "SETUSER", "app", "on", ">secret", "~*", "+@all", "-client")
            let proxy = try redis.mastergate(["--threads", "1"])
            // Several links of this user lie ready, in database 0 and without a name.
            let clients = try (0..<4).map { _ in try proxy.resp() }
            for client in clients { try client.send("AUTH", "app", "secret") }
            for client in clients { #expect(try client.reply() == .ok) }
            let client = clients[0]
            guard case .error(let text) = try client.command("CLIENT", "SETNAME", "me") else { return #expect(Bool(false), "refused") }
            #expect(text.hasPrefix("NOPERM"))
            #expect(try client.command("SELECT", "3") == .ok)
            #expect(try client.command("MULTI") == .ok)
            #expect(try client.command("SET", "k", "three") == .simpleString("QUEUED"))
            #expect(try client.command("EXEC") == .array([.ok]))
            #expect(try client.command("GET", "k") == .bulk("three"))
        }

        @Test func aUserWhosePasswordIsTakenNoMoreIsToldSo() throws {
            let redis = try RedisServer()
            let direct = try redis.client()
            try direct.command("ACL", "SETUSER", "app", "on", ">secret", "~*", "+@all")
            let proxy = try redis.mastergate(["--threads", "1"])
            let (one, other) = (try proxy.resp(), try proxy.resp())
            for client in [one, other] { #expect(try client.command("AUTH", "app", "secret") == .ok) }
            try direct.command("ACL", "SETUSER", "app", "resetpass", ">new")
            try direct.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            let refusal = ReplyValue.error("WRONGPASS invalid username-password pair or user is disabled.")
            #expect(try one.command("MULTI") == refusal)
            #expect(try other.command("GET", "k") == refusal)
            #expect(try proxy.resp().command("GET", "k") == .null)
        }
    }
}
