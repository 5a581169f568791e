import ArgumentParser
import EventLoop
import LocalCluster

/// `mastergate demo`: a whole Redis with sentinels on this machine, and Mastergate in front of it.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Start a master, two replicas, three sentinels and Mastergate on loopback, to try it out.",
        discussion: """
            Needs redis-server and redis-sentinel in PATH. Everything lives in a temporary folder and ends with the demo, \
            also when it is killed.
            """)

    @Flag(help: "Kill the master with SIGKILL, show what happens and how long writes were held, then end.")
    var failover = false

    @Flag(help: "Do the same without a person: exit 0 only if reads and writes work through both fronts afterwards.")
    var once = false

    func run() throws {
        TerminationSignals.block()
        do {
            let demo = try Demo()
            defer { demo.stop() }
            if once || failover {
                try demo.showFailover()
            } else {
                try demo.serveUntilInterrupted()
            }
        } catch is DemoInterrupted {
            throw ExitCode(130)
        } catch {
            StandardStreams.writeError("demo: \(error)\n")
            throw ExitCode(1)
        }
    }
}

/// Ctrl-C or SIGTERM came; the demo ends.
struct DemoInterrupted: Error {}
