import Access
import Bytes
import RESP

/// Commands that run a script or a function, which may in its turn run commands of which nobody is told.
enum ScriptCommand {
    private static let names: [StaticString] = ["EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO"]

    static func isNamed(_ name: Span<UInt8>) -> Bool {
        guard (4...10).contains(name.count) else { return false }
        return names.contains { ASCII.equalsIgnoringCase(name, $0) }
    }

    /// Whether any of the commands that are denied might be run by a script.
    ///
    /// - Parameter denied: nil where everything is that is not named.
    static func couldRun(_ denied: [CommandRule.CommandName]?) -> Bool { denied.map { $0.contains(where: isCallable) } ?? true }

    /// Whether a script may call any command that `name` stands for. Of those that only tell what a container holds no script
    /// makes anything.
    private static func isCallable(_ name: CommandRule.CommandName) -> Bool {
        guard case .named(let word, let subcommand) = name else { return true }
        let table = CommandTable.standard
        if let subcommand { return !table.traits(of: word.span, second: subcommand.span).flags.contains(.noScript) }
        guard table.isContainer(word.span) else { return !table.traits(of: word.span, second: Span()).flags.contains(.noScript) }
        let prefix = String(decoding: word, as: UTF8.self) + "|"
        var isCallable = false
        table.forEachRow { row, place in
            guard row.hasPrefix(prefix), row != prefix + "help" else { return }
            if !table[place].flags.contains(.noScript) { isCallable = true }
        }
        return isCallable
    }
}
