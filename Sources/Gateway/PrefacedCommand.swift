import Bytes
import HTTP1
import RESP
import Rendering

/// Commands before which a question is asked (``ReplyPreface``): GET of a part of a value, and reads whose answers caches may keep.
enum PrefacedCommand {
    /// Has `command`, a request that was read and may be run, ask what it needs.
    ///
    /// - Parameter mayRun: whether the client may run a request; what it may not is not asked in its name either.
    static func prepare(
        _ command: inout GatewayCommand, _ head: RequestHead, in bytes: Span<UInt8>, _ rules: GatewayRules, mayRun: (GatewayCommand) -> Bool
    ) {
        guard head.method == .get || head.method == .head, case .single = command.kind else { return }
        if let value = head.range, let range = ByteRange(bytes.extracting(value)), takeRange(range, head, in: bytes, &command, mayRun) { return }
        guard rules.hasCacheTTL, let keys = CommandKeys.all(of: command.arguments.span), keys.count == 1, isRead(command) else { return }
        let preface = ReplyPreface(.lifetime, key: Array(command.arguments[keys[0]]))
        guard mayRun(GatewayCommand(again: preface.request, database: command.database, command.presentation)) else { return }
        command.presentation.setOption(\.preface, preface)
    }

    private static func isRead(_ command: borrowing GatewayCommand) -> Bool {
        let request = command.arguments.span
        return CommandTable.standard.traits(of: request.extracting(command.name), second: request.extracting(command.firstArgument ?? 0..<0)).isReadOnly
    }

    /// GET of a value as it is becomes GETRANGE. Whether the whole has changed nobody can tell from a part, so with a condition the whole
    /// is sent.
    private static func takeRange(
        _ range: ByteRange, _ head: RequestHead, in bytes: Span<UInt8>, _ command: inout GatewayCommand, _ mayRun: (GatewayCommand) -> Bool
    ) -> Bool {
        guard command.argumentCount == 2, let place = command.firstArgument, command.presentation.format.renderer == .text, head.ifNoneMatch == nil,
            ASCII.equalsIgnoringCase(command.arguments.span.extracting(command.name), "GET"), head.field("if-range", in: bytes) == nil
        else { return false }
        let key = Array(command.arguments[place])
        let preface = ReplyPreface(.range(range), key: key)
        var written: [UInt8] = []
        let (first, last) = range.ends
        CommandWriter.append([Array("GETRANGE".utf8), key, Array(String(first).utf8), Array(String(last).utf8)], to: &written)
        var part = GatewayCommand(again: written, database: command.database, command.presentation)
        guard mayRun(part), mayRun(GatewayCommand(again: preface.request, database: command.database, command.presentation)) else { return false }
        part.presentation.setOption(\.preface, preface)
        part.presentation.framing.takesGzip = false
        command = part
        return true
    }
}
