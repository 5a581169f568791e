import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Redis streams followed by Server-Sent Events.
    @Suite("Followed streams") struct FollowedStreams {
        private static let events = "Accept: text/event-stream\r\n"

        private func listen(_ proxy: MastergateProcess, _ path: String, _ fields: String = events) throws -> CorpusConnection {
            let connection = try CorpusConnection(port: proxy.httpPort, timeoutMilliseconds: 15_000)
            connection.send(Array("GET \(path) HTTP/1.1\r\nHost: gw\r\n\(fields)\r\n".utf8))
            #expect(try connection.response(headOnly: true)["status"] as? Int == 200)
            return connection
        }

        private func text(_ connection: CorpusConnection) throws -> String { String(decoding: try connection.chunk(), as: UTF8.self) }

        /// Reads events until `isEnough`; all of them.
        private func events(_ connection: CorpusConnection, until isEnough: (String) -> Bool) throws -> String {
            var all = ""
            while !isEnough(all) { all += try text(connection) }
            return all
        }

        private func lastID(_ events: String) -> String {
            events.split(separator: "\n").last { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) } ?? ""
        }

        @Test("what comes to streams that were silent is told, whoever writes: each keeps its place from the head on")
        func severalStreams() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1"])
            let direct = try redis.client()
            try direct.command("XADD", "a", "5-1", "f", "old")
            let stream = try listen(proxy, "/XREAD/STREAMS/a/b/$/$")
            // The head tells that nothing is lost from here on, and the first line from where.
            #expect(try text(stream) == "id: 5-1,0-0\n\n")
            for number in 1...50 {
                try direct.command("MULTI")
                try direct.command("XADD", "a", "\(number + 5)-1", "f", "a\(number)")
                try direct.command("XADD", "b", "\(number)-1", "f", "b\(number)")
                try direct.command("EXEC")
            }
            let heard = try events(stream) { $0.contains("\"b50\"") && $0.contains("\"a50\"") }
            for number in 1...50 { #expect(heard.ranges(of: "\"a\(number)\"").count == 1 && heard.ranges(of: "\"b\(number)\"").count == 1) }
            #expect(!heard.contains("$") && heard.contains("event: a\nid: ") && !heard.contains("old"))
        }

        @Test("a browser that comes back hears what it has missed, with another count too")
        func comingBack() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1", "--http-heartbeat", "100ms"])
            let direct = try redis.client()
            var first: CorpusConnection? = try listen(proxy, "/XREAD/COUNT/1/STREAMS/a/b/$/$")
            let place = lastID(try text(#require(first)))
            #expect(place == "0-0,0-0")
            // A sign of life repeats it.
            #expect(try text(#require(first)) == ":\nid: 0-0,0-0\n\n")
            first = nil
            for number in 1...20 { try direct.command("XADD", number % 2 == 0 ? "a" : "b", "\(number)-0", "n", "\(number)") }
            let second = try listen(proxy, "/XREAD/COUNT/7/STREAMS/a/b/$/$", Self.events + "Last-Event-ID: \(place)\r\n")
            let heard = try events(second) { $0.contains("\"19\"") && $0.contains("\"20\"") }
            for number in 1...20 { #expect(heard.ranges(of: "{\"n\":\"\(number)\"}").count == 1) }
            #expect(lastID(heard) == "20-0,19-0")
        }

        @Test("a master that has lost the last entries is followed from where it stands")
        func lostEntries() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1"])
            let direct = try redis.client()
            try direct.command("XADD", "s", "1-1", "f", "kept")
            let stream = try listen(proxy, "/XREAD/STREAMS/s/0")
            _ = try events(stream) { $0.contains("kept") }
            // As if the stream had never come as far as the client has.
            let back = try listen(proxy, "/XREAD/STREAMS/s/0", Self.events + "Last-Event-ID: 9-1\r\n")
            #expect(try text(back) == "id: 1-1\n\n")
            try direct.command("XADD", "s", "2-1", "f", "new")
            #expect(try text(back) == "id: 2-1\ndata: {\"f\":\"new\"}\n\n")
        }

        @Test("a token opens it as a password does", arguments: ["/XREAD/STREAMS/s/0?_token=tok", "/xread/streams/s/0?_token=ro", "/XREAD/STREAMS/s/0"])
        func tokens(path: String) throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-password", "pw", "--http-token", "tok", "--http-read-only-token", "ro"])
            try redis.client().command("XADD", "s", "1-1", "f", "1", "f", "2")
            let stream = try listen(proxy, path, Self.events + (path.contains("_token") ? "" : "Authorization: Bearer tok\r\n"))
            #expect(try events(stream) { $0.contains("data: ") } == "id: 0\n\nid: 1-1\ndata: {\"f\":[\"1\",\"2\"]}\n\n")
        }

        @Test("what is no stream is told so before anything else, in the dialect of the request")
        func wrongType() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-token", "tok", "--http-password", "pw"])
            try redis.client().command("SET", "k", "v")
            let http = try proxy.http()
            let upstash = try http.request("GET", "/xread/streams/k/$", fields: ["Accept": "text/event-stream", "Authorization": "Bearer tok"])
            #expect(upstash.status == 400 && upstash.text.hasPrefix(#"{"error":"WRONGTYPE"#))
            let own = try http.request("GET", "/XREAD/STREAMS/k/$", fields: ["Accept": "text/event-stream", "Authorization": "Basic OnB3"])
            #expect(own.status == 200 && own.text.hasPrefix(#"{"XREAD":[false,"WRONGTYPE"#))
            // A stream that is named twice is not followed, but read once.
            try redis.client().command("XADD", "s", "1-1", "f", "v")
            #expect(try http.request("GET", "/XREAD/STREAMS/s/s/0/0", fields: ["Accept": "text/event-stream", "Authorization": "Basic OnB3"]).fields["content-type"] == "application/json")
        }

        @Test("nothing is lost or told twice through a failover to one who comes back again and again, while two write")
        func throughAFailover() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate(["--threads", "1"])
            try proxy.awaitReady()
            let writer = try proxy.resp()
            var heard = ""
            var place = ""
            var stream = try listen(proxy, "/XREAD/STREAMS/a/b/$/$")
            place = lastID(try text(stream))
            for number in 1...60 {
                if number == 30 { _ = try cluster.failOver() }
                try writer.command("XADD", number % 3 == 0 ? "a" : "b", "*", "n", "\(number)")
                guard number % 7 == 0 else { continue }
                let part = try events(stream) { $0.contains("{\"n\":\"\(number)\"}") }
                heard += part
                place = lastID(part)
                stream = try listen(proxy, "/XREAD/STREAMS/a/b/$/$", Self.events + "Last-Event-ID: \(place)\r\n")
            }
            heard += try events(stream) { $0.contains("\"57\"") && $0.contains("\"58\"") && $0.contains("\"59\"") && $0.contains("\"60\"") }
            for number in 1...60 { #expect(heard.ranges(of: "{\"n\":\"\(number)\"}").count == 1, "\(number)") }
        }

        @Test("with a history of channels a browser that comes back hears what was published meanwhile, on whichever loop it comes")
        func channelHistory() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-channel-history", "5", "--http-token", "tok", "--http-user", "u", "--http-password", "pw"])
            let direct = try redis.client()
            let password = Self.events + "Authorization: Basic dTpwdw==\r\n"
            var other: CorpusConnection? = try listen(proxy, "/SUBSCRIBE/other", password)
            var first: CorpusConnection? = try listen(proxy, "/SUBSCRIBE/a/b", password)
            let start = try events(#require(first)) { $0.contains("\"b\",2") }
            #expect(start.hasPrefix("id: ") && start.contains("event: subscribe\ndata: {\"SUBSCRIBE\":[\"subscribe\",\"a\",1]}"))
            #expect(try direct.command("PUBLISH", "a", "one") == .integer(1))
            let one = try events(#require(first)) { $0.contains("one") }
            #expect(one == "id: \(lastID(one))\nevent: message\ndata: {\"SUBSCRIBE\":[\"message\",\"a\",\"one\"]}\n\n" && lastID(one) != lastID(start))
            first = nil
            other = nil
            _ = other
            for _ in 0..<4 {
                // Each goes to the loop with the fewest clients.
                try direct.command("PUBLISH", "a", "two")
                try direct.command("PUBLISH", "b", "three")
                try direct.command("PUBLISH", "other", "not asked for")
                let back = try listen(proxy, "/SUBSCRIBE/a/b", password + "Last-Event-ID: \(lastID(one))\r\n")
                let missed = try events(back) { $0.contains("three") }
                #expect(missed.contains("\"two\"") && !missed.contains("one") && !missed.contains("not asked for"))
                try direct.command("PUBLISH", "b", "live")
                #expect(try events(back) { $0.contains("live") }.contains("id: "))
            }
            // In Upstash's dialect likewise.
            let upstash = try listen(proxy, "/subscribe/a", Self.events + "Authorization: Bearer tok\r\nLast-Event-ID: \(lastID(one))\r\n")
            #expect(try events(upstash) { $0.contains("two") }.contains("data: message,a,two\n\n"))
            let stranger = try listen(proxy, "/SUBSCRIBE/a", password + "Last-Event-ID: another-1\r\n")
            #expect(try !events(stranger) { $0.contains("\"a\",1") }.contains("two"))
        }

        @Test("a channel is given up a while after its last client has left")
        func idleChannels() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-channel-history", "5", "--http-channel-history-time", "500ms"])
            let direct = try redis.client()
            var client: CorpusConnection? = try listen(proxy, "/SUBSCRIBE/a")
            _ = try events(#require(client)) { $0.contains("subscribe") }
            client = nil
            _ = client
            try Patience.wait("the channel to be given up") { try direct.command("PUBSUB", "NUMSUB", "a") == .array([.bulk("a"), .integer(0)]) }
            // Where Redis refuses one, the client is told so.
            try direct.command("ACL", "SETUSER", "default", "resetchannels", "&b")
            let refused = try proxy.http().request("GET", "/SUBSCRIBE/a/b", fields: ["Accept": "text/event-stream"])
            #expect(refused.text.contains("NOPERM"))
            _ = try listen(proxy, "/SUBSCRIBE/b")
        }
    }
}
