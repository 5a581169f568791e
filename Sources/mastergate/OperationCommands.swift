import ArgumentParser
import Bytes
import EventLoop
import LocalCluster

/// Where a running Mastergate takes commands and questions.
struct AdminOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The admin port of the running Mastergate", valueName: "host:port")) var admin = "127.0.0.1:9379"

    @Option(help: ArgumentHelp("The admin.token of the running Mastergate, where its address list does not suffice (MASTERGATE_ADMIN_TOKEN)", valueName: "token"))
    var token: String?

    /// Sends one request and hands back the answer.
    ///
    /// - Throws: `ExitCode` where there was none, having said so.
    func ask(_ method: String, _ target: String, timeoutMilliseconds: Int) throws -> HTTPClient.Response {
        guard let endpoint = Endpoint(admin, defaultPort: 9379) else { throw ValidationError("--admin \(admin): not host:port") }
        do {
            guard let address = try Resolver.addresses(of: endpoint.host, port: endpoint.port).get().first else { throw ExitCode.failure }
            let token = token ?? ProcessEnvironment.variables()["MASTERGATE_ADMIN_TOKEN"]
            let fields = token.map { ["Authorization": "Bearer \($0)"] } ?? [:]
            return try HTTPClient(address, timeoutMilliseconds: timeoutMilliseconds).request(method, target, fields: fields)
        } catch let error as IOError {
            StandardStreams.writeError("\(error); is Mastergate running, with its admin port at \(admin)?\n")
        }
        throw ExitCode.failure
    }
}

/// Where a running Mastergate takes commands, and for which master.
struct OperationOptions: ParsableArguments {
    @OptionGroup var admin: AdminOptions
    @Option(help: ArgumentHelp("The master, by the sentinels' name; not needed where one is served", valueName: "name")) var masterName: String?

    /// Gives the command, prints the answer, and ends with an error where it was refused.
    func give(_ command: String) throws {
        let query = masterName.map { "?master=\(Self.escaped($0))" } ?? ""
        // A pause waits for commands in flight, a failover for the new master: both say so within 30 s.
        let answer = try admin.ask("PUT", "/\(command)\(query)", timeoutMilliseconds: 40_000)
        if answer.status == 200 { return StandardStreams.writeOutput(answer.text) }
        StandardStreams.writeError("\(command): \(answer.text)")
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

/// `mastergate reload`: has the configuration read again.
struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Read the configuration again, secrets included, without closing a connection.",
        discussion: "The same as SIGHUP, and says what is wrong: a wrong file is refused whole, and the settings in force stay.")
    @OptionGroup var options: OperationOptions
    func run() throws { try options.give("reload") }
}

/// `mastergate upgrade`: has the program start anew while nobody notices.
struct UpgradeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade", abstract: "Have the program, as it lies in its file now, take over without a failed request.",
        discussion: """
            The same as SIGUSR2. A running Mastergate starts its program anew with the same arguments and hands over the sockets it \
            listens at. Once the new process leads to the master, all new connections are its own; the old one serves its clients until \
            they leave (upgrade_timeout). If the new one does not get there, the old one goes on, and says why.
            """)
    @OptionGroup var options: OperationOptions
    func run() throws { try options.give("upgrade") }
}
