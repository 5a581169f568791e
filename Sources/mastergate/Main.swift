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
            over the file. Secrets are a value, file:PATH or env:NAME. `mastergate run --help` lists every setting.

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
