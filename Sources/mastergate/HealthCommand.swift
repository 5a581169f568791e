import ArgumentParser
import EventLoop

/// `mastergate health`: for the health checks of containers and load balancers.
struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Whether a running Mastergate serves: ends with 0 if it does, else says why not.",
        discussion: "Asks /readyz of the admin port: the master is known, confirmed and answering.")
    @Flag(help: "Ask only whether the process lives, whatever becomes of Redis") var live = false
    @OptionGroup var admin: AdminOptions

    func run() throws {
        let answer = try admin.ask("GET", live ? "/livez" : "/readyz", timeoutMilliseconds: 3000)
        // Another port, the gateway's say, may well answer 200 to anything.
        guard answer.status == 200, answer.text.hasPrefix(live ? "ok" : "ready") else {
            let isOurs = answer.status == 503
            StandardStreams.writeError(isOurs ? answer.text : "\(admin.admin) is not an admin port of Mastergate\n")
            throw ExitCode.failure
        }
        StandardStreams.writeOutput(answer.text)
    }
}

/// `mastergate status`: what is known of masters, sentinels and replicas.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "The master and since when, each sentinel with its claim, the replicas, the last failovers.")
    @Flag(help: "As JSON, with all there is") var json = false
    @OptionGroup var admin: AdminOptions

    func run() throws {
        let answer = try admin.ask("GET", json ? "/status" : "/status?format=text", timeoutMilliseconds: 5000)
        guard answer.status == 200 else {
            StandardStreams.writeError(answer.text)
            throw ExitCode.failure
        }
        StandardStreams.writeOutput(answer.text)
    }
}
