import ArgumentParser
import EventLoop
import Rendering

/// `mastergate status`: what a running Mastergate knows of its masters.
struct StatusCommand: ParsableCommand {
    private static let timeoutMilliseconds = 5000

    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Who the master is and since when, what each sentinel says, and the last failovers.",
        discussion: "Asks /status of the admin port of a running Mastergate.")
    @OptionGroup var port: AdminOption
    @Flag(help: "Print the JSON as it comes") var json = false

    func run() throws {
        do {
            let answer = try port.request("GET", "/status", timeoutMilliseconds: Self.timeoutMilliseconds)
            // The HTTP gateway answers everything too, but knows no masters.
            if answer.status == 200, let status = try? JSONValue(answer.body.span), status["masters"] != nil {
                let text = json ? answer.text : StatusReport.text(status, nowMilliseconds: MonotonicClock.wallMilliseconds())
                return StandardStreams.writeOutput(text)
            }
            StandardStreams.writeError("status: \(port.admin) does not answer like an admin port\n")
        } catch let error as IOError {
            try port.fail("status", error)
        }
        throw ExitCode.failure
    }
}
