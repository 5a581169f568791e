import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct UnixSockets {
        @Test func redisCLIAndCurlConnectByPathAndSoDoWeToRedis() throws {
            let folder = try TemporaryFolder(prefix: "mastergate-test")
            let server = "\(folder.path)/redis.sock"
            let redis = try ChildProcess(
                [LocalCluster.redisServer, "--port", "0", "--unixsocket", server, "--save", "", "--dir", folder.path],
                output: .file("\(folder.path)/redis.log"))
            folder.entrust(redis)
            defer { redis.kill9() }
            try Patience.wait("redis-server to listen") { FileManager.default.fileExists(atPath: server) }
            let (resp, http) = ("\(folder.path)/resp.sock", "\(folder.path)/http.sock")
            let proxy = try MastergateProcess(
                executable: Program.path,
                ["--upstream", "unix:\(server)", "--listen", "unix:\(resp)", "--http", "unix:\(http)", "--http-unix-mode", "0600"], in: folder)
            try proxy.awaitReady()

            func cli(_ arguments: String...) throws -> String { try Tool.run(["redis-cli", "-s", resp] + arguments, in: folder).output }
            #expect(try cli("SET", "k", "v") == "OK\n")
            #expect(try cli("GET", "k") == "v\n")
            #expect(try cli("BLPOP", "none", "0.05") == "\n")
            #expect(try Tool.run(["curl", "-sS", "--unix-socket", http, "http://h/GET/k"], in: folder).output == #"{"GET":"v"}"#)
            // Beside the sockets the ports go on.
            #expect(try proxy.resp().command("GET", "k") == .bulk("v"))
            #expect(try proxy.firstMaster()["master"] as? String == "unix:\(server)")
            #expect(try proxy.admin("/metrics").text.contains("mastergate_master_info{name=\"mymaster\",addr=\"unix:\(server)\"} 1"))
            #expect(proxy.log.contains("listening address=unix:\(resp)"))

            func mode(_ path: String) throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            }
            #expect(try mode(resp) == 0o770)
            #expect(try mode(http) == 0o600)
            proxy.stop()
            #expect(proxy.process.exitCode == 0)
            #expect(!FileManager.default.fileExists(atPath: resp))
            #expect(!FileManager.default.fileExists(atPath: http))
        }

        @Test func aMasterThatSentinelsNameIsServedOverASocketOfItsOwn() throws {
            let cluster = try LocalCluster.started { $0.replicaCount = 1 }
            let path = "\(cluster.folder.path)/s"
            let proxy = try cluster.mastergate(["--listen", "mymaster=unix:\(path)"])
            try proxy.awaitReady()
            #expect(try Tool.run(["redis-cli", "-s", path, "CONFIG", "GET", "port"], in: cluster.folder).output == "port\n\(cluster.servers[0].port)\n")
        }

        @Test func anAllowlistAndThePasswordApplyAsTheyShould() throws {
            let redis = try RedisServer()
            let path = "\(redis.folder.path)/s"
            let proxy = try redis.mastergate(["--listen", "unix:\(path)", "--allow", "10.0.0.0/8", "--client-password", "pw"])
            // The file's mode lets the peer in, not the list of addresses; the password is asked for all the same.
            let stream = try BlockingStream(#require(SocketAddress(unixPath: path)), timeoutMilliseconds: 5000)
            try stream.write(Array("PING\r\n".utf8))
            #expect(try stream.read() == Array("-NOAUTH Authentication required.\r\n".utf8))
            #expect(try Tool.run(["redis-cli", "-s", path, "--no-auth-warning", "-a", "pw", "PING"], in: redis.folder).output == "PONG\n")
            #expect(throws: (any Error).self) { try proxy.resp().command("PING") }
        }

        @Test func afterADrainTheFileIsGoneAndAfterAKillItIsReplaced() throws {
            let redis = try RedisServer()
            let path = "\(redis.folder.path)/s"
            let killed = try redis.mastergate(["--listen", "unix:\(path)"])
            killed.process.kill9()
            #expect(FileManager.default.fileExists(atPath: path))
            let proxy = try redis.mastergate(["--listen", "unix:\(path)", "--drain-timeout", "300ms"])
            let blocked = try BlockingStream(#require(SocketAddress(unixPath: path)), timeoutMilliseconds: 5000)
            try blocked.write(Array("BLPOP q 0\r\n".utf8))
            try Patience.wait("the client to block") { try redis.client().command("INFO", "clients").text?.contains("blocked_clients:1") == true }
            proxy.process.signal(SIGTERM)
            #expect(proxy.process.wait(milliseconds: 3000))
            #expect(!FileManager.default.fileExists(atPath: path))
        }

        @Test func aSocketInUseIsAnErrorThatNamesItAndLeavesTheOtherInPeace() throws {
            let redis = try RedisServer()
            let path = "\(redis.folder.path)/s"
            let proxy = try redis.mastergate(["--listen", "unix:\(path)"])
            let second = try Program.run(
                ["--upstream", "127.0.0.1:\(redis.port)", "--listen", "unix:\(path)", "--http", "off", "--admin", "off"], in: redis.folder, seconds: 10)
            #expect(second.code == 1)
            #expect(second.output.contains("listen on unix:\(path): in use by another process"))
            #expect(try Tool.run(["redis-cli", "-s", path, "PING"], in: redis.folder).output == "PONG\n")
            proxy.stop()
        }
    }
}
