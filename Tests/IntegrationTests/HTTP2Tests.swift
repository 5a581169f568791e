import EventLoop
import Foundation
import HTTP2Peer
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct HTTP2Clients {
        private func connect(_ proxy: MastergateProcess, window: UInt32 = 65_535) throws -> HTTP2Client { try HTTP2Client(port: proxy.httpPort, window: window) }

        @Test func itIsTheSameGateway() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-base-path", "/redis", "--http-health", "true"])
            let client = try connect(proxy)
            #expect(try client.get("/redis/SET/hello/world").text == #"{"SET":[true,"OK"]}"#)
            let answer = try client.get("/redis/GET/hello")
            #expect(answer.text == #"{"GET":"world"}"# && answer.status == 200 && answer.fields["content-length"] == "15")
            #expect(answer.fields["content-type"] == "application/json" && answer.fields["connection"] == nil)
            #expect(try client.request("GET", "/redis/GET/hello", fields: [("if-none-match", #require(answer.fields["etag"]))]).status == 304)
            let head = try client.request("HEAD", "/redis/GET/hello")
            #expect(head.status == 200 && head.body.isEmpty && head.fields["content-length"] == "15")
            #expect(try client.request("PUT", "/redis/SET/doc", body: Array("<a>\r\n</a>".utf8)).status == 200)
            #expect(try client.get("/redis/GET/doc.txt").text == "<a>\r\n</a>")
            #expect(try client.request("POST", "/redis/", body: Array("INCRBY/n/41".utf8)).text == #"{"INCRBY":41}"#)
            #expect(try client.request("OPTIONS", "/redis/GET/a").status == 200)
            #expect(try client.get("/livez").text == "ok\n")
            #expect(try client.get("/elsewhere").status == 404)
            #expect(try proxy.metric("mastergate_http2_connections_total") == 1 && proxy.metric("mastergate_http2_streams") == 0)
            #expect(try proxy.metric("mastergate_client_connections{listener=\"http\"}") == 1)
        }

        @Test func itIsSpokenOverTLSWhereTheClientOffersItAndNowhereWhereItIsOff() throws {
            let front = try SecureFront(["--http-max-body", "8mb"])
            let how = ["-o", "/dev/null", "-w", "%{http_version} %{http_code}"]
            #expect(try front.curl("/PING", ["--http2"] + how).output == "2 200")
            #expect(try front.curl("/PING", ["--http1.1"] + how).output == "1.1 200")
            #expect(try front.curl("/PING", ["--http2", "--no-alpn"] + how).output == "1.1 200")
            let file = front.redis.folder.path + "/upload"
            try Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 5) }).write(to: URL(fileURLWithPath: file))
            #expect(try front.curl("/SET/big", ["--http2", "-T", file] + how).output == "2 200")
            let copy = front.redis.folder.path + "/download"
            #expect(try front.curl("/GET/big.bin", ["--http2", "-o", copy]).code == 0)
            #expect(FileManager.default.contentsEqual(atPath: file, andPath: copy))
            let off = try SecureFront(["--http-http2", "false"])
            #expect(try off.curl("/PING", ["--http2"] + how).output == "1.1 200")
            let plain = try HTTPClient(port: off.proxy.httpPort)
            try plain.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            #expect(try plain.response().status == 505)
        }

        @Test func whichHTTPIsSpokenIsSeenFromTheFirstBytesHoweverTheyCome() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            for piece in [1, 2, 10, 24] {
                let client = try HTTPClient(port: proxy.httpPort)
                let bytes = HTTP2Frame.beginning() + HTTP2Frame.request(1, "/PING")
                var start = 0
                while start < bytes.count {
                    try client.send(bytes: Array(bytes[start..<min(bytes.count, start + piece)]))
                    start += piece
                    if start < 40 { usleep(2000) }
                }
                let peer = HTTP2Peer()
                while !peer.response(1).isOver { peer.read(try client.readSome()) }
                #expect(peer.response(1).text == #"{"PING":[true,"PONG"]}"#)
            }
            let old = try proxy.http()
            for piece in ["P", "OST /", " HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nPI", "NG"] {
                try old.send(piece)
                usleep(5000)
            }
            #expect(try old.response().text == #"{"PING":[true,"PONG"]}"#)
        }

        @Test func manyRequestsAreUnderWayAtOnceAndTheSlowHoldUpNobody() throws {
            let redis = try RedisServer()
            let client = try connect(redis.mastergate())
            let blocked = try client.open("GET", "/BLPOP/list/0")
            let streams = try (0..<90).map { try client.open("GET", "/ECHO/\($0)") }
            for (number, stream) in streams.enumerated() { #expect(try client.response(stream).text == #"{"ECHO":"\#(number)"}"#) }
            #expect(!client.peer.response(blocked).isOver)
            #expect(try client.get("/LPUSH/list/x").status == 200)
            #expect(try client.response(blocked).text == #"{"BLPOP":["list","x"]}"#)
        }

        @Test func aStreamThatIsTakenBackLeavesNothingBehind() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let client = try connect(proxy)
            let direct = try redis.client()
            let blocked = try client.open("GET", "/BLPOP/list/0")
            let listening = try client.open("GET", "/SUBSCRIBE/news")
            try client.read { !client.peer.response(listening).body.isEmpty }
            let half = try client.open("PUT", "/SET/half", fields: [("content-length", "10")])
            #expect(try client.response(half).resetCode == 1)
            try client.send(HTTP2Frame.reset(blocked) + HTTP2Frame.reset(listening))
            try Patience.wait("the subscription to end") { try direct.command("PUBSUB", "NUMSUB", "news") == .array([.bulk("news"), .integer(0)]) }
            try Patience.wait("the blocked command to end") { try direct.command("CLIENT", "LIST").text?.contains("cmd=blpop") == false }
            #expect(try direct.command("LPUSH", "list", "x") == .integer(1))
            #expect(try client.get("/LLEN/list").text == #"{"LLEN":1}"#)
            #expect(try proxy.metric("mastergate_http2_streams") == 0 && direct.command("EXISTS", "half") == .integer(0))
        }

        @Test func theRulesAreThoseOfHTTP1() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate([
                "--http-password", "pw", "--http-max-body", "1kb", "--http-max-head", "4kb", "--http-max-request-line", "2kb", "--http-acl", "-flushall",
            ])
            let login = ("authorization", "Basic OnB3")
            let client = try connect(proxy)
            #expect(try client.get("/PING").status == 401)
            #expect(try client.request("PUT", "/SET/a", body: [UInt8](repeating: 1, count: 100)).status == 401)
            #expect(try client.request("GET", "/PING", fields: [login]).status == 200)
            #expect(try client.request("GET", "/FLUSHALL", fields: [login]).status == 403)
            #expect(try client.request("GET", "/PING", fields: [login, ("origin", "https://evil.example")]).status == 403)
            #expect(try client.request("GET", "/PING", fields: [login, ("sec-fetch-site", "cross-site")]).status == 403)
            #expect(try client.request("PUT", "/SET/a", fields: [login, ("content-length", "2000")], body: [UInt8](repeating: 1, count: 2000)).status == 413)
            #expect(try client.request("PUT", "/SET/a", fields: [login], body: [UInt8](repeating: 1, count: 2000)).status == 413)
            #expect(try client.request("GET", "/PING", fields: [login, ("x", String(repeating: "x", count: 5000))]).status == 431)
            #expect(try client.request("GET", "/ECHO/" + String(repeating: "x", count: 3000), fields: [login]).status == 414)
            #expect(try client.request("GET", "/PING", fields: [login]).status == 200)
            #expect(try redis.client().command("EXISTS", "a") == .integer(0))
            #expect(try proxy.metric("mastergate_acl_denied_total{reason=\"password\"}") == 2)
        }

        @Test func noFieldBecomesMoreThanOne() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-password", "pw"])
            for path in ["/PING HTTP/1.1\r\nAuthorization: Basic OnB3\r\nX: y", "/PING\r\n\r\nGET /FLUSHALL"] {
                #expect(try connect(proxy).get(path).resetCode == 1)
            }
            for field in [("x", "a\r\nauthorization: Basic OnB3"), ("x\r\nauthorization", "Basic OnB3"), ("transfer-encoding", "chunked"), ("connection", "authorization")] {
                #expect(try connect(proxy).request("GET", "/PING", fields: [field]).resetCode == 1, "\(field)")
            }
        }

        @Test func whoDoesNotReadIsLetGoAndTheOthersOfItsConnectionAreNot() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--client-output-limit", "1mb"])
            let direct = try redis.client()
            let client = try connect(proxy, window: 1000)
            client.grants = false
            let listening = try client.open("GET", "/SUBSCRIBE/news")
            try client.read { !client.peer.response(listening).body.isEmpty }
            let message = String(repeating: "m", count: 100_000)
            for _ in 0..<40 { try direct.command("PUBLISH", "news", message) }
            try Patience.wait("the listener to be let go") { try proxy.metric("mastergate_client_output_limit_disconnects_total") == 1 }
            try client.send(HTTP2Frame.grant(listening, 1 << 20) + HTTP2Frame.grant(0, 1 << 20))
            let heard = try client.response(listening)
            #expect(heard.resetCode != nil && !heard.isWhole)
            #expect(try client.get("/PING").text == #"{"PING":[true,"PONG"]}"#)
            // What is asked for, not told, waits for its reader.
            try direct.command("SET", "big", String(repeating: "b", count: 3_000_000))
            let big = try client.open("GET", "/GET/big.bin")
            try client.read { client.peer.response(big).body.count == 1000 }
            client.grants = true
            try client.send(HTTP2Frame.grant(big, 1 << 22) + HTTP2Frame.grant(0, 1 << 22))
            #expect(try client.response(big).body.count == 3_000_000)
        }

        @Test func whoeverIsHostileIsSentAwayAndNobodyElseNotices() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let other = try connect(proxy)
            let ping = HTTP2Frame(.ping, [UInt8](repeating: 0, count: 8)).bytes
            let floods: [(String, (Int32) -> [UInt8])] = [
                ("resets", { HTTP2Frame.request(2 * $0 + 3, "/BLPOP/list/0") + HTTP2Frame.reset(2 * $0 + 3) }), ("pings", { _ in ping }),
                ("settings", { _ in HTTP2Frame(.settings).bytes }), ("windows", { _ in HTTP2Frame.grant(0, 1) }), ("empty data", { _ in HTTP2Frame.data(1, [], ends: false) }),
            ]
            for (what, frame) in floods {
                let client = try connect(proxy)
                try client.send(HTTP2Frame.request(1, "PUT", "/SET/a", ends: false))
                let bytes = (0..<5000).flatMap { frame($0) }
                try? client.send(bytes)
                try client.readToEnd()
                #expect(client.peer.goAwayCode == 11, "\(what)")
                #expect(try other.get("/PING").status == 200)
            }
            #expect(try proxy.metric("mastergate_protocol_errors_total") == floods.count)
            try Patience.wait("them to be gone") { try proxy.metric("mastergate_http2_connections") == 1 && proxy.metric("mastergate_http2_streams") == 0 }
            #expect(try redis.client().command("CLIENT", "LIST").text?.contains("cmd=blpop") == false)
        }

        @Test func headsBodiesAndConnectionsThatTakeTooLongEnd() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-header-timeout", "300ms", "--http-idle-timeout", "600ms"])
            let idle = try connect(proxy)
            #expect(try idle.get("/PING").status == 200)
            let half = try connect(proxy)
            try half.send(HTTP2Frame(.headers, flags: 0, stream: 1, HTTP2Frame.list([(":method", "GET")])).bytes)
            let part = try connect(proxy)
            try part.send(Array(HTTP2Frame.request(1, "/PING").prefix(30)))
            let body = try connect(proxy)
            try body.send(HTTP2Frame.request(1, "PUT", "/SET/a", [("content-length", "5")], ends: false))
            let silent = try HTTPClient(port: proxy.httpPort)
            try silent.send("PRI * HTTP/2.0\r\n")
            #expect(try body.response(1).status == 408)
            for client in [idle, half, part, body] { try client.readToEnd() }
            #expect(idle.peer.goAwayCode == 0 && half.peer.goAwayCode == 0 && part.peer.goAwayCode == 0)
            _ = try silent.response()
            try Patience.wait("all to be gone") { try proxy.metric("mastergate_client_connections{listener=\"http\"}") == 0 }
        }

        @Test func whoeverIsToLeaveIsToldSoAndWhatIsUnderWayIsAnswered() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--drain-timeout", "5s"])
            let client = try connect(proxy)
            let slow = try client.open("GET", "/BLPOP/list/2")
            let listening = try client.open("GET", "/SUBSCRIBE/news")
            try client.read { !client.peer.response(listening).body.isEmpty }
            proxy.process.signal(SIGTERM)
            try client.read { client.peer.goAwayCode != nil }
            #expect(client.peer.goAwayCode == 0)
            #expect(try client.response(listening).isWhole)
            #expect(try client.response(slow).status == 200)
            try client.readToEnd()
            #expect(client.peer.goAwayLastStream == UInt32(listening))
        }

        @Test func twentyStreamsOfEventsOfOneConnectionOutliveAFailover() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate(["--http-heartbeat", "1s"])
            try proxy.awaitReady()
            let client = try connect(proxy)
            let streams = try (0..<20).map { try client.open("GET", "/SUBSCRIBE/c\($0)", fields: [("accept", "text/event-stream")]) }
            try client.read { streams.allSatisfy { client.peer.response($0).text.contains("subscribe") } }
            func tell(_ word: String) throws {
                let publisher = try proxy.resp()
                for number in 0..<20 { #expect(try publisher.command("PUBLISH", "c\(number)", "\(word)-\(number)") == .integer(1)) }
                try client.read { streams.enumerated().allSatisfy { client.peer.response($1).text.contains("\(word)-\($0)\"") } }
            }
            try tell("before")
            let held = try client.get("/SET/a/1")
            #expect(held.status == 200)
            _ = try cluster.failOver()
            try Patience.wait("the channels to be back") {
                let publisher = try proxy.resp()
                return try (0..<20).allSatisfy { try publisher.command("PUBSUB", "NUMSUB", "c\($0)").elements?.last == .integer(1) }
            }
            try tell("after")
            #expect(streams.allSatisfy { !client.peer.response($0).isOver })
            #expect(try client.get("/GET/a").text == #"{"GET":"1"}"#)
        }
    }
}
