import EventLoop
import Foundation
import Glibc
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// What the real Webdis was seen to answer, and where that is wrong what a right server answers (`corpus.jsonl`).
    @Suite struct WebdisCorpus {
        private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path

        /// Answers twice by its own words, so that no server with one answer can give what stands there.
        private static let leftOut: Set = ["method-CONNECT"]

        /// How the Redis behind a configuration is started, and the password of its default user.
        private static let servers: [String: (arguments: [String], password: String)] = [
            "auth-pass": (["--requirepass", "sekret"], "sekret"), "auth-bad": (["--requirepass", "sekret"], "sekret"),
            "auth-user": (["--requirepass", "sekret", "--user", "gw", "on", ">gwpass", "~*", "&*", "+@all"], "sekret"),
        ]

        private static func cases() throws -> [CorpusCase] {
            try String(contentsOfFile: folder + "/corpus.jsonl", encoding: .utf8).split(separator: "\n").compactMap { CorpusCase($0) }
        }

        @Test func theCorpusIsRead() throws {
            #expect(try Self.cases().count == 740)
        }

        @Test(arguments: ["base", "ws", "acl", "acl-ip", "acl-any", "acl-star", "acl-prefix", "auth-pass", "auth-user", "auth-bad", "db3", "down", "env", "limits", "multi", "root", "unix"])
        func everyCaseOf(_ configuration: String) throws {
            let server = Self.servers[configuration]
            let redis = try RedisServer(["--unixsocket", "redis.sock"] + (server?.arguments ?? []))
            var gateway = try start(configuration, redis)
            defer { gateway.stop() }
            let cases = try Self.cases().filter { $0.config == configuration && !Self.leftOut.contains($0.id) && (!$0.isBug || $0.fixed != nil) }
            #expect(!cases.isEmpty || configuration == "acl-star")
            for one in cases {
                let difference = try one.difference(gateway: gateway.httpPort, redis: redis.port, password: server?.password, in: redis.folder)
                #expect(difference == nil, "\(one.id)")
                guard gateway.process.isRunning else {
                    Issue.record("\(one.id) ended the gateway")
                    gateway = try start(configuration, redis)
                    continue
                }
            }
        }

        /// The configuration as it was recorded, with the ports and places of this run.
        private func start(_ name: String, _ redis: RedisServer) throws -> MastergateProcess {
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/configs/\(name).json"))
            var object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            if name == "env" {
                let variables = [
                    "REDIS_HOST": "127.0.0.1", "REDIS_PORT": "\(redis.port)", "HTTP_HOST": "127.0.0.1", "HTTP_PORT": "7379", "ONE": "1", "DB": "5", "TRUE": "true",
                    "FALSE": "false", "MAX": "1000000", "ROOT": "/GET/root.txt", "CMD": "FLUSHALL", "CRED": "eve:pw", "IP": "127.0.0.0/8",
                    "LOG": redis.folder.path + "/env.log",
                ]
                for (variable, value) in variables { setenv("W1_" + variable, value, 1) }
            } else {
                if (object["redis_host"] as? String)?.hasPrefix("/") == true { object["redis_host"] = redis.folder.path + "/redis.sock" }
                object["redis_port"] = name == "down" ? Int(try FreePort.next()) : Int(redis.port)
                object["logfile"] = "\(redis.folder.path)/\(name).log"
            }
            let file = "\(redis.folder.path)/\(name).json"
            try JSONSerialization.data(withJSONObject: object).write(to: URL(fileURLWithPath: file))
            let gateway = try MastergateProcess(executable: Program.path, ["--webdis-config", file], in: redis.folder)
            if name == "down" {
                try Patience.wait("the gateway to live") { (try? gateway.admin("/livez").status) == 200 }
            } else {
                try gateway.awaitReady()
            }
            return gateway
        }
    }
}
