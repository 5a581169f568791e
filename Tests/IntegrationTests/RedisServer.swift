import EventLoop
import LocalCluster
import RESP

/// One real `redis-server` and Mastergate in front of it as a fixed upstream: for what needs no failover.
final class RedisServer {
    let folder: TemporaryFolder
    let port: UInt16
    let process: ChildProcess
    private var proxies: [MastergateProcess] = []

    init(_ arguments: [String] = []) throws {
        folder = try TemporaryFolder(prefix: "mastergate-test")
        port = try FreePort.next()
        process = try ChildProcess(
            [LocalCluster.redisServer, "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", folder.path] + arguments,
            output: .file("\(folder.path)/redis.log"))
        folder.entrust(process)
        let port = port
        try Patience.wait("redis-server to answer") { _ = try RESPClient(port: port).command("PING"); return true }
    }

    deinit { process.kill9() }

    /// Starts the server again on its port, with nothing in it.
    func restart() throws -> ChildProcess {
        process.kill9()
        let again = try ChildProcess(
            [LocalCluster.redisServer, "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", folder.path], output: .file("\(folder.path)/redis2.log"))
        folder.entrust(again)
        let port = port
        try Patience.wait("redis-server to answer") { _ = try RESPClient(port: port).command("PING"); return true }
        return again
    }

    func client() throws -> RESPClient { try RESPClient(port: port) }

    /// Mastergate in front of it, ready.
    func mastergate(_ arguments: [String] = []) throws -> MastergateProcess {
        let proxy = try MastergateProcess(
            executable: Program.path, ["--upstream", "127.0.0.1:\(port)", "--threads", "2"] + arguments, in: folder)
        proxies.append(proxy)
        try proxy.awaitReady()
        return proxy
    }
}
