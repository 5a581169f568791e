import Bytes
import RESP
import Rendering
import WebSocket

/// Reads the commands in a message of a WebSocket client.
public struct WebSocketCommands: Sendable {
    /// What a message asks for.
    public enum Outcome {
        case commands([GatewayCommand])
        /// It is no command, and why.
        case malformed(StaticString)
    }

    private let isRaw: Bool
    private let rules: JSONCommandRules
    private let database: Int
    private let commandsMax: Int

    /// - Parameter commandsMax: the most commands of one message.
    public init(isRaw: Bool, database: Int, commandsMax: Int) {
        self.isRaw = isRaw
        self.database = database
        self.commandsMax = commandsMax
        rules = JSONCommandRules(argumentCountMax: CommandPath.argumentCountMax, commandCountMax: 1)
    }

    public func read(_ message: Span<UInt8>) -> Outcome { isRaw ? readRaw(message) : readJSON(message) }

    private func readJSON(_ message: Span<UInt8>) -> Outcome {
        var arguments: [UInt8] = []
        do throws(JSONProblem) {
            let read = try JSONReader.appendCommand(message, rules: rules, to: &arguments)
            return .commands([command(arguments, read.name, read.firstArgument, read.argumentCount)])
        } catch { return .malformed(error.reason) }
    }

    /// Arrays of strings and integers, one behind the other.
    private func readRaw(_ message: Span<UInt8>) -> Outcome {
        var commands: [GatewayCommand] = []
        guard message.count > 0 else { return .malformed("the message is empty") }
        var place = 0
        while place < message.count {
            guard commands.count < commandsMax else { return .malformed("the message holds too many commands") }
            let rest = message.extracting(place..<message.count)
            guard rest[0] == UInt8(ascii: "*") else { return .malformed("a command is an array") }
            var reader = ReplyReader()
            guard case .array(let count)? = reader.next(in: rest), count <= CommandPath.argumentCountMax else {
                return .malformed("the command is cut short, or no array")
            }
            guard count > 0 else {
                // It names no command, as the empty name does.
                commands.append(command(Array("*1\r\n$0\r\n\r\n".utf8), 8..<8, nil, 1))
                place += reader.offset
                continue
            }
            var arguments: [UInt8] = []
            CommandWriter.appendHead(argumentCount: count, to: &arguments)
            var places: [Range<Int>] = []
            for _ in 0..<count {
                switch reader.next(in: rest) {
                case .bulkString(let range)?: places.append(append(rest.extracting(range), to: &arguments))
                case .integer(let number)?:
                    var digits: [UInt8] = []
                    Decimal.append(number, to: &digits)
                    places.append(append(digits.span, to: &arguments))
                default: return .malformed("an argument is neither a string nor an integer, or is cut short")
                }
            }
            commands.append(command(arguments, places[0], places.count > 1 ? places[1] : nil, count))
            place += reader.offset
        }
        return .commands(commands)
    }

    /// The command that subscribes to `names`.
    public static func subscription(_ names: [[UInt8]], isPattern: Bool, database: Int) -> GatewayCommand {
        var written: [UInt8] = []
        CommandWriter.append([Array((isPattern ? "PSUBSCRIBE" : "SUBSCRIBE").utf8)] + names, to: &written)
        return GatewayCommand(again: written, database: database, ReplyPresentation())
    }

    /// Appends a bulk string; where its bytes stand.
    private func append(_ argument: Span<UInt8>, to output: inout [UInt8]) -> Range<Int> {
        argument.withUnsafeBufferPointer { CommandWriter.appendBulk($0, to: &output) }
        let end = output.count - 2
        return (end - argument.count)..<end
    }

    private func command(_ arguments: [UInt8], _ name: Range<Int>, _ first: Range<Int>?, _ count: Int) -> GatewayCommand {
        var command = GatewayCommand()
        command.arguments = arguments
        command.name = name
        command.firstArgument = first
        command.argumentCount = count
        command.database = database
        command.presentation.setName(arguments.span.extracting(name))
        command.presentation.format = isRaw ? .raw : .json
        command.presentation.framing.keepAlive = true
        command.holdIfLarge()
        return command
    }
}

/// Writes what a WebSocket client is told.
public enum WebSocketAnswer {
    /// Appends the frame with `reply`, a complete reply.
    public static func append(_ shown: ReplyPresentation, reply: Span<UInt8>, _ rules: GatewayRules, to output: inout [UInt8]) {
        let start = output.count
        let outcome = shown.withName { GatewayResponse.render(shown, name: $0, reply: reply, rules, to: &output) }
        guard outcome == .rendered || outcome == .renderedWithReplacements else {
            return append(.unrenderable, isRaw: shown.format == .raw, rules, to: &output)
        }
        enclose(from: start, in: &output)
    }

    /// Appends the frame with an answer that is none of Redis.
    public static func append(_ answer: GatewayAnswer, isRaw: Bool, _ rules: GatewayRules, to output: inout [UInt8]) {
        let start = output.count
        if isRaw {
            output.append("-ERR " as StaticString)
            output.append(answer.webSocketText(rules))
            output.append("\r\n" as StaticString)
        } else {
            output.append("{\"error\":true,\"message\":\"" as StaticString)
            // Our own texts: no byte of them needs an escape.
            output.append(answer.webSocketText(rules))
            output.append("\",\"http_status\":" as StaticString)
            Decimal.append(answer.webSocketStatus(rules), to: &output)
            output.append(UInt8(ascii: "}"))
        }
        enclose(from: start, in: &output)
    }

    /// Appends a frame with a text.
    public static func append(text: StaticString, to output: inout [UInt8]) {
        let start = output.count
        output.append(text)
        enclose(from: start, in: &output)
    }

    /// Text where it is UTF-8, and binary otherwise: a browser gives up a connection with text that is not.
    private static func enclose(from start: Int, in output: inout [UInt8]) {
        let isText = UTF8Scan.isValid(output.span.extracting(start..<output.count))
        WebSocketFrameWriter.enclose(isText ? .text : .binary, from: start, in: &output)
    }
}
