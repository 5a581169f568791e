import EventLoop
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// What all clients together may hold, and what becomes of those who want more.
    @Suite struct MemoryBounds {
        private let redis: RedisServer

        init() throws {
            redis = try RedisServer()
            try redis.client().command([Array("SET".utf8), Array("big".utf8), [UInt8](repeating: 0x78, count: 2 << 20)])
        }

        @Test func bodiesThatNeverEndWaitAndAreRefusedInTheEnd() throws {
            let proxy = try redis.mastergate(["--threads", "1", "--memory-unfinished", "16mb", "--memory-wait", "300ms"])
            var slow: [HTTPClient] = []
            for _ in 0..<4 {
                let client = try proxy.http(timeoutMilliseconds: 60)
                try client.send("PUT /SET/k HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n")
                slow.append(client)
            }
            // Nobody gets rid of all of it; what is written waits in the kernel.
            for client in slow { for _ in 0..<12 { try? client.send(bytes: [UInt8](repeating: 0x78, count: 1 << 20)) } }
            try Patience.wait("large bodies to be refused") { (try proxy.metric("mastergate_memory_refused_total{what=\"work\"}") ?? 0) >= 1 }
            #expect(try #require(try proxy.metric("mastergate_held_bytes")) < 40 << 20)
            #expect(try proxy.http().request("PUT", "/SET/k", body: Array("small".utf8)).status == 200)
        }

        @Test func whoHoldsMostIsLetGoAndTheOthersAreServed() throws {
            let proxy = try redis.mastergate(["--threads", "1", "--memory-max", "24mb", "--client-output-limit", "1gb", "--client-large-reply", "1gb"])
            let small = try proxy.resp()
            var slow: [RESPClient] = []
            for _ in 0..<6 {
                let client = try proxy.resp()
                for _ in 0..<16 { try client.send("GET", "big") }
                slow.append(client)
            }
            try Patience.wait("the bound to be kept") {
                #expect(try small.command("PING") == .simpleString("PONG"))
                let held = try proxy.metric("mastergate_held_bytes") ?? 0
                return held < 28 << 20
            }
            for _ in 0..<20 {
                #expect(try small.command("ECHO", "x") == .bulk("x"))
                #expect(try #require(try proxy.metric("mastergate_held_bytes")) < 48 << 20)
            }
        }

        @Test func memoryThatIsNoLongerUsedGoesBackToTheSystem() throws {
            let proxy = try redis.mastergate(["--threads", "2"])
            let before = try #require(try proxy.metric("process_resident_memory_bytes"))
            // Large blocks of many sizes, on the loops and on the threads beside them.
            for _ in 0..<2 {
                let clients = try (0..<12).map { _ in try proxy.http() }
                let body = "[[\"GET\",\"big\"],[\"GET\",\"big\"],[\"GET\",\"big\"]]"
                for client in clients { try client.send("POST /pipeline HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body) }
                for client in clients {
                    _ = try client.response(hasBody: false)
                    #expect(try client.chunks().count > 6 << 20)
                }
            }
            try Patience.wait("memory to go back") { (try proxy.metric("process_resident_memory_bytes") ?? .max) < before + 16 << 20 }
        }

        @Test func aReplyThatWouldTakeTooMuchToRenderIsRefused() throws {
            let proxy = try redis.mastergate(["--threads", "1", "--memory-max", "8mb"])
            // Each byte becomes six in JSON.
            try redis.client().command([Array("SET".utf8), Array("odd".utf8), [UInt8](repeating: 1, count: 3 << 20)])
            let client = try proxy.http()
            #expect(try client.get("/GET/odd").status == 503)
            #expect(try client.get("/GET/odd.raw").body.count > 3 << 20)
            #expect(try client.get("/PING.txt").text == "+PONG")
        }

        @Test func aBatchIsAnsweredInPartsAndWithinABound() throws {
            let proxy = try redis.mastergate(["--threads", "1", "--http-max-reply", "8mb"])
            let commands = (0..<100).map { $0 == 99 ? "[\"SET\",\"last\",\"ran\"]" : "[\"GET\",\"big\"]" }.joined(separator: ",")
            let client = try proxy.http()
            let response = try client.request("POST", "/pipeline", body: Array("[\(commands)]".utf8))
            #expect(response.fields["transfer-encoding"] == "chunked")
            let body = try client.chunks()
            #expect(body.count < 12 << 20)
            let text = String(decoding: body.suffix(400), as: UTF8.self)
            #expect(text.contains("the answer is larger than http.max_reply allows; the command was not run"))
            #expect(text.hasSuffix("}]"))
            #expect(try redis.client().command("EXISTS", "last") == .integer(0))
            #expect(try client.get("/PING.txt").text == "+PONG")
        }
    }
}
