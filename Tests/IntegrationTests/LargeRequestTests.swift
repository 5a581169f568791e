import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Requests of many megabytes: others hardly notice them, and nothing is lost of them.
    @Suite struct LargeRequests {
        private static let count = 12 << 20
        private static let value = (0..<count).map { UInt8(ascii: "a") + UInt8(truncatingIfNeeded: $0 % 23) }
        private let redis: RedisServer

        init() throws { redis = try RedisServer() }

        /// A way to store the value under `key`, and what is answered.
        private struct WayIn: Sendable {
            let name: String
            let answer: String
            let send: @Sendable (HTTPClient, _ key: String) throws -> HTTPClient.Response
        }

        private static func json(_ target: String, _ before: String, _ after: String, _ answer: String) -> WayIn {
            WayIn(name: target, answer: answer) { client, key in
                let body = Array(before.replacing("KEY", with: key).utf8) + value + Array(after.utf8)
                return try client.request("POST", target, fields: ["Content-Type": "application/json"], body: body)
            }
        }

        private static let waysIn: [WayIn] = [
            WayIn(name: "PUT", answer: #"{"SET":[true,"OK"]}"#) { client, key in try client.request("PUT", "/SET/\(key)", body: value) },
            WayIn(name: "POST", answer: #"{"SET":[true,"OK"]}"#) { client, key in try client.request("POST", "/", body: Array("SET/\(key)/".utf8) + value) },
            json("/", #"["SET","KEY",""#, #""]"#, #"{"result":"OK"}"#),
            json("/pipeline", #"[["STRLEN","none"],["SET","KEY",""#, #""],["STRLEN","none"]]"#, #"[{"result":0},{"result":"OK"},{"result":0}]"#),
            json("/multi-exec", #"[["STRLEN","none"],["SET","KEY",""#, #""]]"#, #"[{"result":0},{"result":"OK"}]"#),
        ]

        @Test func theyAreStoredWholeWhileOthersAreServed() throws {
            let proxy = try redis.mastergate(["--threads", "1"])
            let direct = try RESPClient(port: redis.port, timeoutMilliseconds: 20_000)
            let client = try proxy.http(timeoutMilliseconds: 30_000)
            let others = Others([try proxy.resp()])
            others.await(10)
            for (index, way) in Self.waysIn.enumerated() {
                #expect(try way.send(client, "k\(index)").text == way.answer, "\(way.name)")
                #expect(try direct.command("GET", "k\(index)") == .bulkString(Self.value), "\(way.name)")
            }
            // To read such a body takes an unoptimised build a second.
            #expect(try others.stop().worst < 800)
        }

        @Test func aReplyAsLargeIsAPartOfABatch() throws {
            let proxy = try redis.mastergate(["--threads", "1"])
            try redis.client().command([Array("SET".utf8), Array("k".utf8), Self.value])
            let client = try proxy.http(timeoutMilliseconds: 30_000)
            for target in ["/pipeline", "/multi-exec"] {
                let body = Array(#"[["STRLEN","k"],["GET","k"],["STRLEN","k"]]"#.utf8)
                let response = try client.request("POST", target, fields: ["Content-Type": "application/json"], body: body)
                let whole = response.fields["transfer-encoding"] == "chunked" ? try client.chunks() : response.body
                let expected = Array("[{\"result\":\(Self.count)},{\"result\":\"".utf8) + Self.value + Array("\"},{\"result\":\(Self.count)}]".utf8)
                #expect(whole == expected, "\(target)")
                #expect(try client.get("/PING.txt").text == "+PONG", "\(target)")
            }
        }

        @Test func whatIsSentBehindOneIsAnsweredBehindIt() throws {
            let proxy = try redis.mastergate(["--threads", "1"])
            let client = try proxy.http(timeoutMilliseconds: 30_000)
            let put = Array("PUT /SET/k HTTP/1.1\r\nHost: h\r\nContent-Length: \(Self.count)\r\n\r\n".utf8) + Self.value
            let behind = Array("GET /STRLEN/k HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
            try client.send(bytes: behind + put + behind + put + behind)
            let answers = try (0..<5).map { _ in try client.response().text }
            #expect(answers == [#"{"STRLEN":0}"#, #"{"SET":[true,"OK"]}"#, "{\"STRLEN\":\(Self.count)}", #"{"SET":[true,"OK"]}"#, "{\"STRLEN\":\(Self.count)}"])
        }

        @Test func whoEndsItsSideBehindOneIsAnswered() throws {
            let proxy = try redis.mastergate(["--threads", "1"])
            let client = try proxy.http(timeoutMilliseconds: 30_000)
            try client.send(bytes: Array("PUT /SET/k HTTP/1.1\r\nHost: h\r\nContent-Length: \(Self.count)\r\n\r\n".utf8) + Self.value)
            client.endSending()
            #expect(try client.response().text == #"{"SET":[true,"OK"]}"#)
            #expect(try redis.client().command("STRLEN", "k") == .integer(Int64(Self.count)))
        }

        @Test func redisMayRefuseOneBeforeItsEnd() throws {
            try redis.client().command("CONFIG", "SET", "proto-max-bulk-len", "\(2 << 20)")
            let proxy = try redis.mastergate(["--threads", "1"])
            for _ in 0..<3 {
                let client = try proxy.http(timeoutMilliseconds: 30_000)
                let answer = try client.request("PUT", "/SET/k", body: Self.value)
                #expect(answer.text.contains("Protocol error") || answer.status == 504 || answer.status == 503, "\(answer.status) \(answer.text)")
                #expect(try proxy.http().get("/SET/k/small").text == #"{"SET":[true,"OK"]}"#)
            }
        }

        @Test func aTransactionThatRanAndWhoseAnswerIsLostIsNotSaidNotToHaveRun() throws {
            let redis = try RedisServer(["--client-output-buffer-limit", "normal 1mb 0 0"])
            try redis.client().command([Array("SET".utf8), Array("big".utf8), Self.value])
            let proxy = try redis.mastergate(["--threads", "1"])
            let client = try proxy.http(timeoutMilliseconds: 30_000)
            for (count, padding) in [(1, ""), (2, String(repeating: "p", count: 600 << 10))] {
                let body = #"[["INCR","n"],["SET","p","\#(padding)"],["GET","big"]]"#
                let response = try client.request("POST", "/multi-exec", fields: ["Content-Type": "application/json"], body: Array(body.utf8))
                #expect(response.status == 504)
                #expect(try redis.client().command("GET", "n") == .bulk("\(count)"))
            }
        }

        @Test func oneWhoseRenderingTakesTooMuchIsRefusedAndHoldsUpNothingBehindIt() throws {
            let proxy = try redis.mastergate(["--threads", "1", "--memory-max", "20mb"])
            // Each byte becomes six in JSON.
            try redis.client().command([Array("SET".utf8), Array("odd".utf8), [UInt8](repeating: 1, count: 4 << 20)])
            let get = "GET /GET/odd HTTP/1.1\r\nHost: h\r\n\r\n"
            let batch = #"[["GET","odd"],["PING"],["GET","odd"]]"#
            for _ in 0..<3 {
                let client = try proxy.http(timeoutMilliseconds: 20_000)
                try client.send(get + "GET /PING.txt HTTP/1.1\r\nHost: h\r\n\r\n" + get)
                #expect(try client.response().status == 503)
                #expect(try client.response().text == "+PONG")
                #expect(try client.response().status == 503)
                let response = try client.request("POST", "/pipeline", fields: ["Content-Type": "application/json"], body: Array(batch.utf8))
                #expect(response.text.contains(#"{"result":"PONG"}"#), "\(response.text.prefix(300))")
                #expect(try client.get("/PING.txt").text == "+PONG")
                try client.send(get)
            }
            try Patience.wait("all to be given back") {
                try proxy.metric("mastergate_client_connections{listener=\"http\"}") == 0 && (try proxy.metric("mastergate_held_bytes") ?? 0) < 1 << 20
            }
        }

        @Test func oneThatHadNotLeftWholeIsRunOnTheNewMaster() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let client = try proxy.http(timeoutMilliseconds: 30_000)
            #expect(try client.get("/PING").status == 200)
            let master = cluster.servers[0]
            let before = try #require(try proxy.metric("mastergate_commands_total"))
            master.process?.signal(SIGSTOP)
            try client.send(bytes: Array("PUT /APPEND/k HTTP/1.1\r\nHost: h\r\nContent-Length: \(Self.count)\r\n\r\n".utf8) + Self.value)
            // More than the sockets between us and the server hold.
            try Patience.wait("the command to be on its way") { (try proxy.metric("mastergate_commands_total") ?? 0) > before }
            master.process?.kill9()
            let answer = try client.response()
            #expect(answer.text == "{\"APPEND\":\(Self.count)}", "\(answer.text)")
        }
    }
}
