import Bytes
import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Answers that go on: channels over HTTP and over WebSockets.
    @Suite struct Streams {
        private static let handshake =
            "Host: gw\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

        private func connect(_ proxy: MastergateProcess, _ request: String) throws -> CorpusConnection {
            let connection = try CorpusConnection(port: proxy.httpPort, timeoutMilliseconds: 15_000)
            connection.send(Array(request.utf8))
            return connection
        }

        private func listen(_ proxy: MastergateProcess, _ path: String, _ fields: String = "") throws -> CorpusConnection {
            let connection = try connect(proxy, "GET \(path) HTTP/1.1\r\nHost: gw\r\n\(fields)\r\n")
            #expect(try connection.response(headOnly: true)["status"] as? Int == 200)
            return connection
        }

        private func webSocket(_ proxy: MastergateProcess, _ path: String = "/.json") throws -> CorpusConnection {
            let connection = try connect(proxy, "GET \(path) HTTP/1.1\r\n\(Self.handshake)")
            #expect(try connection.response(headOnly: true)["status"] as? Int == 101)
            return connection
        }

        private func say(_ text: String, to connection: CorpusConnection, first: UInt8 = 0x81) {
            let payload = Array(text.utf8)
            var frame = [first]
            if payload.count < 126 { frame.append(0x80 | UInt8(payload.count)) } else { frame += [0xFE, UInt8(payload.count >> 8), UInt8(payload.count & 255)] }
            let mask: [UInt8] = [1, 2, 3, 4]
            connection.send(frame + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] })
        }

        private func heard(_ connection: CorpusConnection) throws -> String {
            String(decoding: try #require(try connection.frame()["payload"] as? [UInt8]), as: UTF8.self)
        }

        private func text(_ connection: CorpusConnection) throws -> String { String(decoding: try connection.chunk(), as: UTF8.self) }

        @Test func manyWhoListenShareOneSubscriptionAndAllHearEverythingInOrder() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1"])
            let direct = try redis.client()
            let listeners = try (0..<20).map { _ in try listen(proxy, "/SUBSCRIBE/news") }
            for listener in listeners { #expect(try text(listener) == #"{"SUBSCRIBE":["subscribe","news",1]}"#) }
            #expect(try direct.command("PUBLISH", "news", "0") == .integer(1))
            for number in 1..<200 { try direct.command("PUBLISH", "news", "\(number)") }
            for listener in listeners {
                for number in 0..<200 { #expect(try text(listener) == #"{"SUBSCRIBE":["message","news","\#(number)"]}"#) }
            }
        }

        @Test func aSubscriptionEndsWithItsClientAndNotBefore() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1"])
            let direct = try redis.client()
            var one: CorpusConnection? = try listen(proxy, "/SUBSCRIBE/a/b")
            let other = try listen(proxy, "/PSUBSCRIBE/a*")
            #expect(try text(#require(one)) == #"{"SUBSCRIBE":["subscribe","a",1]}"#)
            #expect(try text(#require(one)) == #"{"SUBSCRIBE":["subscribe","b",2]}"#)
            #expect(try text(other) == #"{"PSUBSCRIBE":["psubscribe","a*",1]}"#)
            one = nil
            try Patience.wait("the subscriptions to end") { try direct.command("PUBSUB", "NUMSUB", "a", "b") == .array([.bulk("a"), .integer(0), .bulk("b"), .integer(0)]) }
            try direct.command("PUBLISH", "abc", "still here")
            #expect(try text(other) == #"{"PSUBSCRIBE":["pmessage","a*","abc","still here"]}"#)
        }

        @Test func noMessageStandsWithinAnAnswerThatIsSentInParts() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1"])
            let direct = try redis.client()
            let value = [UInt8](repeating: UInt8(ascii: "x"), count: 8 << 20)
            try direct.command([Array("SET".utf8), Array("big".utf8), value])
            let client = try webSocket(proxy)
            say(#"["SUBSCRIBE","news"]"#, to: client)
            #expect(try heard(client) == #"{"SUBSCRIBE":["subscribe","news",1]}"#)
            say(#"["GET","big"]"#, to: client)
            for number in 0..<50 { try direct.command("PUBLISH", "news", "\(number)") }
            say(#"["PING"]"#, to: client)
            let frames = try (0..<52).map { _ in try heard(client) }
            #expect(frames.filter { $0.contains("message") } == (0..<50).map { #"{"SUBSCRIBE":["message","news","\#($0)"]}"# })
            #expect(frames.filter { $0.hasPrefix(#"{"GET":""#) }.map(\.utf8.count) == [value.count + 10])
            #expect(frames.contains { $0.hasPrefix(#"{"PING""#) })
        }

        @Test func whoDoesNotReadIsCutOffAndNobodyElse() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1", "--client-output-limit", "1mb", "--redis-link-buffer", "512kb"])
            let direct = try redis.client()
            let slow = try listen(proxy, "/SUBSCRIBE/big")
            let quick = try listen(proxy, "/SUBSCRIBE/big.txt")
            _ = try (text(slow), text(quick))
            let payload = String(repeating: "x", count: 200_000)
            for number in 0..<100 {
                try direct.command("PUBLISH", "big", payload + "\(number)")
                #expect(try text(quick).hasSuffix("x\(number)"))
            }
            #expect(try proxy.metric("mastergate_client_output_limit_disconnects_total") == 1)
            #expect(throws: CorpusConnection.Trouble.self) { for _ in 0..<101 { _ = try slow.chunk() } }
        }

        @Test func eventsAreServerSentToWhoTakesThemWithSignsOfLife() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-heartbeat", "200ms"])
            let connection = try connect(proxy, "GET /SUBSCRIBE/news HTTP/1.1\r\nHost: gw\r\nAccept: text/event-stream\r\n\r\n")
            let head = try connection.response(headOnly: true)
            #expect((head["headers"] as? [String: String])?["content-type"] == "text/event-stream")
            #expect(try text(connection) == "event: subscribe\ndata: {\"SUBSCRIBE\":[\"subscribe\",\"news\",1]}\n\n")
            #expect(try text(connection) == ":\n\n")
            try redis.client().command("PUBLISH", "news", "a\nb")
            var event = try text(connection)
            while event == ":\n\n" { event = try text(connection) }
            #expect(event == "event: message\ndata: {\"SUBSCRIBE\":[\"message\",\"news\",\"a\\nb\"]}\n\n")
        }

        @Test func aWebSocketRunsCommandsInOrderEachUnderItsName() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let socket = try webSocket(proxy)
            for command in [#"["SET","k","1"]"#, #"["INCRBY","k",41]"#, #"["GET","k"]"#, #"["MULTI"]"#, "nonsense", #"["BLPOP","none",0.05]"#, #"["PING"]"#] { say(command, to: socket) }
            #expect(try heard(socket) == #"{"SET":[true,"OK"]}"#)
            #expect(try heard(socket) == #"{"INCRBY":42}"#)
            #expect(try heard(socket) == #"{"GET":"42"}"#)
            #expect(try heard(socket).contains(#""http_status":403"#))
            #expect(try heard(socket).contains(#""http_status":400"#))
            #expect(try heard(socket) == #"{"BLPOP":null}"#)
            #expect(try heard(socket) == #"{"PING":[true,"PONG"]}"#)
            say("hi", to: socket, first: 0x89)
            let pong = try socket.frame()
            #expect(pong["op"] as? Int == 10 && pong["payload"] as? [UInt8] == Array("hi".utf8))
            let raw = try webSocket(proxy, "/.raw")
            say("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$4\r\nPING\r\n", to: raw)
            #expect(try heard(raw) == "$2\r\n42\r\n")
            #expect(try heard(raw) == "+PONG\r\n")
            say("\u{3}\u{E8}", to: socket, first: 0x88)
            #expect(try socket.frame()["op"] as? Int == 8)
            while try socket.fill() {}
        }

        @Test func aWebSocketListensAndRunsCommandsAtTheSameTime() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let direct = try redis.client()
            let socket = try webSocket(proxy)
            say(#"["SUBSCRIBE","a","b"]"#, to: socket)
            say(#"["PSUBSCRIBE","c*"]"#, to: socket)
            say(#"["SET","k","v"]"#, to: socket)
            #expect(try heard(socket) == #"{"SUBSCRIBE":["subscribe","a",1]}"#)
            #expect(try heard(socket) == #"{"SUBSCRIBE":["subscribe","b",2]}"#)
            #expect(try heard(socket) == #"{"PSUBSCRIBE":["psubscribe","c*",3]}"#)
            #expect(try heard(socket) == #"{"SET":[true,"OK"]}"#)
            try direct.command("PUBLISH", "b", "1")
            try direct.command("PUBLISH", "cc", "2")
            #expect(try heard(socket) == #"{"SUBSCRIBE":["message","b","1"]}"#)
            #expect(try heard(socket) == #"{"PSUBSCRIBE":["pmessage","c*","cc","2"]}"#)
            say(#"["UNSUBSCRIBE"]"#, to: socket)
            say(#"["PUNSUBSCRIBE","c*"]"#, to: socket)
            _ = try (heard(socket), heard(socket))
            #expect(try heard(socket) == #"{"PUNSUBSCRIBE":["punsubscribe","c*",0]}"#)
            try Patience.wait("the link to be let go") { try direct.command("PUBSUB", "NUMPAT") == .integer(0) }
        }

        @Test func whoListensHearsTheNewMasterAfterAFailover() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate(["--threads", "1"])
            try proxy.awaitReady()
            let stream = try listen(proxy, "/SUBSCRIBE/news")
            let socket = try webSocket(proxy)
            say(#"["SUBSCRIBE","news"]"#, to: socket)
            _ = try (text(stream), heard(socket))
            let new = try cluster.failOver()
            let direct = try RESPClient(port: new)
            try Patience.wait("the new master to be subscribed to") { try direct.command("PUBLISH", "news", "again") == .integer(1) }
            #expect(try text(stream) == #"{"SUBSCRIBE":["message","news","again"]}"#)
            #expect(try heard(socket) == #"{"SUBSCRIBE":["message","news","again"]}"#)
            say(#"["SET","after","failover"]"#, to: socket)
            #expect(try heard(socket) == #"{"SET":[true,"OK"]}"#)
            #expect(try direct.command("GET", "after") == .bulk("failover"))
        }

        @Test func aStreamIsFollowedFromTheLastEventOnAndThroughAFailover() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate(["--threads", "1"])
            try proxy.awaitReady()
            let writer = try proxy.resp()
            for id in ["1-1", "2-1"] { try writer.command("XADD", "s", id, "f", id) }
            let events = try listen(proxy, "/XREAD/STREAMS/s/$", "Accept: text/event-stream\r\nLast-Event-ID: 1-1\r\n")
            #expect(try text(events) == "id: 1-1\n\n")
            #expect(try text(events) == "id: 2-1\ndata: {\"f\":\"2-1\"}\n\n")
            try writer.command("XADD", "s", "3-1", "g", "a\nb")
            #expect(try text(events) == "id: 3-1\ndata: {\"g\":\"a\\nb\"}\n\n")
            _ = try cluster.failOver()
            #expect(try writer.command("XADD", "s", "4-1", "h", "after") == .bulk("4-1"))
            #expect(try text(events) == "id: 4-1\ndata: {\"h\":\"after\"}\n\n")
            let wrong = try listen(proxy, "/XREAD/STREAMS/s/no-id", "Accept: text/event-stream\r\n")
            #expect(try wrong.chunk().isEmpty)
        }

        @Test func whatTheServerIsAskedIsToldInUpstashsDialectOnly() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1"])
            #expect(try proxy.http().get("/MONITOR").status == 501)
            let events = try listen(proxy, "/monitor", "Authorization: Bearer any\r\n")
            #expect(try text(events) == "data: OK\n\n")
            try redis.client().command("SET", "seen", "v")
            var event = try text(events)
            for _ in 0..<100 where !event.contains("seen") { event = try text(events) }
            #expect(event.hasPrefix("data: ") && event.hasSuffix("\"SET\" \"seen\" \"v\"\n\n"))
        }

        @Test func aTransactionOverHTTPIsWholeAndABatchAnswersEachOfItsCommands() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let http = try proxy.http()
            let batch = try http.request("POST", "/pipeline", body: Array(#"[["SET","n",1],["LPOP","n"],["INCR","n"]]"#.utf8))
            #expect(batch.text == #"[{"result":"OK"},{"error":"WRONGTYPE Operation against a key holding the wrong kind of value"},{"result":2}]"#)
            #expect(try http.request("POST", "/multi-exec", body: Array(#"[["INCR","n"],["GET","n"]]"#.utf8)).text == #"[{"result":3},{"result":"3"}]"#)
            let broken = try http.request("POST", "/multi-exec", body: Array(#"[["INCR","n"],["NOSUCH"]]"#.utf8))
            #expect(broken.status == 400 && broken.text.hasPrefix(#"{"error":"ERR unknown command"#))
            #expect(try http.get("/GET/n").text == #"{"GET":"3"}"#)
            let large = "[" + (0..<500).map { _ in #"["INCR","many"]"# }.joined(separator: ",") + "]"
            #expect(try http.request("POST", "/pipeline", body: Array(large.utf8)).text.hasSuffix(#"{"result":500}]"#))
        }
    }
}
