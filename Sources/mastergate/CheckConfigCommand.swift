import ArgumentParser
import EventLoop
import Settings

/// `mastergate check-config`: says `ok`, or what is wrong and where.
struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Check the configuration: prints ok, or every error with its place.",
        discussion: "Ends with 0 if all is well and 78 if not. Nothing is connected to.")

    @OptionGroup var options: SettingsOptions

    func run() throws {
        _ = try options.loadOrExit()
        StandardStreams.writeOutput("ok\n")
    }
}
