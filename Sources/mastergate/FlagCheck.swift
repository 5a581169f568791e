import ArgumentParser
import Settings

/// Looks for flags that do not exist before the command line is read: what stands behind a wrong flag would be taken for an argument,
/// and the message would speak of that.
enum FlagCheck {
    /// Flags that are no setting's, and whether a value follows.
    private static let others = [
        "config": true, "webdis-config": true, "print-config": false, "help": false, "help-all": false, "help-hidden": false, "version": false,
        "generate-completion-script": true, "experimental-dump-help": false,
    ]

    /// What is wrong with the flags in `arguments`, those of the whole command line; nil where nothing is, or where another command reads
    /// them.
    static func problem(_ arguments: [String]) -> String? {
        var rest = arguments[...]
        if let first = rest.first, !first.hasPrefix("-") {
            if first == "run" || first == "check-config" {
                rest = rest.dropFirst()
            } else if !first.hasSuffix(".json") {
                return nil
            }
        }
        let keys = Dictionary(SettingKey.all.flatMap { key in key.flags.map { ($0, key) } }, uniquingKeysWith: { first, _ in first })
        while let argument = rest.popFirst(), argument != "--" {
            guard argument.hasPrefix("--") else { continue }
            let name = String(argument.dropFirst(2).prefix { $0 != "=" })
            let key = keys[name]
            guard key != nil || others[name] != nil else { return unknown(name, among: Array(keys.keys) + Array(others.keys)) }
            guard !argument.contains("="), key != nil || others[name] == true, let next = rest.first else { continue }
            // A rule may well begin with a minus sign.
            if key?.type == .rules || !next.hasPrefix("-") { rest = rest.dropFirst() }
        }
        return nil
    }

    private static func unknown(_ name: String, among known: [String]) -> String {
        let nearest = NearestName.find(name, among: known.sorted()).map { "; did you mean --\($0)?" } ?? ""
        return "mastergate: unknown flag --\(name)\(nearest) `mastergate --help-all` lists them all.\n"
    }
}
