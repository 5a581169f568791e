import ArgumentParser
import EventLoop
import Settings

/// `mastergate run`: serves until told to stop.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Serve. This is what happens without a command.")

    @Flag(help: "Print the effective configuration as YAML, secrets masked, and end")
    var printConfig = false
    @Argument(help: ArgumentHelp("A webdis.json, as Webdis takes it", valueName: "file.json"))
    var file: String?
    @OptionGroup var options: SettingsOptions

    func validate() throws {
        if let file, !file.hasSuffix(".json") {
            throw ValidationError("\(file) is neither a command nor a webdis.json; a YAML file is given by --config \(file)")
        }
        if file != nil, options.webdisConfig != nil { throw ValidationError("one webdis.json is enough: leave out \(file ?? "") or --webdis-config") }
    }

    func run() throws {
        let loaded = try options.loadOrExit(webdisFile: file)
        if printConfig {
            StandardStreams.writeOutput(loaded.yaml)
        } else {
            try startServer(loaded) { () throws(SettingsErrors) in try options.load(webdisFile: file) }
        }
    }
}
