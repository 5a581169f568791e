import ArgumentParser
import EventLoop
import Settings

/// `mastergate config-reference`: what the README's table is made of.
struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config-reference", abstract: "Print every setting with its default and meaning, as a table in Markdown.")

    func run() { StandardStreams.writeOutput(SettingsReference.markdown) }
}
