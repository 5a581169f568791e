import ArgumentParser
import EventLoop
import Settings

/// `mastergate run`: serves until told to stop.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Serve. This is what happens without a command.")

    @Flag(help: "Print the effective configuration as YAML, secrets masked, and end")
    var printConfig = false
    @OptionGroup var options: SettingsOptions

    func run() throws {
        let loaded = try options.loadOrExit()
        if printConfig {
            StandardStreams.writeOutput(loaded.yaml)
        } else {
            try startServer(loaded.settings)
        }
    }
}
