import ArgumentParser
import Settings
import Testing

@testable import mastergate

@Suite struct SettingsOptionsTests {
    @Test func everySettingHasItsFlag() throws {
        for key in SettingKey.all {
            let options = try SettingsOptions.parse(["--" + key.flag, "x"])
            #expect(options.given.map(\.flag) == [key.flag])
            #expect(options.given.map(\.value) == ["x"])
        }
    }

    @Test func listsAddUpAndPlainFlagsDoNot() throws {
        for key in SettingKey.all {
            let options = try SettingsOptions.parse(["--" + key.flag, "x", "--" + key.flag, "y"])
            #expect(options.given.map(\.value) == (key.type.isList ? ["x", "y"] : ["y"]))
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
