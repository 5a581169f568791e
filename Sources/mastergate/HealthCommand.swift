import ArgumentParser
import EventLoop

/// `mastergate health`: whether a running Mastergate does its work, for shells, containers and service managers.
struct HealthCommand: ParsableCommand {
    /// Probes of containers give up after a few seconds themselves; this says why before they do.
    private static let timeoutMilliseconds = 2000

    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ends with 0 when a running Mastergate is ready, else with 1 and the reason.",
        discussion: "Asks /readyz of its admin port: whether every master is known, verified and answering.")
    @OptionGroup var port: AdminOption
    @Flag(help: "Ask /livez instead: whether the process answers, whatever its masters do") var live = false

    func run() throws {
        do {
            let answer = try port.request("GET", live ? "/livez" : "/readyz", timeoutMilliseconds: Self.timeoutMilliseconds)
            // The HTTP gateway answers everything with 200 too, also what Redis says to a command READYZ.
            let isAdminPort = answer.text.hasPrefix(live ? "ok" : "ready") || answer.status == 503
            if answer.status == 200, isAdminPort { return StandardStreams.writeOutput(answer.text) }
            StandardStreams.writeError(isAdminPort ? "not ready: \(answer.text)" : "health: \(port.admin) does not answer like an admin port\n")
        } catch let error as IOError {
            try port.fail("health", error)
        }
        throw ExitCode.failure
    }
}
