import EventLoop
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Two clients at work at the same time never notice each other.
    @Suite struct Isolation {
        private let redis: RedisServer
        private let proxy: MastergateProcess

        init() throws {
            redis = try RedisServer()
            // On one loop all clients meet on the same links.
            proxy = try redis.mastergate(["--threads", "1", "--redis-shared-links", "1"])
        }

        @Test func eachHasItsOwnDatabase() throws {
            let one = try proxy.resp()
            let other = try proxy.resp()
            #expect(try one.command("SELECT", "3") == .ok)
            for round in 0..<50 {
                try one.send("SET", "k", "three \(round)")
                try other.send("SET", "k", "zero \(round)")
                try one.send("GET", "k")
                try other.send("GET", "k")
                #expect(try one.reply() == .ok)
                #expect(try one.reply() == .bulk("three \(round)"))
                #expect(try other.reply() == .ok)
                #expect(try other.reply() == .bulk("zero \(round)"))
            }
            #expect(try redis.client().command("GET", "k") == .bulk("zero 49"))
        }

        @Test func eachHasItsOwnProtocolVersionAndName() throws {
            let one = try proxy.resp()
            let other = try proxy.resp()
            guard case .map = try one.command("HELLO", "3", "SETNAME", "one") else { return #expect(Bool(false), "RESP3 greets with a map") }
            #expect(try one.command("HSET", "h", "f", "v") == .integer(1))
            #expect(try other.command("HGETALL", "h") == .array([.bulk("f"), .bulk("v")]))
            #expect(try one.command("HGETALL", "h") == .map([.bulk("f"), .bulk("v")]))
            #expect(try other.command("CLIENT", "GETNAME") == .null)
            #expect(try one.command("CLIENT", "GETNAME") == .bulk("one"))
            let info = try one.command("CLIENT", "INFO").text ?? ""
            #expect(info.contains("name=one ") && info.contains("resp=3"))
            let otherInfo = try other.command("CLIENT", "INFO").text ?? ""
            #expect(otherInfo.contains("name= ") && otherInfo.contains("resp=2"))
        }

        @Test func aTransactionIsItsClientsAlone() throws {
            let one = try proxy.resp()
            let other = try proxy.resp()
            #expect(try one.command("WATCH", "k") == .ok)
            #expect(try one.command("MULTI") == .ok)
            #expect(try one.command("SET", "k", "one") == .simpleString("QUEUED"))
            #expect(try other.command("GET", "k") == .null)
            #expect(try other.command("SET", "k", "other") == .ok)
            #expect(try one.command("EXEC") == .null)
            #expect(try other.command("GET", "k") == .bulk("other"))
            // The link that was watched is good for the next.
            for _ in 0..<10 {
                #expect(try other.command("MULTI") == .ok)
                try other.command("SET", "k", "again")
                #expect(try other.command("EXEC") == .array([.ok]))
            }
        }

        @Test func aSubscriberGetsMessagesAndNobodyElseDoes() throws {
            let subscriber = try proxy.resp()
            let other = try proxy.resp()
            #expect(try subscriber.command("SUBSCRIBE", "news") == .array([.bulk("subscribe"), .bulk("news"), .integer(1)]))
            for round in 0..<20 {
                #expect(try other.command("PUBLISH", "news", "\(round)") == .integer(1))
                #expect(try other.command("ECHO", "\(round)") == .bulk("\(round)"))
                #expect(try subscriber.reply() == .array([.bulk("message"), .bulk("news"), .bulk("\(round)")]))
            }
            #expect(try subscriber.command("UNSUBSCRIBE") == .array([.bulk("unsubscribe"), .bulk("news"), .integer(0)]))
            #expect(try other.command("PUBLISH", "news", "x") == .integer(0))
            #expect(try subscriber.command("GET", "k") == .null)
        }

        @Test func aSilenceIsItsClientsAlone() throws {
            let one = try proxy.resp()
            let other = try proxy.resp()
            for round in 0..<20 {
                try one.send("CLIENT", "REPLY", "SKIP")
                try one.send("SET", "k", "\(round)")
                try one.send("GET", "k")
                #expect(try other.command("ECHO", "\(round)") == .bulk("\(round)"))
                #expect(try one.reply() == .bulk("\(round)"))
            }
        }

        @Test func whoLeavesWithRepliesInFlightLeavesThemToNobody() throws {
            let stayer = try proxy.resp()
            for round in 0..<100 {
                let leaver = try proxy.resp()
                for _ in 0..<20 { try leaver.send("ECHO", "for the one that left") }
                if round % 2 == 0 { try leaver.send("BLPOP", "never", "0") }
                try stayer.send("ECHO", "\(round)")
                if round % 3 == 0 { try leaver.stream.write(Array("*2\r\n$4\r\nECHO\r\n$5\r\nhal".utf8)) }
                withExtendedLifetime(leaver) {}
                #expect(try stayer.reply() == .bulk("\(round)"))
            }
            try Patience.wait("the blocked links to be closed") {
                !(try redis.client().command("CLIENT", "LIST").text ?? "").contains("cmd=blpop")
            }
        }

        @Test func redisIdentifiesAClientByItsOwnLinkAndCanUnblockIt() throws {
            let blocked = try proxy.resp()
            let other = try proxy.resp()
            guard case .integer(let id) = try blocked.command("CLIENT", "ID") else { return #expect(Bool(false), "an id was due") }
            #expect(try blocked.command("SET", "k", "v") == .ok)
            #expect(try blocked.command("CLIENT", "ID") == .integer(id))
            try blocked.send("BLPOP", "never", "0")
            try Patience.wait("the client to be blocked") { try other.command("CLIENT", "UNBLOCK", "\(id)") == .integer(1) }
            #expect(try blocked.reply() == .null)
            #expect(try other.command("CLIENT", "KILL", "ID", "\(id)") == .integer(1))
            #expect(throws: (any Error).self) { for _ in 0..<1000 { try blocked.command("PING") } }
        }

        @Test func waitIsAboutTheWritesThatWentOverTheSharedLink() throws {
            let replica = try RedisServer(["--replicaof", "127.0.0.1", "\(redis.port)"])
            let client = try proxy.resp()
            try Patience.wait("the replica") { try client.command("INFO", "replication").text?.contains("state=online") ?? false }
            #expect(try client.command("SET", "k", "1") == .ok)
            #expect(try client.command("WAIT", "1", "2000") == .integer(1))
            // A replica that stands still has not got what is written now.
            replica.process.signal(19)
            #expect(try client.command("SET", "k", "2") == .ok)
            #expect(try client.command("WAIT", "1", "100") == .integer(0))
            replica.process.signal(18)
            #expect(try client.command("WAIT", "1", "5000") == .integer(1))
        }
    }
}
