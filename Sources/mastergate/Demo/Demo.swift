import EventLoop
import LocalCluster

/// The running demo: the cluster, and Mastergate as a process of its own.
final class Demo {
    let cluster: LocalCluster
    let respPort: UInt16
    let httpPort: UInt16
    let adminPort: UInt16
    private let proxy: ChildProcess

    /// Starts everything and waits until Mastergate answers.
    init() throws {
        Self.say("Starting 1 master, 2 replicas and 3 sentinels on 127.0.0.1 …")
        cluster = try LocalCluster(folderPrefix: "mastergate-demo")
        respPort = try Self.port(preferred: 6379)
        httpPort = try Self.port(preferred: 7379)
        adminPort = try Self.port(preferred: 9379)
        do {
            try cluster.startServers()
            try Self.checkInterrupted()
            try cluster.startSentinels()
            try Self.checkInterrupted()
            proxy = try ChildProcess(
                [
                    "/proc/self/exe", "run", "--sentinel", cluster.sentinelList, "--listen", "127.0.0.1:\(respPort)",
                    "--http", "127.0.0.1:\(httpPort)", "--admin", "127.0.0.1:\(adminPort)",
                ], output: .file("\(cluster.folder.path)/mastergate.log"))
            cluster.folder.entrust(proxy)
        } catch {
            cluster.stop()
            throw error
        }
        let httpPort = httpPort
        let proxy = proxy
        try Patience.wait("Mastergate to answer", seconds: 10) {
            guard proxy.isRunning else { return true }
            return try HTTPClient(port: httpPort).get("/PING").status == 200
        }
        guard proxy.isRunning else {
            throw IOError("mastergate", detail: "ended at once; its log: \(cluster.folder.path)/mastergate.log")
        }
    }

    func stop() {
        proxy.signal(15)
        if !proxy.wait(milliseconds: 2000) { proxy.kill9() }
        cluster.stop()
    }

    static func say(_ line: String) { StandardStreams.writeOutput(Array((line + "\n").utf8)) }

    static func checkInterrupted() throws {
        if TerminationSignals.arrived(withinMilliseconds: 0) { throw DemoInterrupted() }
    }

    /// The usual port where it is free, else any.
    private static func port(preferred: UInt16) throws -> UInt16 {
        guard let loopback = Resolver.loopbackV4 else { return preferred }
        let isFree = try? Listener(EventLoop(), on: SocketAddress(loopback, port: preferred)) { $0.refuse(with: []) }
        return isFree != nil ? preferred : try BlockingStream.freePort()
    }

    /// Prints what to try and waits for Ctrl-C.
    func serveUntilInterrupted() throws {
        guard let master = cluster.servers.first, let masterID = master.process?.processID else { return }
        Self.say(
            """

            Mastergate stands in front of the current master (now \(master.name), 127.0.0.1:\(master.port)).

              Redis:    redis-cli -p \(respPort) SET hello world
              HTTP:     curl http://127.0.0.1:\(httpPort)/GET/hello
              Kill it:  kill -9 \(masterID)      then go on as if nothing had happened
              Watch:    curl http://127.0.0.1:\(adminPort)/status
              Log:      tail -f \(cluster.folder.path)/mastergate.log

            Ctrl-C ends everything and leaves nothing behind.
            """)
        while !TerminationSignals.arrived(withinMilliseconds: 1000) {
            guard proxy.isRunning else { throw IOError("mastergate", detail: "ended unexpectedly") }
        }
        Self.say("\nStopping …")
    }
}
