import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Scans that are under way while their server goes away: each server orders keys by a seed of its own.
    @Suite struct Scans {
        private static let stale = ReplyValue.error("ERR cursor of the former master; start again at 0")

        private func fill(_ client: RESPClient) throws {
            for start in stride(from: 0, to: 3000, by: 500) {
                let numbers = (start..<(start + 500)).map { "\($0)" }
                try client.command((["MSET"] + numbers.flatMap { ["k\($0)", "v"] }).map { Array($0.utf8) })
                try client.command((["HSET", "h"] + numbers.flatMap { ["f\($0)", "v"] }).map { Array($0.utf8) })
                try client.command((["SADD", "s"] + numbers.map { "m\($0)" }).map { Array($0.utf8) })
                try client.command((["ZADD", "z"] + numbers.flatMap { [$0, "m\($0)"] }).map { Array($0.utf8) })
            }
        }

        private static let scans = [["SCAN"], ["HSCAN", "h"], ["SSCAN", "s"], ["ZSCAN", "z"]]

        /// The cursor of `reply`, and its elements.
        private func page(_ reply: ReplyValue) throws -> (cursor: String, elements: [String]) {
            let parts = try #require(reply.elements)
            return (try #require(parts.first?.text), try #require(parts.last?.elements).compactMap(\.text))
        }

        /// All that a scan finds, which goes on from `cursor`.
        private func all(_ client: RESPClient, _ scan: [String], from first: String = "0", count: String = "200") throws -> Set<String> {
            var (found, cursor, pages): (Set<String>, String, Int) = ([], first, 0)
            repeat {
                let next = try page(client.command((scan + [cursor, "COUNT", count]).map { Array($0.utf8) }))
                found.formUnion(next.elements)
                cursor = next.cursor
                pages += 1
            } while cursor != "0" && pages < 1000
            return found
        }

        @Test func findEverythingInAnyProtocolAndPipelined() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let client = try proxy.resp()
            try fill(client)
            let direct = try redis.client()
            for version in ["2", "3"] {
                _ = try client.command("HELLO", version)
                for scan in Self.scans { #expect(try all(client, scan) == all(direct, scan), "\(scan)") }
                // A reply of one byte at a time, or of a megabyte, is as good.
                #expect(try all(client, ["SCAN"], count: "1000000") == all(direct, ["SCAN"]))
            }
            try client.send("SET", "before", "1")
            try client.send("SCAN", "0", "COUNT", "1")
            try client.send("GET", "before")
            try client.send("SSCAN", "none", "0")
            try client.send("SCAN", "no-cursor")
            try client.send("GET", "before")
            #expect(try client.reply() == .ok)
            let cursor = try page(client.reply()).cursor
            #expect(try #require(UInt64(cursor)) > 1 << 37)
            #expect(try client.reply() == .bulk("1"))
            #expect(try client.reply() == .array([.bulk("0"), .array([])]))
            #expect(try client.reply() == .error("ERR invalid cursor"))
            #expect(try client.reply() == .bulk("1"))
            // By way of HTTP they are the same ones.
            let web = try proxy.http()
            #expect(try web.get("/SCAN/\(cursor)/COUNT/10").status == 200)
            #expect(try web.get("/SCAN/\(cursor)/COUNT/10").text.contains(page(client.command("SCAN", cursor, "COUNT", "10")).cursor))
            // Inline, and in a database of its own.
            try client.stream.write(Array("SCAN 0 COUNT 1\r\n".utf8))
            #expect(try page(client.reply()).cursor == cursor)
            #expect(try client.command("SELECT", "5") == .ok)
            #expect(try client.command("SCAN", "0") == .array([.bulk("0"), .array([])]))
            #expect(try client.command("SELECT", "99") == .error("ERR DB index is out of range"))
        }

        @Test func doNotGoOnBehindARestartOrAFailoverAsIfNothingHadBeen() throws {
            let cluster = try LocalCluster.started()
            let (proxy, other) = (try cluster.mastergate(), try cluster.mastergate(["--scan-restart", "true"]))
            for proxy in [proxy, other] { try proxy.awaitReady() }
            let (client, restarting) = (try proxy.resp(timeoutMilliseconds: 20_000), try other.resp(timeoutMilliseconds: 20_000))
            try fill(client)
            _ = try client.command("WAIT", "2", "5000")
            let cursors = try Self.scans.map { try page(client.command(($0 + ["0", "COUNT", "20"]).map { Array($0.utf8) })).cursor }
            // Another Mastergate reads them alike.
            for (scan, cursor) in zip(Self.scans, cursors) { #expect(try page(restarting.command((scan + [cursor]).map { Array($0.utf8) })).cursor != cursor) }
            let old = cluster.servers[0]
            old.process?.kill9()
            _ = try cluster.awaitSwitch(from: old.port)
            let web = try proxy.http(timeoutMilliseconds: 20_000)
            for (scan, cursor) in zip(Self.scans, cursors) {
                #expect(try client.command((scan + [cursor]).map { Array($0.utf8) }) == Self.stale)
                #expect(try web.get("/" + (scan + [cursor]).joined(separator: "/")).text.contains("cursor of the former master"))
                #expect(try all(restarting, scan, from: cursor).count >= 3000)
            }
            #expect(try client.command("PING") == .simpleString("PONG"))
            #expect(try other.metric("mastergate_scans_restarted_total") == 4)
            // A new scan is one of the new master.
            #expect(try all(client, ["SCAN"]).count >= 3003)
        }

        /// A client that is sent messages, or is in a transaction, has its scans on its own link: nothing may come between.
        @Test func ofClientsWithALinkOfTheirOwnDoNotGoOnUnseenEither() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let (listener, watcher, plain) = (try proxy.resp(timeoutMilliseconds: 20_000), try proxy.resp(timeoutMilliseconds: 20_000), try proxy.resp(timeoutMilliseconds: 20_000))
            try fill(plain)
            _ = try plain.command("WAIT", "2", "5000")
            _ = try listener.command("HELLO", "3")
            try listener.send("SUBSCRIBE", "news")
            _ = try listener.reply()
            let unmarked = try page(listener.command("SCAN", "0", "COUNT", "20")).cursor
            #expect(try #require(UInt64(unmarked)) < 1 << 37)
            #expect(try page(listener.command("SCAN", unmarked, "COUNT", "20")).cursor != unmarked)
            let marked = try page(plain.command("SCAN", "0", "COUNT", "20")).cursor
            #expect(try watcher.command("WATCH", "w") == .ok)
            #expect(try page(watcher.command("SCAN", marked, "COUNT", "20")).cursor != marked)
            guard case .error(let text) = try listener.command("SCAN", marked) else { return #expect(Bool(false)) }
            #expect(text.contains("start again at 0"))
            #expect(try plain.command("MULTI") == .ok)
            guard case .error = try plain.command("SCAN", marked) else { return #expect(Bool(false)) }
            guard case .error(let aborted) = try plain.command("EXEC") else { return #expect(Bool(false)) }
            #expect(aborted.hasPrefix("EXECABORT"))
            #expect(try plain.command("GET", "k1") == .bulk("v"))
            // Scans and other commands in one write are answered in their order.
            for index in 0..<20 {
                try watcher.send("SCAN", "0", "COUNT", "5")
                try watcher.send("ECHO", "\(index)")
            }
            for index in 0..<20 {
                #expect(try page(watcher.reply()).cursor != "0")
                #expect(try watcher.reply() == .bulk("\(index)"))
            }
            let old = cluster.servers[0]
            old.process?.kill9()
            _ = try cluster.awaitSwitch(from: old.port)
            #expect(try watcher.command("SCAN", marked) == Self.stale)
            guard case .error = try listener.command("SCAN", unmarked) else { return #expect(Bool(false), "a cursor of the former master") }
            let anew = try page(listener.command("SCAN", "0", "COUNT", "20")).cursor
            #expect(try page(listener.command("SCAN", anew, "COUNT", "20")).cursor != anew)
        }

        @Test func areOfOneProcessOfAServerAndNotOfItsAddress() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let client = try proxy.resp(timeoutMilliseconds: 20_000)
            try fill(client)
            let cursor = try page(client.command("SCAN", "0", "COUNT", "20")).cursor
            let again = try redis.restart()
            defer { again.kill9() }
            #expect(try client.command("SCAN", cursor) == Self.stale)
        }
    }
}
