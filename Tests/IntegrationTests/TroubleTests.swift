import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Mistakes of a configuration: told once, in words that name the setting, to the log and to whoever asks.
    @Suite struct Troubles {
        private func lines(_ proxy: MastergateProcess) -> [Substring] { proxy.log.split(separator: "\n").filter { $0.contains(" warning ") || $0.contains(" error ") } }

        /// Waits for the trouble, and checks that all tell the same of it, and that it is told but once.
        private func check(_ proxy: MastergateProcess, _ words: String) throws {
            try Patience.wait(words) { try proxy.log.contains(words) && proxy.admin("/readyz").text.contains(words) }
            guard case .error(let text) = try proxy.resp().command("GET", "k") else { return #expect(Bool(false), "no master is to be known") }
            #expect(text.contains(words))
            #expect(lines(proxy).count { $0.contains(words) } == 1, "\(lines(proxy).joined(separator: "\n"))")
            #expect(!proxy.log.contains("unauthenticated multibulk"))
        }

        private static let impatient = ["--failover-hold", "50ms"]

        @Test func aWrongNameOfTheMasterIsToldWithTheRightOnes() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate(["--master-name", "mymastr"] + Self.impatient)
            try check(proxy, "the sentinels know no master mymastr; they know: mymaster; see sentinel.master_names")
        }

        @Test func aRedisServerInPlaceOfASentinelIsTold() throws {
            let redis = try RedisServer()
            let proxy = try MastergateProcess(executable: Program.path, ["--sentinel", "127.0.0.1:\(redis.port)"] + Self.impatient, in: redis.folder)
            try check(proxy, "this is a Redis server and no sentinel")
        }

        @Test func passwordsThatAreMissingWrongOrNeedlessAreTold() throws {
            let redis = try RedisServer(["--requirepass", "secret"])
            let wrong = try MastergateProcess(
                executable: Program.path, ["--upstream", "127.0.0.1:\(redis.port)", "--redis-password", "wrong"] + Self.impatient, in: redis.folder)
            try check(wrong, "Redis refuses the password: see redis.user and redis.password")
            #expect(!wrong.log.contains("secret"))
            let open = try RedisServer()
            let needless = try open.mastergate(["--redis-password", "needless"])
            #expect(try needless.resp().command("SET", "k", "v") == .ok)
            #expect(needless.log.contains("redis.password is not needed"))
            #expect(!needless.log.contains("needless "))
        }

        @Test func nobodyThereIsTold() throws {
            let redis = try RedisServer()
            let proxy = try MastergateProcess(executable: Program.path, ["--upstream", "127.0.0.1:1"] + Self.impatient, in: redis.folder)
            try check(proxy, "nobody listens there: see upstream")
        }
    }
}
