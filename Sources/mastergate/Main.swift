import ArgumentParser
import EventLoop

/// The program: `mastergate --sentinel HOST:26379` is all that it needs.
@main
struct Mastergate: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "mastergate",
        abstract: "A proxy that always leads to the Redis master that Sentinel names, over RESP and HTTP.",
        discussion: """
            Every setting is a flag, a MASTERGATE_ variable and a key of the YAML file; flags win over variables, variables \
            over the file. Secrets are a value, file:PATH or env:NAME. These are the settings that most people need; \
            `mastergate --help-all` lists the rest.

              --sentinel HOST:PORT,...     the sentinels that know the master, or
              --upstream HOST:PORT         one Redis server without sentinels
              --master-name NAME           the master, by the sentinels' name: mymaster
              --redis-password SECRET      what is shown to Redis
              --sentinel-password SECRET   what is shown to the sentinels
              --listen ADDR:PORT           where Redis clients connect: :6379, or off
              --http ADDR:PORT             where HTTP clients connect: :7379, or off
              --client-password SECRET     what clients must show
              --allow CIDR,...             who may connect
              --admin ADDR:PORT            metrics, health, status: 127.0.0.1:9379
              --config FILE                a YAML file with all this
              --log-level LEVEL            trace, debug, info, notice, warning, error

            EXAMPLES:
              mastergate --sentinel a:26379,b:26379,c:26379
              mastergate --upstream 127.0.0.1:6379 --http :8080 --listen off
              mastergate --webdis-config webdis.json --sentinel a:26379
              mastergate check-config --config mastergate.yaml
              mastergate failover --master-name mymaster
            """,
        version: "mastergate \(version) (Swift \(swiftVersion), libevent \(LibraryVersions.libevent), \(LibraryVersions.openSSL))",
        subcommands: [
            RunCommand.self, DemoCommand.self, CheckConfigCommand.self, ConvertConfigCommand.self, ReferenceCommand.self, HealthCommand.self, StatusCommand.self, ReloadCommand.self, UpgradeCommand.self, FailoverCommand.self, PauseCommand.self, ResumeCommand.self,
        ],
        defaultSubcommand: RunCommand.self)

    /// Says which flag is wrong before anything else does, and lists them all where that is asked for.
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let problem = FlagCheck.problem(arguments) {
            StandardStreams.writeError(problem)
            exit(withError: ExitCode.validationFailure)
        }
        if arguments.contains("--help-all") {
            StandardStreams.writeOutput(RunCommand.helpMessage() + "\n")
            exit(withError: nil)
        }
        main(arguments)
    }

    /// The compiler's version, as far as conditions can tell.
    static var swiftVersion: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #elseif compiler(>=6.2)
            "6.2"
        #else
            "6.1"
        #endif
    }
}
