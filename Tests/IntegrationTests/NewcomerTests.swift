import Glibc
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Clients without a password, when Redis's default user is given one, or is switched off.
    @Suite struct Newcomers {
        private static let noAuth = ReplyValue.error("NOAUTH Authentication required.")

        private func isNoAuth(_ reply: ReplyValue) -> Bool {
            // In Redis's words; those for EXEC begin otherwise.
            if case .error(let text) = reply { text.hasPrefix("NOAUTH") || text == "EXECABORT Transaction discarded because of: NOAUTH Authentication required." } else { false }
        }

        @Test(arguments: [["CONFIG", "SET", "requirepass", "pw"], ["ACL", "SETUSER", "default", "resetpass"], ["ACL", "SETUSER", "default", "off"]])
        func whoComesBehindTheChangeIsRefusedAndWhoStoodIsServed(change: [String]) throws {
            let redis = try RedisServer()
            let direct = try redis.client()
            let proxy = try redis.mastergate(["--threads", "1"])
            let standing = try proxy.resp()
            #expect(try standing.command("SET", "k", "v") == .ok)
            let web = try proxy.http()
            #expect(try web.get("/GET/k").text == #"{"GET":"v"}"#)
            #expect(try direct.command(change.map { Array($0.utf8) }) == .ok)
            // Nobody tells the proxy of it.
            try Patience.wait("the change to be seen", seconds: 2) { isNoAuth(try proxy.resp().command("GET", "k")) }
            let newcomer = try proxy.resp()
            for request in [["GET", "k"], ["MULTI"], ["SET", "k", "bad"], ["EXEC"], ["BLPOP", "none", "1"], ["SUBSCRIBE", "c"], ["SELECT", "1"], ["HELLO", "3"], ["SCAN", "0"]] {
                #expect(isNoAuth(try newcomer.command(request.map { Array($0.utf8) })), "\(request)")
            }
            #expect(try proxy.http().get("/SET/k/bad").text == #"{"SET":[false,"NOAUTH Authentication required."]}"#)
            // As on connections to Redis that stood.
            for _ in 0..<3 {
                #expect(try standing.command("MULTI") == .ok)
                #expect(try standing.command("SET", "k", "w") == .simpleString("QUEUED"))
                #expect(try standing.command("EXEC") == .array([.ok]))
                #expect(try standing.command("BLPOP", "none", "0.01") == .null)
            }
            #expect(try standing.command("GET", "k") == .bulk("w"))
            #expect(try web.get("/GET/k").text == #"{"GET":"w"}"#)
            // RESET gives up what the connection was let in with.
            #expect(try standing.command("RESET") == .simpleString("RESET"))
            #expect(isNoAuth(try standing.command("GET", "k")))
        }

        @Test func aChangeThatGoesThroughTheProxyHoldsForTheNextClient() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1"])
            let changer = try proxy.resp()
            #expect(try proxy.resp().command("PING") == .simpleString("PONG"))
            #expect(try changer.command("CONFIG", "SET", "requirepass", "pw") == .ok)
            let next = try proxy.resp()
            #expect(try next.command("GET", "k") == Self.noAuth)
            #expect(try next.command("AUTH", "pw") == .ok)
            #expect(try next.command("SET", "k", "v") == .ok)
            #expect(try changer.command("CONFIG", "SET", "requirepass", "") == .ok)
            #expect(try proxy.resp().command("GET", "k") == .bulk("v"))
        }

        @Test func aLinkMadeWhileRedisServedEverybodyServesNoStrangerWhenItDoesNoMore() throws {
            let redis = try RedisServer()
            let direct = try redis.client()
            #expect(try direct.command("SET", "k", "v") == .ok)
            #expect(try direct.command("CONFIG", "SET", "requirepass", "pw") == .ok)
            let proxy = try redis.mastergate(["--threads", "1"])
            let stranger = try proxy.resp()
            #expect(try stranger.command("GET", "k") == Self.noAuth)
            // For the time being everybody is served, and the link of those who were not is lost.
            #expect(try direct.command("CONFIG", "SET", "requirepass", "") == .ok)
            try direct.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            #expect(try stranger.command("GET", "k") == .bulk("v"))
            #expect(try stranger.command("BLPOP", "none", "0.01") == .null)
            #expect(try direct.command("ACL", "SETUSER", "default", "off") == .ok)
            try Patience.wait("the change to be seen", seconds: 2) { try proxy.resp().command("GET", "k") == Self.noAuth }
            for _ in 0..<20 {
                let newcomer = try proxy.resp()
                for request in [["GET", "k"], ["BLPOP", "none", "0.01"], ["MULTI"]] { #expect(isNoAuth(try newcomer.command(request.map { Array($0.utf8) }))) }
            }
        }

        @Test func whoIsShownByNameIsAStrangerWhollyWhenTheOtherLinksAreLost() throws {
            let redis = try RedisServer()
            let direct = try redis.client()
            #expect(try direct.command("SET", "k", "v") == .ok)
            let proxy = try redis.mastergate(["--threads", "1"])
            let named = try proxy.resp()
            #expect(try named.command("CLIENT", "SETNAME", "app") == .ok)
            #expect(try named.command("GET", "k") == .bulk("v"))
            #expect(try direct.command("CONFIG", "SET", "requirepass", "pw") == .ok)
            try Patience.wait("the change to be seen", seconds: 2) { isNoAuth(try proxy.resp().command("GET", "k")) }
            // The link that shows the name stays, and the user with it.
            let others = try #require(direct.command("CLIENT", "LIST").text).split(whereSeparator: \.isNewline).filter { !$0.contains(" name=app ") && !$0.contains(" cmd=client") }
            for line in others { try direct.command("CLIENT", "KILL", "ID", String(line.dropFirst(3).prefix { $0 != " " })) }
            try Patience.wait("the links to be lost", seconds: 2) { isNoAuth(try named.command("GET", "k")) }
            for request in [["MULTI"], ["CLIENT", "SETNAME", "other"], ["BLPOP", "none", "0.01"], ["EXEC"]] { #expect(isNoAuth(try named.command(request.map { Array($0.utf8) })), "\(request)") }
            #expect(try named.command("AUTH", "pw") == .ok)
            #expect(try named.command("GET", "k") == .bulk("v"))
            #expect(try named.command("CLIENT", "GETNAME") == .bulk("app"))
        }

        @Test func whoCannotBeJudgedForTooLongIsRefusedAndNotServedOverALinkThatStands() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1", "--failover-hold", "300ms"])
            let standing = try proxy.resp()
            #expect(try standing.command("SET", "k", "v") == .ok)
            redis.process.signal(SIGSTOP)
            // By then what was seen of Redis before is too old.
            try Patience.wait("the watch to notice", seconds: 10) { try proxy.admin("/readyz").status == 503 }
            for requests in [[["APPEND", "k", "bad"]], [["SELECT", "1"], ["APPEND", "k", "bad"]], [["SCAN", "0"]], [["HELLO", "3"], ["APPEND", "k", "bad"]], [["INFO"]]] {
                let newcomer = try proxy.resp()
                for request in requests { try newcomer.send(request.map { Array($0.utf8) }) }
                for request in requests {
                    let reply = try newcomer.reply()
                    guard case .error(let text) = reply else { return #expect(reply == .error("NOMASTER"), "\(request)") }
                    #expect(text.hasPrefix("NOMASTER"), "\(request): \(text)")
                }
            }
            redis.process.signal(SIGCONT)
            #expect(try redis.client().command("GET", "k") == .bulk("v"))
        }

        @Test func whoseLinksAreLostIsAStrangerWhollyAndNothingOfARefusedTransactionRuns() throws {
            let redis = try RedisServer()
            let direct = try redis.client()
            let proxy = try redis.mastergate(["--threads", "1"])
            let standing = try proxy.resp()
            #expect(try standing.command("SET", "k", "v") == .ok)
            #expect(try direct.command("CONFIG", "SET", "requirepass", "pw") == .ok)
            try direct.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            try standing.send("MULTI")
            try standing.send("SET", "k", "bad")
            try standing.send("EXEC")
            try standing.send("SET", "k", "worse")
            for _ in 0..<4 { #expect(isNoAuth(try standing.reply())) }
            #expect(try direct.command("GET", "k") == .bulk("v"))
            #expect(try standing.command("AUTH", "pw") == .ok)
            #expect(try standing.command("GET", "k") == .bulk("v"))
        }

        @Test func whoLogsInBehindTheChangeIsServedInEveryWay() throws {
            let redis = try RedisServer()
            let direct = try redis.client()
            let proxy = try redis.mastergate(["--threads", "1"])
            #expect(try proxy.resp().command("PING") == .simpleString("PONG"))
            #expect(try direct.command("CONFIG", "SET", "requirepass", "pw") == .ok)
            let client = try proxy.resp()
            guard case .map = try client.command("HELLO", "3", "AUTH", "default", "pw") else { return #expect(Bool(false), "HELLO is answered by a map") }
            #expect(try client.command("SET", "k", "v") == .ok)
            #expect(try client.command("SELECT", "9") == .ok)
            #expect(try client.command("BLPOP", "none", "0.01") == .null)
            #expect(try client.command("GET", "k") == .null)
            #expect(try client.command("SELECT", "0") == .ok)
            #expect(try client.command("GET", "k") == .bulk("v"))
        }

        @Test func aUserWhoMayNotSelectStaysInTheDatabaseThatWasChosenBefore() throws {
            let redis = try RedisServer()
            let direct = try redis.client()
            #expect(try direct.command("ACL", "SETUSER", "lim", "on", ">p2", "~*", "+@all", "-select") == .ok)
            #expect(try direct.command("CONFIG", "SET", "requirepass", "pw") == .ok)
            let proxy = try redis.mastergate(["--threads", "1"])
            let client = try proxy.resp()
            #expect(try client.command("AUTH", "pw") == .ok)
            #expect(try client.command("SELECT", "9") == .ok)
            #expect(try client.command("SET", "k", "nine") == .ok)
            #expect(try client.command("AUTH", "lim", "p2") == .ok)
            #expect(try client.command("GET", "k") == .bulk("nine"))
            #expect(try client.command("MULTI") == .ok)
            #expect(try client.command("GET", "k") == .simpleString("QUEUED"))
            #expect(try client.command("EXEC") == .array([.bulk("nine")]))
            guard case .error(let text) = try client.command("SELECT", "3") else { return #expect(Bool(false), "SELECT is refused") }
            #expect(text.hasPrefix("NOPERM"))
            #expect(try client.command("AUTH", "pw") == .ok)
            #expect(try client.command("GET", "k") == .bulk("nine"))
        }

        @Test func whatStandsBehindALoginRunsInTheDatabaseOfItsClient() throws {
            let redis = try RedisServer()
            try redis.client().command("ACL", "SETUSER", "app", "on", ">secret", "~*", "+@all")
            let proxy = try redis.mastergate(["--threads", "1"])
            let client = try proxy.resp()
            #expect(try client.command("SELECT", "4") == .ok)
            #expect(try client.command("SET", "k", "four") == .ok)
            try client.send("AUTH", "app", "secret")
            try client.send("GET", "k")
            try client.send("AUTH", "app", "wrong")
            try client.send("GET", "k")
            #expect(try client.reply() == .ok)
            #expect(try client.reply() == .bulk("four"))
            guard case .error = try client.reply() else { return #expect(Bool(false), "a wrong password is refused") }
            #expect(try client.reply() == .bulk("four"))
        }
    }
}
