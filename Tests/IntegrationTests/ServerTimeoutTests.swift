import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// A server that closes connections nothing goes over (`timeout`).
    @Suite struct ServerTimeout {
        @Test func linksAreLetGoBeforeTheServerClosesThem() throws {
            let redis = try RedisServer(["--timeout", "1", "--loglevel", "verbose"])
            func closedCount() throws -> Int {
                try String(contentsOfFile: "\(redis.folder.path)/redis.log", encoding: .utf8).components(separatedBy: "Closing idle client").count - 1
            }
            let proxy = try redis.mastergate(["--threads", "1"])
            let client = try proxy.resp()
            #expect(try client.command("SELECT", "3") == .ok)
            #expect(try client.command("INCR", "n") == .integer(1))
            // The first ones tell; all were made at the same time, so they end at the same time.
            try Patience.wait("the server to close what lies idle") { try closedCount() > 0 }
            #expect(try client.command("INCR", "n") == .integer(2))
            try Patience.wait("all of these to be closed") { try redis.client().command("CLIENT", "LIST").text?.contains(" idle=1 ") == false }
            let before = try closedCount()
            let start = Date()
            var count: Int64 = 2
            while Date().timeIntervalSince(start) < 4 {
                // Within this time the server would have closed the link of the last one.
                try Patience.wait("the link to be let go") { try redis.client().command("CLIENT", "LIST").text?.contains(" cmd=incr ") == false }
                count += 1
                #expect(try client.command("INCR", "n") == .integer(count))
            }
            #expect(count > 4)
            #expect(try closedCount() - before == 0)
        }
    }
}
