import Bytes
import EventLoop
import Glibc
import RESP

/// A real Redis master with replicas and sentinels on free ports of 127.0.0.1, for the demo and for tests.
///
/// Everything it starts it ends, also when this process is killed (``TemporaryFolder``).
package final class LocalCluster {
    /// The `redis-server` that is started, here and in tests: the installed one, or the one that the variable `REDIS_SERVER` names, such as
    /// that of a later version, or Valkey's.
    package static let redisServer = getenv("REDIS_SERVER").map { String(cString: $0) } ?? "redis-server"

    package struct Options: Sendable {
        package var replicaCount = 2
        package var sentinelCount = 3
        package var masterName = "mymaster"
        /// Password of the Redis servers; none when empty.
        package var password = ""
        /// Password of the sentinels; none when empty.
        package var sentinelPassword = ""
        /// Under about 1100 ms a sentinel's own pace of reconnecting makes false alarms (FAILOVER.md).
        package var downAfterMilliseconds = 1200
        package var failoverTimeoutMilliseconds = 6000
        /// Loopback addresses of the sentinels, which then share one port; on 127.0.0.1 and ports of their own when empty.
        package var sentinelHosts: [String] = []
        /// Whether DEBUG may be used; known to Redis 7 only.
        package var allowsDebugCommand = false
        /// What servers and sentinels speak TLS with, to everybody and among themselves; plain connections when nil.
        package var tls: TLSFiles?
        package init() {}
    }

    /// The PEM files that all of a cluster share. Everybody has to show a certificate of the authority.
    package struct TLSFiles: Sendable {
        package var authority: String
        /// For 127.0.0.1, as a server and as a client.
        package var identity: TLSIdentity

        package init(authority: String, identity: TLSIdentity) {
            self.authority = authority
            self.identity = identity
        }

        fileprivate func lines(port: UInt16) -> [String] {
            [
                "port 0", "tls-port \(port)", "tls-replication yes", "tls-auth-clients yes", "tls-ca-cert-file \(authority)",
                "tls-cert-file \(identity.certificateFile)", "tls-key-file \(identity.keyFile)",
            ]
        }
    }

    /// One `redis-server`, or one sentinel.
    package final class Node {
        package let name: String
        package let host: String
        package let port: UInt16
        fileprivate let arguments: [String]
        package fileprivate(set) var process: ChildProcess?

        fileprivate init(name: String, host: String = "127.0.0.1", port: UInt16, arguments: [String]) {
            self.name = name
            self.host = host
            self.port = port
            self.arguments = arguments
        }
    }

    package let options: Options
    package let folder: TemporaryFolder
    private let context: TLSClientContext?
    /// The first is the master at the start.
    package private(set) var servers: [Node] = []
    package private(set) var sentinels: [Node] = []

    /// Prepares the files; nothing runs before ``startServers()`` and ``startSentinels()``.
    ///
    /// - Throws: ``IOError``
    package init(_ options: Options = Options(), folderPrefix: String = "mastergate") throws {
        self.options = options
        context = try options.tls.map { try TLSClientContext(authorityFile: $0.authority, identity: $0.identity) }
        folder = try TemporaryFolder(prefix: folderPrefix)
        for index in 0...options.replicaCount { try addServer(index) }
        for index in 0..<options.sentinelCount { try addSentinel(index) }
    }

    deinit { stop() }

    private func addServer(_ index: Int) throws {
        let name = index == 0 ? "redis-1" : "redis-\(index + 1)"
        let port = try FreePort.next()
        let directory = try folder.makeFolder(name)
        var lines = [
            "bind 127.0.0.1", "dir \(directory)", "save \"\"", "appendonly no", "repl-diskless-sync-delay 0",
            "maxclients 4000",
        ]
        if options.allowsDebugCommand { lines.append("enable-debug-command local") }
        lines += options.tls?.lines(port: port) ?? ["port \(port)"]
        if !options.password.isEmpty { lines += ["requirepass \(options.password)", "masterauth \(options.password)"] }
        if index > 0 { lines.append("replicaof 127.0.0.1 \(servers[0].port)") }
        let file = try folder.write(lines.joined(separator: "\n") + "\n", to: "\(name).conf")
        servers.append(Node(name: name, port: port, arguments: [LocalCluster.redisServer, file]))
    }

    private func addSentinel(_ index: Int) throws {
        let name = "sentinel-\(index + 1)"
        let host = options.sentinelHosts.isEmpty ? "127.0.0.1" : options.sentinelHosts[index]
        let port = options.sentinelHosts.isEmpty || index == 0 ? try FreePort.next() : sentinels[0].port
        let directory = try folder.makeFolder(name)
        let master = options.masterName
        var lines = [
            "bind \(host)", "dir \(directory)",
            "sentinel announce-ip \(host)",
            "sentinel monitor \(master) 127.0.0.1 \(servers[0].port) \(options.sentinelCount / 2 + 1)",
            "sentinel down-after-milliseconds \(master) \(options.downAfterMilliseconds)",
            "sentinel failover-timeout \(master) \(options.failoverTimeoutMilliseconds)",
        ]
        lines += options.tls?.lines(port: port) ?? ["port \(port)"]
        if !options.password.isEmpty { lines.append("sentinel auth-pass \(master) \(options.password)") }
        if !options.sentinelPassword.isEmpty { lines.append("requirepass \(options.sentinelPassword)") }
        let file = try folder.write(lines.joined(separator: "\n") + "\n", to: "\(name).conf")
        sentinels.append(Node(name: name, host: host, port: port, arguments: ["redis-sentinel", file]))
    }

    /// Starts the servers and waits until every replica is in step with the master.
    package func startServers() throws {
        for server in servers { try start(server) }
        for server in servers {
            try waitUntil("\(server.name) to answer", of: server) { try self.client(server).command("PING") == .simpleString("PONG") }
        }
        try awaitReplicas()
    }

    /// Waits until the master lists every replica as online.
    package func awaitReplicas() throws {
        try waitUntil("the replicas to be online") {
            let text = try self.client(self.servers[0]).command("INFO", "replication").text ?? ""
            return text.components(of: "state=online").count - 1 == self.options.replicaCount
        }
    }

    /// Starts the sentinels and waits until each knows the others and every replica.
    package func startSentinels() throws {
        for sentinel in sentinels { try start(sentinel) }
        for sentinel in sentinels {
            try waitUntil("\(sentinel.name) to know the others", of: sentinel) {
                let fields = try self.sentinelClient(sentinel).command("SENTINEL", "MASTER", self.options.masterName).fields ?? [:]
                return fields["num-other-sentinels"] == "\(self.options.sentinelCount - 1)"
                    && fields["num-slaves"] == "\(self.options.replicaCount)" && fields["flags"] == "master"
            }
        }
    }

    /// Starts a node, or starts it again after its end.
    package func start(_ node: Node) throws {
        let process = try ChildProcess(node.arguments, output: .file("\(folder.path)/\(node.name).log"))
        folder.entrust(process)
        node.process = process
    }

    /// A connection to `node`, authenticated.
    package func client(_ node: Node, timeoutMilliseconds: Int = 5000) throws -> RESPClient {
        try connect(node, options.password, timeoutMilliseconds)
    }

    package func sentinelClient(_ node: Node) throws -> RESPClient { try connect(node, options.sentinelPassword, 5000) }

    private func connect(_ node: Node, _ password: String, _ timeoutMilliseconds: Int) throws -> RESPClient {
        let client = try RESPClient(port: node.port, host: node.host, timeoutMilliseconds: timeoutMilliseconds, tls: context)
        if !password.isEmpty { try client.command("AUTH", password) }
        return client
    }

    /// The port of the master as `sentinel` tells it.
    package func masterPort(by sentinel: Node) throws -> UInt16? {
        let address = try sentinelClient(sentinel).command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", options.masterName)
        return address.elements?.last?.text.flatMap(UInt16.init)
    }

    /// The node that listens at `port`.
    package func server(at port: UInt16) -> Node? { servers.first { $0.port == port } }

    /// The sentinels' addresses as `--sentinel` takes them.
    package var sentinelList: String { sentinels.map { "\($0.host):\($0.port)" }.joined(separator: ",") }

    /// Ends everything and removes every file.
    package func stop() {
        for node in servers + sentinels { node.process?.signal(SIGKILL) }
        for node in servers + sentinels { node.process?.wait(milliseconds: 2000) }
        folder.remove()
    }

    /// The same while `node` runs; when it has ended instead, that is the error, with the place of its log.
    private func waitUntil(_ what: String, of node: Node, _ condition: () throws -> Bool) throws {
        try waitUntil(what) { try node.process?.isRunning == false || condition() }
        guard node.process?.isRunning == false else { return }
        let log = (try? folder.read("\(node.name).log")) ?? ""
        throw IOError(node.name, detail: "ended at once: \(log.split(separator: "\n").last ?? "without a word")")
    }

    /// Tries `condition` until it holds, at most `seconds`; an error of it counts as not yet.
    ///
    /// - Throws: ``IOError`` that names `what` was waited for.
    package func waitUntil(_ what: String, seconds: Int = 30, _ condition: () throws -> Bool) throws {
        try Patience.wait(what, seconds: seconds, condition)
    }
}

/// Waiting for a condition, bounded.
package enum Patience {
    /// Tries `condition` until it holds, at most `seconds`; an error of it counts as not yet.
    ///
    /// - Throws: ``IOError`` that names `what` was waited for.
    package static func wait(_ what: String, seconds: Int = 30, _ condition: () throws -> Bool) throws {
        let deadline = MonotonicClock.nowMicroseconds() + seconds * 1_000_000
        while MonotonicClock.nowMicroseconds() < deadline {
            if (try? condition()) == true { return }
            usleep(10_000)
        }
        throw IOError("wait for \(what)", detail: "not within \(seconds) s")
    }
}

extension String {
    /// The parts between the occurrences of `separator`.
    func components(of separator: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return parts + [rest]
    }
}
