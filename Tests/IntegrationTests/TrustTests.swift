import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Whom the proxy believes, and what it says of those whom it does not.
    @Suite struct Trust {
        @Test func aHeaderOfTheProxyProtocolIsTakenFromListedPeersOnly() throws {
            let redis = try RedisServer()
            func answers(_ proxy: MastergateProcess, _ text: String) throws -> Bool {
                let client = try proxy.resp(timeoutMilliseconds: 5000)
                try client.stream.write(Array("PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\nPING\r\n".utf8))
                return (try? client.reply()) == .simpleString("PONG")
            }
            let proxy = try MastergateProcess(
                executable: Program.path, ["--upstream", "127.0.0.1:\(redis.port)", "--listen-proxy-protocol", "true"], in: redis.folder)
            try proxy.awaitReady()
            #expect(try answers(proxy, "by default"))
            let strict = try MastergateProcess(
                executable: Program.path,
                ["--upstream", "127.0.0.1:\(redis.port)", "--listen-proxy-protocol", "true", "--listen-proxy-protocol-from", "10.0.0.0/8"], in: redis.folder)
            try strict.awaitReady()
            #expect(try !answers(strict, "from elsewhere"))
            try Patience.wait("the line") { strict.log.contains("peer refused: not in proxy_protocol_from") }
            #expect(try strict.metric("mastergate_acl_denied_total{reason=\"address_resp\"}") == 1)
        }

        @Test func whoIsRefusedIsLoggedWithAddressAndUserAndWithoutASecretAndNotWithoutEnd() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--client-password", "right-one", "--http-acl", "+* -flushall"])
            for _ in 0..<60 { _ = try proxy.resp().command("AUTH", "mallory\u{1B}[31m", "wrong-one") }
            #expect(try proxy.http().get("/PING").status == 401)
            let basic = Data("default:right-one".utf8).base64EncodedString()
            #expect(try proxy.http().request("GET", "/FLUSHALL", fields: ["Authorization": "Basic \(basic)"]).status == 403)
            try Patience.wait("the count") { proxy.log.contains("more of that, not logged") }
            let lines = proxy.log.split(separator: "\n").filter { $0.contains("client refused") }
            #expect(lines.count >= 2 && lines.count < 50)
            #expect(lines.contains { $0.contains("front=resp") && $0.contains("peer=127.0.0.1:") && $0.contains(#"user="mallory\u001B[31m""#) && $0.contains("WRONGPASS") })
            for secret in ["right-one", "wrong-one", basic, "\u{1B}"] { #expect(!proxy.log.contains(secret)) }
        }

        @Test func whoIsRefusedOverHTTPIsLoggedWithTheUserInEveryDialect() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-acl", "+* -flushall"])
            func fields(_ user: String) -> [String: String] { ["Authorization": "Basic " + Data("\(user):s3cret".utf8).base64EncodedString()] }
            #expect(try proxy.http().request("GET", "/FLUSHALL", fields: fields("path\u{1B}")).status == 403)
            #expect(try proxy.http().request("POST", "/multi-exec", fields: fields("whole"), body: Array(#"[["FLUSHALL"]]"#.utf8)).status == 403)
            #expect(try proxy.http().request("POST", "/pipeline", fields: fields("part"), body: Array(#"[["PING"],["FLUSHALL"]]"#.utf8)).status == 200)
            for user in [#""path\u001B""#, "whole", "part"] {
                try Patience.wait("a line of \(user)") {
                    proxy.log.split(separator: "\n").contains { $0.contains("client refused front=http peer=127.0.0.1:") && $0.hasSuffix("user=\(user)") }
                }
            }
            #expect(!proxy.log.contains("s3cret"))
        }

        @Test func aLoginThatRedisItselfRefusesIsLoggedWithAddressAndUser() throws {
            let redis = try RedisServer(["--requirepass", "right-one"])
            let proxy = try redis.mastergate(["--redis-password", "right-one"])
            #expect(try proxy.resp().command("AUTH", "mallory\u{1B}[31m", "wrong-one") != .ok)
            _ = try proxy.resp().command("HELLO", "3", "AUTH", "eve", "wrong-one")
            for user in [#""mallory\u001B[31m""#, "eve"] {
                try Patience.wait("a line of \(user)") {
                    proxy.log.split(separator: "\n").contains { $0.contains("client refused front=resp peer=127.0.0.1:") && $0.hasSuffix("user=\(user)") }
                }
            }
            #expect(try proxy.resp().command("AUTH", "right-one") == .ok)
            #expect(proxy.log.components(separatedBy: "client refused").count == 3)
            for secret in ["right-one", "wrong-one", "\u{1B}"] { #expect(!proxy.log.contains(secret)) }
            #expect(try proxy.metric("mastergate_acl_denied_total{reason=\"password\"}") == 2)
        }

        @Test func fewerClientsThanDescriptorsAreTakenInAndThatIsSaid() throws {
            let redis = try RedisServer()
            let proxy = try MastergateProcess(
                executable: Program.path, ["--upstream", "127.0.0.1:\(redis.port)", "--threads", "1"], in: redis.folder,
                launcher: ["sh", "-c", "ulimit -n 200; exec \"$@\"", "sh"])
            try proxy.awaitReady()
            #expect(proxy.log.contains("the limit of open files is too low for max_clients"))
            let clients = try (0..<200).map { _ in try proxy.resp(timeoutMilliseconds: 3000) }
            #expect(try proxy.admin("/livez").status == 200)
            #expect(try clients[0].command("EVAL", "return 7", "0") == .integer(7))
            try Patience.wait("the line") { proxy.log.contains("no more clients are taken in") }
            let open = try #require(try proxy.metric("process_open_fds"))
            #expect(open < 200)
        }

        @Test func theGroupAloneLeavesEveryOther() throws {
            guard getuid() == 0 else { return }
            let redis = try RedisServer()
            let proxy = try MastergateProcess(
                executable: Program.path, ["--upstream", "127.0.0.1:\(redis.port)", "--group", "nogroup"], in: redis.folder,
                launcher: ["setpriv", "--groups", "0,4,6"])
            try proxy.awaitReady()
            let status = try String(contentsOfFile: "/proc/\(proxy.process.processID)/status", encoding: .utf8)
            let groups = status.split(separator: "\n").first { $0.hasPrefix("Groups:") }?.split(separator: "\t").dropFirst().joined().split(separator: " ").map(String.init)
            let gid = status.split(separator: "\n").first { $0.hasPrefix("Gid:") }?.split(separator: "\t").dropFirst().first.map(String.init)
            #expect(groups == gid.map { [$0] })
            #expect(gid != "0")
        }

        @Test func theWatchMayShowAUserOfItsOwnWhileClientsUseAnother() throws {
            let cluster = try LocalCluster.started { $0.replicaCount = 1 }
            for server in cluster.servers {
                let client = try RESPClient(port: server.port)
                #expect(try client.command("ACL", "SETUSER", "watch", "on", ">watching", "+role", "+ping", "+auth", "+client", "&__sentinel__:hello", "+subscribe") == .ok)
                #expect(try client.command("ACL", "SETUSER", "app", "on", ">serving", "~*", "resetchannels", "&app:*", "+@all") == .ok)
            }
            let proxy = try cluster.mastergate([
                "--redis-user", "app", "--redis-password", "serving", "--sentinel-redis-user", "watch", "--sentinel-redis-password", "watching",
            ])
            try proxy.awaitReady()
            #expect(try proxy.resp().command("ACL", "WHOAMI") == .bulk("app"))
            try Patience.wait("the hello subscriptions") {
                try cluster.servers.allSatisfy { server in
                    try RESPClient(port: server.port).command("CLIENT", "LIST").text?.split(separator: "\n").contains { $0.contains("user=watch") && $0.contains(" sub=1") } ?? false
                }
            }
        }
    }
}
