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

    @Test("the flag that the path spells does as well as a shorter one")
    func bothSpellings() throws {
        let keys = SettingKey.all.filter { $0.flags.count > 1 }
        #expect(keys.count == 8 && keys.allSatisfy { $0.flags[1] == String($0.path.map { $0 == "." || $0 == "_" ? "-" : $0 }) })
        let options = try SettingsOptions.parse(keys.flatMap { ["--" + $0.flags[1], $0.path] })
        #expect(options.given.map(\.value).sorted() == keys.map(\.path).sorted())
        let help = RunCommand.helpMessage(columns: 1000)
        for name in SettingKey.all.flatMap(\.environmentNames) { #expect(help.contains(name)) }
    }

    @Test("a wrong flag is named, not the value behind it", arguments: [
        (["--sentinels", "127.0.0.1:1"], "--sentinels; did you mean --sentinel?"), (["run", "--upstrem=x"], "--upstrem; did you mean --upstream?"), (["--upstream", "r", "--listn", "x"], "--listn; did you mean --listen?"),
        (["check-config", "--password", "x"], "--password"), (["webdis.json", "--nonsense"], "--nonsense"), (["--http-acl", "-get", "--x"], "--x"), (["--", "--x"], nil), (["--http-acl", "--x"], nil), (["--listen", "off"], nil),
        (["failover", "--x"], nil), (["--help"], nil), (["--version"], nil), (["run", "--help-all"], nil), (["--config", "f", "--print-config"], nil), ([], nil), (["--sentinel-addresses", "h"], nil),
    ] as [([String], String?)])
    func wrongFlags(arguments: [String], named: String?) {
        let problem = FlagCheck.problem(arguments)
        #expect((problem == nil) == (named == nil))
        if let named { #expect(problem?.contains("unknown flag " + named) == true) }
    }

    @Test("the short help shows twelve settings, each of which there is")
    func shortHelp() {
        let shown = Mastergate.helpMessage(columns: 120).split(separator: "\n").compactMap { line in line.hasPrefix("  --") ? line.dropFirst(4).prefix { $0 != " " } : nil }.map(String.init)
        let known = SettingKey.all.flatMap(\.flags) + ["config"]
        #expect(shown.filter { $0 != "version" }.count == 12 && shown.filter { $0 != "version" }.allSatisfy { known.contains($0) }, "\(shown)")
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
