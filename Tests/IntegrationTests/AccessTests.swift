import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct AccessRules {
        @Test func passwordsOnEveryLegAreKeptApart() throws {
            let cluster = try LocalCluster.started {
                $0.password = "redis-secret"
                $0.sentinelPassword = "sentinel-secret"
            }
            let file = try cluster.folder.write("client-secret\n", to: "password")
            let proxy = try cluster.mastergate([
                "--redis-password", "redis-secret", "--sentinel-password", "sentinel-secret", "--client-password", "file:\(file)",
                "--log-level", "trace",
            ])
            try proxy.awaitReady()

            let client = try proxy.resp(timeoutMilliseconds: 20_000)
            #expect(try client.command("GET", "k") == .error("NOAUTH Authentication required."))
            #expect(try client.command("AUTH", "redis-secret") == .error("WRONGPASS invalid username-password pair or user is disabled."))
            #expect(try client.command("AUTH", "client-secret") == .ok)
            #expect(try client.command("SET", "k", "v") == .ok)
            let modern = try proxy.resp()
            #expect(try modern.command("HELLO", "3", "AUTH", "default", "wrong") == .error("WRONGPASS invalid username-password pair or user is disabled."))
            #expect(try modern.command("HELLO", "3", "AUTH", "default", "client-secret", "SETNAME", "me").fields?["role"] == "master")
            #expect(try modern.command("CLIENT", "GETNAME") == .bulk("me"))

            let http = try proxy.http()
            let refused = try http.get("/GET/k")
            #expect(refused.status == 401)
            #expect(refused.fields["www-authenticate"]?.hasPrefix("Basic realm=") == true)
            let right = "Basic " + Data("anyone:client-secret".utf8).base64EncodedString()
            let named = "Basic " + Data("default:client-secret".utf8).base64EncodedString()
            #expect(try http.request("GET", "/GET/k", fields: ["Authorization": right]).status == 401)
            #expect(try http.request("GET", "/GET/k", fields: ["Authorization": named]).text == #"{"GET":"v"}"#)

            // The passwords hold through a failover as well.
            cluster.servers[0].process?.kill9()
            try cluster.waitUntil("writes after the failover") {
                let after = try proxy.resp()
                return try after.command("AUTH", "client-secret") == .ok && after.command("SET", "k", "2") == .ok
            }
            #expect(try #require(try proxy.metric("mastergate_acl_denied_total{reason=\"password\"}")) > 0)
            for text in [proxy.log, try proxy.admin("/metrics").text, try proxy.admin("/status").text] {
                for secret in ["redis-secret", "sentinel-secret", "client-secret"] { #expect(!text.contains(secret)) }
            }
        }

        @Test func aWrongPasswordTowardsRedisIsSaidAndNotServed() throws {
            let cluster = try LocalCluster.started { $0.password = "redis-secret" }
            let proxy = try cluster.mastergate(["--redis-password", "wrong", "--failover-hold", "200ms"])
            try cluster.waitUntil("the reason to be logged") { proxy.log.contains("WRONGPASS") }
            #expect(try proxy.admin("/readyz").status == 503)
            guard case .error(let text) = try proxy.resp().command("PING") else { return #expect(Bool(false)) }
            #expect(text.hasPrefix("NOMASTER"))
        }

        @Test func withoutAPasswordOfItsOwnTheProxyPassesAuthOn() throws {
            let redis = try RedisServer(["--requirepass", "redis-secret", "--user", "app", "on", ">app-secret", "~*", "+@all"])
            let client = try redis.mastergate().resp()
            #expect(try client.command("GET", "k") == .error("NOAUTH Authentication required."))
            #expect(try client.command("AUTH", "app", "app-secret") == .ok)
            #expect(try client.command("ACL", "WHOAMI") == .bulk("app"))
        }

        @Test func aPeerThatTheAllowlistDoesNotNameIsClosedAndCounted() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--allow", "127.0.0.2/32,10.0.0.0/8,::1"])
            #expect(throws: (any Error).self) { try proxy.resp().command("PING") }
            #expect(throws: (any Error).self) { try proxy.http().get("/PING") }
            #expect(try proxy.metric("mastergate_acl_denied_total{reason=\"address_resp\"}") == 1)
            #expect(try proxy.metric("mastergate_acl_denied_total{reason=\"address_http\"}") == 1)
            try Patience.wait("the log line") { proxy.log.contains("peer refused by allowlist") }
            let fromAllowed = try Tool.run(
                ["curl", "-s", "--interface", "127.0.0.2", "http://127.0.0.1:\(proxy.httpPort)/PING"], in: redis.folder)
            #expect(fromAllowed.output == #"{"PING":[true,"PONG"]}"#)
        }

        @Test func withNeitherPasswordNorAllowlistOnlyLoopbackIsServed() throws {
            let folder = try TemporaryFolder(prefix: "mastergate-test")
            let port = try FreePort.next()
            let log = "\(folder.path)/log"
            let process = try ChildProcess(
                [Program.path, "--upstream", "127.0.0.1:1", "--listen", "0.0.0.0:\(port)", "--http", "off", "--admin", "off"],
                output: .file(log))
            folder.entrust(process)
            defer { process.kill9() }
            func text() -> String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }
            try Patience.wait("the listener") { text().contains("listening address=127.0.0.1:\(port)") }
            #expect(text().contains("listens on loopback only"))
            #expect(!text().contains("0.0.0.0:\(port)"))
        }
    }
}
