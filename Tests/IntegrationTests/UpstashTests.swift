import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// What the SDKs of Upstash ask, of a real server.
    @Suite("Upstash's dialect") struct UpstashDialect {
        private let fields = ["Authorization": "Bearer tok", "Content-Type": "application/json"]

        @Test("SCAN WITHTYPE finds every key with its type, by cursors that bear their server's mark")
        func withType() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-token", "tok"])
            let direct = try redis.client()
            var expected: Set<String> = []
            for number in 0..<200 {
                try direct.command("SET", "s\(number)", "v")
                try direct.command("RPUSH", "l\(number)", "v")
                expected.formUnion(["s\(number) string", "l\(number) list"])
            }
            let http = try proxy.http()
            var (found, cursor, pages): (Set<String>, String, Int) = ([], "0", 0)
            repeat {
                let answer = try http.request("POST", "/", fields: fields, body: Array("[\"SCAN\",\"\(cursor)\",\"COUNT\",\"50\",\"WITHTYPE\"]".utf8))
                let result = try #require((try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])?["result"] as? [Any], "\(answer.text)")
                cursor = try #require(result.first as? String)
                let pairs = try #require(result.last as? [String])
                for place in stride(from: 0, to: pairs.count, by: 2) { found.insert("\(pairs[place]) \(pairs[place + 1])") }
                if cursor != "0" { #expect(try #require(UInt64(cursor)) > 1 << 37) }
                pages += 1
            } while cursor != "0" && pages < 1000
            #expect(found == expected)
            // Another server's cursor does not go on as if nothing had been.
            let stale = try http.request("POST", "/", fields: fields, body: Array("[\"SCAN\",\"\(UInt64(1) << 40 | 5)\",\"WITHTYPE\"]".utf8))
            #expect(stale.status == 400 && stale.text.contains("cursor of the former master"))
        }

        @Test("a file of tokens opens to each what its rights say, and a reload takes it in, also for those who are being served")
        func tokens() throws {
            let redis = try RedisServer()
            let path = NSTemporaryDirectory() + "tokens-\(ProcessInfo.processInfo.processIdentifier).json"
            defer { try? FileManager.default.removeItem(atPath: path) }
            try Data(#"{"one": "+get +set ~app:*", "ro": "readonly", "listener": "+subscribe"}"#.utf8).write(to: URL(fileURLWithPath: path))
            let proxy = try redis.mastergate(["--http-tokens", path])
            let http = try proxy.http()
            func status(_ token: String, _ path: String) throws -> Int { try http.request("GET", path, fields: ["Authorization": "Bearer \(token)"]).status }
            #expect(try (status("one", "/set/app:k/v"), status("one", "/get/app:k"), status("one", "/get/k")) == (200, 200, 403))
            #expect(try (status("ro", "/get/k"), status("ro", "/set/k/v"), status("none", "/get/k")) == (200, 400, 401))
            let listener = try CorpusConnection(port: proxy.httpPort, timeoutMilliseconds: 15_000)
            listener.send(Array("GET /subscribe/c?_token=listener HTTP/1.1\r\nHost: gw\r\n\r\n".utf8))
            #expect(try listener.response(headOnly: true)["status"] as? Int == 200)
            #expect(String(decoding: try listener.chunk(), as: UTF8.self) == "data: subscribe,c,1\n\n")
            try Data(#"{"two": ""}"#.utf8).write(to: URL(fileURLWithPath: path))
            #expect(try Program.run(["reload", "--admin", "127.0.0.1:\(proxy.adminPort)"], in: redis.folder).code == 0)
            try Patience.wait("the new file to be taken in") { try status("two", "/get/k") == 200 }
            #expect(try status("one", "/get/app:k") == 401)
            // Of a token that is taken back nothing goes on.
            #expect(try listener.chunk().isEmpty)
        }
    }
}
