import ArgumentParser
import Settings
import Testing

@testable import mastergate

@Suite struct SettingsOptionsTests {
    /// All flags in one go: ArgumentParser takes a fifth of a second for this many options in a debug build.
    @Test func everySettingHasItsFlag() throws {
        let options = try SettingsOptions.parse(SettingKey.all.flatMap { ["--" + $0.flag, $0.path] })
        let given = Dictionary(options.given.map { ($0.flag, $0.value) }, uniquingKeysWith: { first, _ in first })
        #expect(given == Dictionary(uniqueKeysWithValues: SettingKey.all.map { ($0.flag, $0.path) }))
        #expect(options.given.count == SettingKey.all.count)
    }

    @Test func listsAddUpAndPlainFlagsDoNot() throws {
        let options = try SettingsOptions.parse(SettingKey.all.flatMap { ["--" + $0.flag, "x", "--" + $0.flag, "y"] })
        for key in SettingKey.all {
            let values = options.given.filter { $0.flag == key.flag }.map(\.value)
            #expect(values == (key.type.isList ? ["x", "y"] : ["y"]), "\(key.path)")
        }
    }

    @Test func helpNamesEverySetting() {
        let help = RunCommand.helpMessage(columns: 1000)
        for key in SettingKey.all { #expect(help.contains(key.help), "\(key.path)") }
    }

    @Test func runIsTheDefault() throws {
        let command = try Mastergate.parseAsRoot(["--sentinel", "h:26379"])
        let run = try #require(command as? RunCommand)
        #expect(run.options.given.map(\.value) == ["h:26379"])
        let settings = try run.options.load().settings
        #expect(settings.sentinel.addresses.map(\.description) == ["h:26379"])
    }

    @Test func commandsParse() throws {
        #expect(try Mastergate.parseAsRoot(["check-config", "--config", "f"]) is CheckConfigCommand)
        #expect(try Mastergate.parseAsRoot(["run", "--print-config", "--upstream", "r"]) is RunCommand)
        #expect(throws: (any Error).self) { try Mastergate.parseAsRoot(["--no-such-flag", "x"]) }
    }

    @Test func filesAreBounded() throws {
        #expect(throws: BoundedFile.Failure.self) { try BoundedFile.read("/no/such/file") }
        #expect(throws: BoundedFile.Failure.self) { try BoundedFile.read("/dev/zero") }
        #expect(try BoundedFile.read("/dev/null").isEmpty)
    }
}
