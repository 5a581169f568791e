import ArgumentParser
import EventLoop
import Settings

/// `mastergate convert-config webdis.json`: prints the same settings as our YAML.
struct ConvertConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert-config", abstract: "Print a webdis.json as a configuration file of Mastergate.",
        discussion: "Passwords are printed as they stand in the file, variables as env:NAME. Ends with 78 where the file is wrong.")

    @Argument(help: ArgumentHelp("The webdis.json", valueName: "file.json")) var file: String

    func run() throws {
        // What the file itself refers to, and nothing that would override it.
        let environment = ProcessEnvironment.variables().filter { !$0.key.hasPrefix(SettingKey.environmentPrefix) }
        let input = SettingsInput(webdisFile: file, environment: environment, readFile: { path in try BoundedFile.read(path) })
        do throws(SettingsErrors) { StandardStreams.writeOutput(try Settings.load(input).resolved.writtenYAML) } catch {
            StandardStreams.writeError("\(error)\n")
            throw ExitCode.configuration
        }
    }
}
