import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct TheAdminPort {
        private func status(_ proxy: MastergateProcess, _ method: String, _ path: String, _ fields: [String: String] = [:]) throws -> Int {
            try HTTPClient(port: proxy.adminPort).request(method, path, fields: fields).status
        }

        @Test func changesAreTakenByPutFromListedAddressesAndByPostWithTheToken() throws {
            let redis = try RedisServer()
            let open = try redis.mastergate(["--admin-token", "t0ken"])
            #expect(try status(open, "PUT", "/pause") == 200)
            #expect(try status(open, "PUT", "/resume") == 200)
            // A web page can have a browser send this to anywhere.
            #expect(try status(open, "POST", "/pause") == 403)
            #expect(try status(open, "POST", "/pause", ["Authorization": "Bearer wrong"]) == 403)
            #expect(try status(open, "POST", "/pause", ["Authorization": "Bearer t0ken"]) == 200)
            #expect(try status(open, "POST", "/resume", ["Authorization": "Bearer t0ken"]) == 200)

            let closed = try redis.mastergate(["--admin-token", "t0ken", "--admin-commands-allow", "10.0.0.0/8"])
            #expect(try status(closed, "PUT", "/pause") == 403)
            #expect(try status(closed, "PUT", "/pause", ["Authorization": "Bearer t0ken"]) == 200)
            let (code, output) = try Program.run(["resume", "--admin", "127.0.0.1:\(closed.adminPort)", "--token", "t0ken"], in: redis.folder)
            #expect(code == 0, "\(output)")
        }

        @Test func pagesOfOtherOriginsGiveNoCommandsNotEvenWithTheToken() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--admin-token", "t0ken"])
            let foreign = [["Origin": "http://evil.example"], ["Origin": "null"], ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"]]
            for fields in foreign {
                for path in ["/pause", "/resume", "/reload", "/failover", "/drain", "/upgrade", "/log_level?level=error"] {
                    #expect(try status(proxy, "PUT", path, fields) == 403, "\(path) \(fields)")
                    #expect(try status(proxy, "POST", path, fields.merging(["Authorization": "Bearer t0ken"]) { $1 }) == 403, "\(path) \(fields)")
                }
            }
            #expect(!proxy.log.contains("notice paused"))
            let own = try HTTPClient(port: proxy.adminPort)
            try own.send("PUT /resume HTTP/1.1\r\nHost: 127.0.0.1:9\r\nOrigin: http://127.0.0.1:9\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 0\r\n\r\n")
            #expect(try own.response().status == 200)
        }

        @Test func noAnswerIsLoadedByAPageOfAnotherOrigin() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            for (method, path) in [("GET", "/"), ("GET", "/metrics"), ("GET", "/nosuch"), ("PUT", "/nosuch"), ("POST", "/pause"), ("DELETE", "/")] {
                let answer = try HTTPClient(port: proxy.adminPort).request(method, path)
                #expect(answer.fields["cross-origin-resource-policy"] == "same-origin", "\(method) \(path)")
            }
            let events = try CorpusConnection(port: proxy.adminPort, timeoutMilliseconds: 5000)
            events.send(Array("GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8))
            let fields = try events.response(headOnly: true)
            #expect("\(fields)".lowercased().contains("cross-origin-resource-policy"))
        }

        @Test func aNameThatWasMadeToLeadHereGivesAPageNoCommands() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let client = try HTTPClient(port: proxy.adminPort)
            try client.send("PUT /pause HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n")
            #expect(try client.response().status == 403)
            try client.send("PUT /pause HTTP/1.1\r\nHost: 127.0.0.1:9\r\nContent-Length: 0\r\n\r\n")
            #expect(try client.response().status == 200)
        }

        @Test func aNameThatAStrangerCanGiveGetsNoPageAndNamesOfTheClusterDo() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--admin-hosts", "ops.example.org", "--admin-token", "t0ken"])
            func status(_ path: String, _ host: String, _ fields: String = "") throws -> Int {
                let client = try HTTPClient(port: proxy.adminPort)
                try client.send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(fields)\r\n")
                return try client.response().status
            }
            for path in ["/", "/status", "/metrics", "/readyz", "/events", "/?part=body"] { #expect(try status(path, "evil.example") == 421) }
            for host in ["evil.localhost.example:9379", "127.0.0.1.evil.example", "cluster.local.evil.example", "not a host"] { #expect(try status("/status", host) != 200) }
            for host in ["10.1.2.3:9379", "[::1]:9379", "localhost", "mastergate", "mastergate.redis.svc", "mastergate.redis.svc.cluster.local:9379", "OPS.example.org"] {
                #expect(try status("/status", host) == 200, "\(host)")
            }
            #expect(try status("/status", "evil.example", "Authorization: Bearer t0ken\r\n") == 200)
        }

        @Test func probesAreAnsweredWhateverElseIsOpen() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            // Streams without end, heads without end, and connections that say nothing.
            var open: [HTTPClient] = []
            for _ in 0..<80 {
                for text in ["GET /events HTTP/1.1\r\nHost: x\r\n\r\n", "GET /livez HTTP/1.1\r\nX: ", ""] {
                    let client = try HTTPClient(port: proxy.adminPort)
                    try? client.send(text)
                    open.append(client)
                }
                #expect(try proxy.admin("/livez").status == 200)
            }
            #expect(try proxy.admin("/readyz").status == 200)
            #expect(try Program.run(["health", "--admin", "127.0.0.1:\(proxy.adminPort)"], in: redis.folder).code == 0)
            try Patience.wait("the line") { proxy.log.contains("the admin port is full") }
            #expect(proxy.log.components(separatedBy: "the admin port is full").count <= 3)
            _ = open
        }

        @Test func bytesDoNotProlongTheTimeThatARequestMayTake() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let client = try HTTPClient(port: proxy.adminPort)
            try client.send("GET /livez HTTP/1.1\r\n")
            var seconds = 0
            // Writing fails soon after the other side has closed.
            while seconds < 30, (try? client.send("X-\(seconds): 1\r\n")) != nil {
                usleep(500_000)
                seconds += 1
            }
            #expect(seconds >= 18 && seconds < 26, "half seconds")
        }

        @Test func theLogLevelCanBeChangedUntilTheNextReload() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            #expect(try status(proxy, "PUT", "/log_level?level=loud") == 400)
            #expect(try status(proxy, "PUT", "/log_level?level=warning") == 200)
            #expect(try status(proxy, "PUT", "/pause") == 200)
            #expect(try status(proxy, "PUT", "/resume") == 200)
            #expect(!proxy.log.contains("notice paused"))
            #expect(try status(proxy, "PUT", "/log_level?level=notice") == 200)
            #expect(try status(proxy, "PUT", "/pause") == 200)
            try Patience.wait("the line") { proxy.log.contains("notice paused") }

            #expect(try status(proxy, "PUT", "/log_level?level=error") == 200)
            #expect(try status(proxy, "PUT", "/resume") == 200)
            #expect(!proxy.log.contains("notice resumed", after: "notice paused"))
            // Nothing has changed in the configuration, and its level holds again all the same.
            #expect(try status(proxy, "PUT", "/reload") == 200)
            #expect(try status(proxy, "PUT", "/pause") == 200)
            #expect(try status(proxy, "PUT", "/resume") == 200)
            try Patience.wait("the line") { proxy.log.contains("notice resumed", after: "notice paused") }
        }

        @Test func redisCliIsAnsweredInItsOwnProtocol() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate(["--admin-token", "t0ken"])
            try proxy.awaitReady()
            let console = try RESPClient(port: proxy.adminPort)
            #expect(try console.command("PING") == .simpleString("PONG"))
            guard case .bulkString(let status) = try console.command("MASTERGATE", "STATUS") else { return #expect(Bool(false)) }
            #expect(String(decoding: status, as: UTF8.self) == (try proxy.admin("/status?format=text").text))
            guard case .array(let sentinels) = try console.command("mastergate", "sentinels") else { return #expect(Bool(false)) }
            #expect(sentinels.count == 3)
            guard case .bulkString(let clients) = try console.command("MASTERGATE", "CLIENTS") else { return #expect(Bool(false)) }
            #expect(String(decoding: clients, as: UTF8.self).hasPrefix("resp:0\r\nhttp:0\r\n"))
            guard case .bulkString(let configuration) = try console.command("MASTERGATE", "CONFIG") else { return #expect(Bool(false)) }
            #expect(!String(decoding: configuration, as: UTF8.self).contains("t0ken"))
            guard case .array(let help) = try console.command("MASTERGATE", "HELP") else { return #expect(Bool(false)) }
            #expect(help.count > 10)
            #expect(try console.command("MASTERGATE", "PAUSE", "mymaster") == .simpleString("mymaster: paused; nothing is in flight"))
            #expect(try console.command("MASTERGATE", "RESUME") == .simpleString("mymaster: resumed"))
            #expect(try console.command("MASTERGATE", "RELOAD") == .simpleString("reloaded"))
            #expect(try console.command("MASTERGATE", "PAUSE", "other\r\nname") == .error("ERR no such master; served are: mymaster"))
            guard case .error(let unknown) = try console.command("GET", "k") else { return #expect(Bool(false)) }
            #expect(unknown.hasPrefix("ERR this is Mastergate's admin port"))
            #expect(try console.command("QUIT") == .ok)
        }

        @Test func atTheConsoleTooChangesNeedAListedAddressOrTheToken() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--admin-token", "t0ken", "--admin-commands-allow", "10.0.0.0/8"])
            let console = try RESPClient(port: proxy.adminPort)
            guard case .error(let refusal) = try console.command("MASTERGATE", "PAUSE") else { return #expect(Bool(false)) }
            #expect(refusal.hasPrefix("NOPERM"))
            guard case .error = try console.command("AUTH", "wrong") else { return #expect(Bool(false)) }
            #expect(try console.command("AUTH", "t0ken") == .ok)
            guard case .simpleString = try console.command("MASTERGATE", "PAUSE") else { return #expect(Bool(false)) }
        }

        @Test func drainingEndsTheServiceAsSIGTERMDoes() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--drain-timeout", "5s"])
            let client = try proxy.resp()
            #expect(try client.command("PING") == .simpleString("PONG"))
            #expect(try status(proxy, "PUT", "/drain") == 200)
            try Patience.wait("the process to end") { proxy.log.contains("notice ended") }
        }
    }
}

extension String {
    /// Whether `text` stands somewhere behind the last `earlier`.
    fileprivate func contains(_ text: String, after earlier: String) -> Bool {
        ranges(of: earlier).last.map { self[$0.upperBound...].contains(text) } ?? false
    }
}
