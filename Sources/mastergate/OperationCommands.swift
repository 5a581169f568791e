import ArgumentParser
import Bytes
import EventLoop

/// Where a running Mastergate takes commands, and for which master.
struct OperationOptions: ParsableArguments {
    @OptionGroup var port: AdminOption
    @Option(help: ArgumentHelp("The master, by the sentinels' name; not needed where one is served", valueName: "name")) var masterName: String?

    /// Gives the command, prints the answer, and ends with an error where it was refused.
    func give(_ command: String) throws {
        let query = masterName.map { "?master=\(Self.escaped($0))" } ?? ""
        do {
            // A pause waits for commands in flight, a failover for the new master: both say so within 30 s.
            let answer = try port.request("PUT", "/\(command)\(query)", timeoutMilliseconds: 40_000)
            if answer.status == 200 { return StandardStreams.writeOutput(answer.text) }
            StandardStreams.writeError("\(command): \(answer.text)")
        } catch let error as IOError {
            try port.fail(command, error)
        }
        throw ExitCode.failure
    }

    private static func escaped(_ name: String) -> String {
        name.utf8.map { byte in
            ASCII.isDigit(byte) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || byte == 0x2D || byte == 0x5F || byte == 0x2E
                ? String(UnicodeScalar(byte)) : "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }
}

/// `mastergate failover`: moves the master to a replica while clients wait.
struct FailoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "failover", abstract: "Move the master to a replica: commands wait for a second, none fails.",
        discussion: "Asks a running Mastergate by its admin port, and says which server is the master then.")
    @OptionGroup var options: OperationOptions
    func run() throws { try options.give("failover") }
}

/// `mastergate pause`: holds commands back.
struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Hold all commands back until resume; ends when those in flight are answered.",
        discussion: "Connections stay, new ones are taken, commands wait for as long as failover.pause_hold says.")
    @OptionGroup var options: OperationOptions
    func run() throws { try options.give("pause") }
}

/// `mastergate resume`: lets commands go on.
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let commands go on after pause.")
    @OptionGroup var options: OperationOptions
    func run() throws { try options.give("resume") }
}
