import EventLoop
import Glibc
import LocalCluster

/// The running demo: the cluster, and Mastergate as a process of its own.
final class Demo {
    let cluster: LocalCluster
    let proxy: MastergateProcess
    /// Who is the service now, as `mastergate upgrade` puts another process in the place of the first.
    private var serviceID: Int32
    private let pidFile: String

    /// Starts everything and waits until Mastergate answers.
    init() throws {
        Self.say("Starting 1 master, 2 replicas and 3 sentinels on 127.0.0.1 …")
        cluster = try LocalCluster(folderPrefix: "mastergate-demo")
        do {
            try cluster.startServers()
            try Self.checkInterrupted()
            try cluster.startSentinels()
            try Self.checkInterrupted()
            pidFile = "\(cluster.folder.path)/mastergate.pid"
            proxy = try MastergateProcess(
                executable: "/proc/self/exe",
                ["--sentinel", cluster.sentinelList, "--master-name", cluster.options.masterName, "--pidfile", pidFile],
                in: cluster.folder, preferringUsualPorts: true)
            serviceID = proxy.process.processID
            try proxy.awaitReady()
        } catch {
            cluster.stop()
            throw error
        }
    }

    func stop() {
        followUpgrade()
        if serviceID != proxy.process.processID { kill(serviceID, SIGTERM) }
        proxy.stop()
        cluster.stop()
    }

    private var isServed: Bool { serviceID == proxy.process.processID ? proxy.process.isRunning : kill(serviceID, 0) == 0 }

    private func followUpgrade() {
        guard let id = ProcessIdentity.readID(from: pidFile), id != serviceID else { return }
        serviceID = id
        cluster.folder.entrust(id)
        Self.say("Upgraded: process \(id) is Mastergate now.")
    }

    static func say(_ line: String) { StandardStreams.writeOutput(line + "\n") }

    static func checkInterrupted() throws {
        if TerminationSignals.arrived(withinMilliseconds: 0) { throw DemoInterrupted() }
    }

    /// Prints what to try and waits for Ctrl-C.
    func serveUntilInterrupted() throws {
        guard let master = cluster.servers.first, let masterID = master.process?.processID else { return }
        Self.say(
            """

            Mastergate stands in front of the current master (now \(master.name), 127.0.0.1:\(master.port)).

              Redis:    redis-cli -p \(proxy.respPort) SET hello world
              HTTP:     curl http://127.0.0.1:\(proxy.httpPort)/GET/hello
              Kill it:  kill -9 \(masterID)      then go on as if nothing had happened
              Move it:  \(CommandLine.arguments.first ?? "mastergate") failover --admin 127.0.0.1:\(proxy.adminPort)
              Watch:    curl http://127.0.0.1:\(proxy.adminPort)/status
              Log:      tail -f \(proxy.logPath)

            Ctrl-C ends everything and leaves nothing behind.
            """)
        while !TerminationSignals.arrived(withinMilliseconds: 1000) {
            followUpgrade()
            guard isServed else { throw IOError("mastergate", detail: "ended unexpectedly") }
        }
        Self.say("\nStopping …")
    }
}
