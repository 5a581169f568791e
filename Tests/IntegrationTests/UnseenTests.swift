import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// What whoever runs Redis sees of the proxy there.
    @Suite struct Unseen {
        private func number(_ name: String, in reply: ReplyValue) -> Int? {
            reply.text?.split(whereSeparator: \.isNewline).first { $0.hasPrefix("\(name):") }.flatMap { Int($0.drop { $0 != ":" }.dropFirst()) }
        }

        @Test(arguments: [1, 2]) func infoCountsTheClientsOfTheProxyAndNotItsLinks(threads: Int) throws {
            let redis = try RedisServer()
            let direct = try redis.client()
            let proxy = try redis.mastergate(["--threads", "\(threads)"])
            var clients = [try proxy.resp()]
            // A new client, with a name, in a database of its own, with a transaction or a subscription of its own.
            for index in 1...12 {
                let client = try proxy.resp()
                try client.command("SELECT", "\(index % 4)")
                try client.command("CLIENT", "SETNAME", "n\(index)")
                if index % 3 == 0 { try client.command("MULTI") } else if index % 3 == 1 { try client.command("SUBSCRIBE", "c") }
                clients.append(client)
            }
            let web = try proxy.http()
            #expect(try web.get("/PING").status == 200)
            let waiting = try proxy.resp()
            try waiting.send("BLPOP", "none", "0")
            // 13 and the waiting one, one over HTTP, one beside the proxy.
            for form in [["INFO"], ["INFO", "clients"], ["info", "everything"]] {
                try Patience.wait("16 clients in \(form)", seconds: 5) {
                    let reply = try clients[0].command(form.map { Array($0.utf8) })
                    return number("connected_clients", in: reply) == 16 && number("blocked_clients", in: reply) == 1
                }
            }
            // The count may be one off while a link is being made.
            try Patience.wait("16 clients over HTTP", seconds: 5) { try web.get("/INFO/clients.txt").text.contains("connected_clients:16\r\n") }
            try clients[0].command("HELLO", "3")
            try Patience.wait("16 clients over RESP3", seconds: 5) { number("connected_clients", in: try clients[0].command("INFO", "clients")) == 16 }
            // A client with a link of its own is told the same, but within a transaction, where Redis answers all at once.
            try clients[0].command("WATCH", "k")
            try Patience.wait("16 clients for one with a link of its own", seconds: 5) { number("connected_clients", in: try clients[0].command("INFO", "clients")) == 16 }
            #expect(try number("connected_clients", in: direct.command("INFO", "clients")) ?? 0 > 16)
        }

        @Test func whoWantsTheTruthOfTheLinksIsToldIt() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1", "--redis-info", "server"])
            let client = try proxy.resp()
            let direct = try redis.client()
            try Patience.wait("the links to be ready", seconds: 5) {
                let (told, seen) = (number("connected_clients", in: try client.command("INFO")), number("connected_clients", in: try direct.command("INFO")))
                return told == seen && told ?? 0 > 10
            }
        }

        /// Redis 7.0 shows none (REDIS_SERVER names a later server).
        @Test func theLibraryOfAClientIsShownWhereTheServerKnowsOfLibrariesAndStaysThroughReset() throws {
            let redis = try RedisServer()
            let direct = try redis.client()
            let knows = try direct.command("CLIENT", "SETINFO", "LIB-NAME", "") == .ok
            let proxy = try redis.mastergate(["--threads", "1"])
            func library(_ line: String?) -> String {
                (line ?? "").split(separator: " ").filter { $0.hasPrefix("lib-") && !$0.hasSuffix("=") }.map { $0.trimmingCharacters(in: .newlines) }.joined(separator: " ")
            }
            let client = try proxy.resp()
            #expect(try client.command("CLIENT", "SETINFO", "LIB-NAME", "redis-py") == .ok)
            #expect(try client.command("CLIENT", "SETINFO", "lib-ver", "5.0") == .ok)
            #expect(try client.command("CLIENT", "SETINFO", "LIB-NAME", "two words") == .error("ERR lib-name cannot contain spaces, newlines or special characters."))
            let shown = knows ? "lib-name=redis-py lib-ver=5.0" : ""
            for _ in 0..<2 {
                #expect(library(try client.command("CLIENT", "INFO").text) == shown)
                // A transaction's link shows nobody, and no other client is taken for this one.
                #expect(try client.command("MULTI") == .ok)
                #expect(try client.command("EXEC") == .array([]))
                #expect(library(try proxy.resp().command("CLIENT", "INFO").text) == "")
                #expect(try client.command("RESET") == .simpleString("RESET"))
            }
            // Whoever has a name is in the list, with the library; and is not when gone.
            var named: RESPClient? = try proxy.resp()
            #expect(try named?.command("CLIENT", "SETNAME", "app") == .ok)
            #expect(try named?.command("CLIENT", "SETINFO", "LIB-NAME", "jedis") == .ok)
            func line() throws -> String? { try direct.command("CLIENT", "LIST").text?.split(whereSeparator: \.isNewline).first { $0.contains(" name=app ") }.map(String.init) }
            try Patience.wait("the list to show the library", seconds: 5) { library(try line()) == (knows ? "lib-name=jedis" : "") }
            named = nil
            try Patience.wait("the list to show it no more", seconds: 5) { try line() == nil && direct.command("CLIENT", "LIST").text?.contains("jedis") == false }
        }

        @Test func helloTellsWhatTheServerSaysOfItselfNowAndAsksForThatOnceASecond() throws {
            let redis = try RedisServer()
            let direct = try redis.client()
            let proxy = try redis.mastergate(["--threads", "1", "--redis-warm-links", "0"])
            let clients = try (0..<20).map { _ in try proxy.resp() }
            for version in ["2", "3"] {
                for client in clients { #expect(try client.command("HELLO", version).fields?["server"] != nil) }
            }
            func hellos() throws -> Int { try calls("hello", direct) }
            let before = try hellos()
            try Patience.wait("the server to be asked anew", seconds: 5) {
                _ = try clients[0].command("HELLO", "3")
                return try hellos() > before
            }
            let asked = try hellos()
            for client in clients { #expect(try client.command("HELLO", "3").fields?["proto"] != nil) }
            #expect(try hellos() <= asked + 1)
            // Valkey tells where it stands, and may be moved.
            guard try direct.command("CONFIG", "SET", "availability-zone", "here") == .ok else { return }
            try Patience.wait("the change to be told", seconds: 2) { try proxy.resp().command("HELLO", "3").fields?["availability_zone"] == "here" }
            // A change that goes through the proxy holds at once.
            for zone in ["there", "", "elsewhere"] {
                #expect(try clients[0].command("CONFIG", "SET", "availability-zone", zone) == .ok)
                #expect(try clients[0].command("HELLO", "3").fields?["availability_zone"] ?? "" == zone)
            }
        }

        private func calls(_ command: String, _ direct: RESPClient) throws -> Int {
            let line = try direct.command("INFO", "commandstats").text?.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_\(command):calls=") }
            return line.flatMap { Int($0.drop { $0 != "=" }.dropFirst().prefix { $0 != "," }) } ?? 0
        }

        @Test func aServerIsAskedOnceIfItCanBeUsedAndNotEachTimeForItsRole() throws {
            let redis = try RedisServer()
            let direct = try redis.client()
            // With a password nobody looks if Redis serves who has none.
            try direct.command("CONFIG", "SET", "requirepass", "pw")
            let proxy = try redis.mastergate(["--threads", "1", "--redis-password", "pw", "--redis-warm-links", "0"])
            #expect(try proxy.resp().command("SET", "k", "v") == .ok)
            let (pings, roles) = (try calls("ping", direct), try calls("role", direct))
            try Patience.wait("ten questions more", seconds: 10) { try calls("role", direct) >= roles + 10 }
            #expect(try calls("ping", direct) == pings)
        }

        @Test func twoMonitorsAreShownWhatClientsAskAndNothingOfTheProxy() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1", "--redis-warm-links", "0"])
            let direct = try redis.client()
            // Links that settle before are done with it.
            #expect(try proxy.resp().command("SET", "k", "v") == .ok)
            let monitors = [try proxy.resp(), try proxy.resp()]
            for monitor in monitors { #expect(try monitor.command("MONITOR") == .ok) }
            // New clients, a link of one's own, a look at the server: whatever the proxy asks for that.
            for index in 0..<8 {
                let client = try proxy.resp()
                try client.command("SELECT", "\(index % 3)")
                try client.command("SET", "k\(index)", "v")
                try client.command("MULTI")
                try client.command("EXEC")
            }
            try direct.command("SET", "last", "v")
            for monitor in monitors {
                var lines: [String] = []
                while lines.last?.contains("\"last\"") != true, lines.count < 200 { lines.append(try monitor.reply().text ?? "") }
                #expect(lines.filter { $0.contains("\"SET\"") }.count == 9)
                #expect(lines.filter { $0.contains("\"PING\"") || $0.contains("\"ROLE\"") || $0.contains("\"SELECT\"") || $0.contains("\"CLIENT\" \"ID\"") } == [])
                try monitor.send("RESET")
                for _ in 0..<100 { if try monitor.reply() == .simpleString("RESET") { break } }
                #expect(try monitor.command("GET", "last") == .bulk("v"))
            }
            #expect(try direct.command("CLIENT", "LIST").text?.contains("flags=O") == false)
        }
    }
}
