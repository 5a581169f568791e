import ArgumentParser
import EventLoop
import Settings

/// One flag per setting of the registry, and the configuration file.
///
/// ArgumentParser wants a stored property per flag; name, help and value name of each still come from the registry, and a
/// test holds that none is missing.
struct SettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read settings from this YAML file (MASTERGATE_CONFIG)", valueName: "file"))
    var config: String?
    @Option(help: ArgumentHelp("Read settings from this webdis.json; a lone FILE.json does the same", valueName: "file"))
    var webdisConfig: String?
    @OptionGroup(title: "Where Redis is") var upstream: UpstreamOptions
    @OptionGroup(title: "Who connects") var front: FrontOptions
    @OptionGroup(title: "The HTTP gateway") var gateway: GatewayOptions
    @OptionGroup(title: "The process") var process: ProcessOptions

    /// The flags given, with their values, without their dashes.
    var given: [(flag: String, value: String)] { upstream.given + front.given + gateway.given + process.given }

    /// The settings of file, environment and flags.
    ///
    /// - Parameter webdisFile: a file in Webdis's form, where none was named by its option.
    func load(webdisFile: String? = nil) throws(SettingsErrors) -> LoadedSettings {
        let environment = ProcessEnvironment.variables()
        let input = SettingsInput(
            file: config ?? environment["MASTERGATE_CONFIG"], webdisFile: webdisConfig ?? webdisFile, environment: environment, flags: given,
            readFile: { path in try BoundedFile.read(path) })
        return try Settings.load(input)
    }

    /// The settings; if they are wrong, the errors go to standard error, one per line, and the command ends.
    func loadOrExit(webdisFile: String? = nil) throws -> LoadedSettings {
        do throws(SettingsErrors) { return try load(webdisFile: webdisFile) } catch {
            StandardStreams.writeError("\(error)\n")
            throw ExitCode.configuration
        }
    }
}

/// Collects the flags that were given.
struct GivenFlags {
    private(set) var all: [(flag: String, value: String)] = []

    mutating func add(_ key: SettingKey, _ value: String?) {
        if let value { all.append((key.flag, value)) }
    }

    mutating func add(_ key: SettingKey, _ values: [String]) {
        for value in values { all.append((key.flag, value)) }
    }
}

extension ArgumentHelp {
    fileprivate init(_ key: SettingKey) { self.init(key.help, valueName: key.type.placeholder) }
}

extension SettingKey {
    fileprivate var names: NameSpecification { NameSpecification(flags.map { .customLong($0) }) }
}

extension Option where Value == String? {
    /// The flag of a setting; given twice, the last holds.
    init(_ key: SettingKey) { self.init(name: key.names, help: ArgumentHelp(key)) }
}

extension Option where Value == [String] {
    /// The flag of a list; given twice, both count.
    init(_ key: SettingKey) {
        // A rule may well begin with a minus sign.
        self.init(
            wrappedValue: [], name: key.names, parsing: key.type == .rules ? .unconditionalSingleValue : .singleValue,
            help: ArgumentHelp(key))
    }
}

extension ExitCode {
    /// EX_CONFIG of sysexits.h: the configuration is wrong, and a restart will not help.
    static let configuration = ExitCode(78)
}
