import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// The configuration is read again while clients are connected.
    @Suite struct Reloading {
        private func reload(_ proxy: MastergateProcess, _ redis: RedisServer) throws -> (code: Int32?, output: String) {
            try Program.run(["reload", "--admin", "127.0.0.1:\(proxy.adminPort)"], in: redis.folder)
        }

        @Test func newPasswordsAllowlistsAndRulesHoldForNewClientsAndNoConnectionIsClosed() throws {
            let redis = try RedisServer()
            _ = try redis.folder.write("first\n", to: "password")
            _ = try redis.folder.write("client: {password: \"file:\(redis.folder.path)/password\"}\nhttp: {etag_max: 0}\n", to: "mastergate.yaml")
            let proxy = try redis.mastergate(["--config", "\(redis.folder.path)/mastergate.yaml"])
            let old = try proxy.resp()
            #expect(try old.command("AUTH", "first") == .ok)
            let page = try HTTPClient(port: proxy.httpPort)
            #expect(try page.request("GET", "/SET/k/v", fields: ["Authorization": "Basic OmZpcnN0"]).status == 200)

            _ = try redis.folder.write("second\n", to: "password")
            _ = try redis.folder.write(
                "client: {password: \"file:\(redis.folder.path)/password\"}\nhttp: {etag_max: 1kb, acl: [\"-set\"]}\nlog: {level: warning}\n", to: "mastergate.yaml")
            let (code, output) = try reload(proxy, redis)
            #expect(code == 0)
            #expect(output == "reloaded\n")
            #expect(proxy.log.contains("changed=http.etag_max,http.acl,client.password,log.level"), "\(proxy.log)")

            // The workers have heard of it before anything that comes later.
            try Patience.wait("the new password to hold") { try proxy.resp().command("AUTH", "second") == .ok }
            #expect(try proxy.resp().command("AUTH", "first") != .ok)
            #expect(try old.command("GET", "k") == .bulk("v"))
            #expect(try page.request("GET", "/GET/k", fields: ["Authorization": "Basic OmZpcnN0"]).status == 401)
            let answer = try HTTPClient(port: proxy.httpPort).request("GET", "/GET/k", fields: ["Authorization": "Basic OnNlY29uZA=="])
            #expect(answer.status == 200)
            #expect(answer.fields["etag"] != nil)
            #expect(try HTTPClient(port: proxy.httpPort).request("GET", "/SET/k/w", fields: ["Authorization": "Basic OnNlY29uZA=="]).status == 403)
        }

        @Test func anAllowlistThatShrinksKeepsNewClientsOut() throws {
            let redis = try RedisServer()
            _ = try redis.folder.write("listen: {allow: [127.0.0.1]}\n", to: "mastergate.yaml")
            let proxy = try redis.mastergate(["--config", "\(redis.folder.path)/mastergate.yaml"])
            let old = try proxy.resp()
            _ = try redis.folder.write("listen: {allow: [10.0.0.0/8]}\n", to: "mastergate.yaml")
            proxy.process.signal(SIGHUP)
            try Patience.wait("new clients to be refused") { (try? proxy.resp().command("PING")) == nil }
            #expect(try old.command("PING") == .simpleString("PONG"))
        }

        @Test func aWrongFileIsRefusedWholeAndSaysWhere() throws {
            let redis = try RedisServer()
            let path = "\(redis.folder.path)/mastergate.yaml"
            _ = try redis.folder.write("http:\n  etag_max: 0\n", to: "mastergate.yaml")
            let proxy = try redis.mastergate(["--config", path])
            _ = try redis.folder.write("http:\n  etag_max: 1kb\n  no_such_key: 1\n", to: "mastergate.yaml")
            var (code, output) = try reload(proxy, redis)
            #expect(code == 1)
            #expect(output.contains("\(path):3:3: http.no_such_key: unknown key"), "\(output)")
            #expect(proxy.log.contains("error the new configuration is refused whole; the one in force stays"))
            _ = try proxy.http().get("/SET/k/v")
            #expect(try proxy.http().get("/GET/k").fields["etag"] == nil)

            // What only a restart can change is an error too.
            _ = try redis.folder.write("http:\n  etag_max: 1kb\nthreads: 1\nclient:\n  password: \"\"\nredis:\n  warm_links: 7\n", to: "mastergate.yaml")
            (code, output) = try reload(proxy, redis)
            #expect(code == 1)
            #expect(output.contains("\(path):7:15: redis.warm_links: changes with a restart only; it was"), "\(output)")
            #expect(try proxy.http().get("/GET/k").fields["etag"] == nil)

            _ = try redis.folder.write("http:\n  etag_max: 1kb\n", to: "mastergate.yaml")
            #expect(try reload(proxy, redis).code == 0)
            try Patience.wait("the new setting to hold") { try proxy.http().get("/GET/k").fields["etag"] != nil }
        }

        @Test func aFileThatChangesIsReadAgainByItself() throws {
            let redis = try RedisServer()
            _ = try redis.folder.write("first\n", to: "password")
            let proxy = try redis.mastergate(["--client-password", "file:\(redis.folder.path)/password"])
            _ = try redis.folder.write("second\n", to: "password")
            try Patience.wait("the new password to hold") { try proxy.resp().command("AUTH", "second") == .ok }
        }

        @Test func systemdIsToldWhenItServesAndWhenItReloads() throws {
            let redis = try RedisServer()
            let path = "\(redis.folder.path)/notify"
            let listener = try ChildProcess(
                ["python3", "-c", "import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\nwhile True:\n print(s.recv(999).decode().split('=')[0],flush=True)", path],
                output: .file("\(redis.folder.path)/notified"))
            redis.folder.entrust(listener)
            try Patience.wait("the socket") { access(path, F_OK) == 0 }
            let proxy = try MastergateProcess(
                executable: Program.path, ["--upstream", "127.0.0.1:\(redis.port)", "--drain-timeout", "100ms"], in: redis.folder,
                launcher: ["env", "NOTIFY_SOCKET=\(path)"])
            func told() -> [String] { ((try? redis.folder.read("notified")) ?? "").split(separator: "\n").map(String.init) }
            try Patience.wait("READY") { told() == ["READY"] }
            proxy.process.signal(SIGHUP)
            try Patience.wait("RELOADING") { told() == ["READY", "RELOADING", "READY"] }
            proxy.process.signal(SIGTERM)
            try Patience.wait("STOPPING") { told().last == "STOPPING" }
        }
    }
}
