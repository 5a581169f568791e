import Bytes
import RESP

/// What a client may write in the JSON of a command, and how much.
public struct JSONCommandRules: Equatable, Sendable {
    /// Most arguments of one command, its name included.
    public var argumentCountMax: Int
    /// Most commands of one list.
    public var commandCountMax: Int
    /// Most brackets within brackets of one argument, where ``acceptsNested``; never more than ``ReplyNesting/depthMax``.
    public var nestingDepthMax: Int
    /// Whether `true` and `false` are arguments, spelled as they are.
    public var acceptsBooleans: Bool
    /// Whether `null` is an argument, spelled as it is. Refused by default: it is mostly a value that a client has lost.
    public var acceptsNull: Bool
    /// Whether a list or an object is an argument: its JSON text, as it was typed.
    public var acceptsNested: Bool
    /// Whether half of a surrogate pair, as JavaScript's strings may hold, is U+FFFD rather than an error.
    public var replacesHalfSurrogates: Bool

    public init(
        argumentCountMax: Int, commandCountMax: Int, nestingDepthMax: Int = 32, acceptsBooleans: Bool = true,
        acceptsNull: Bool = false, acceptsNested: Bool = false, replacesHalfSurrogates: Bool = false
    ) {
        self.argumentCountMax = argumentCountMax
        self.commandCountMax = commandCountMax
        self.nestingDepthMax = nestingDepthMax
        self.acceptsBooleans = acceptsBooleans
        self.acceptsNull = acceptsNull
        self.acceptsNested = acceptsNested
        self.replacesHalfSurrogates = replacesHalfSurrogates
    }
}

/// A command that ``JSONReader`` has written; its ranges are places of the output.
public struct JSONCommand: Equatable, Sendable {
    /// All of it, an array of bulk strings.
    public internal(set) var bytes: Range<Int>
    /// The command's name, as it was typed.
    public internal(set) var name: Range<Int>
    /// The first argument, which may be a subcommand.
    public internal(set) var firstArgument: Range<Int>?
    /// How many strings the array holds, the name included.
    public internal(set) var argumentCount: Int
}

/// Commands in JSON, `["SET","k",1]`, as RESP for the upstream.
///
/// A string is the bytes that it stands for. A number is its own digits, `1.50` and 64 bits and more included: nothing is
/// converted, so nothing is cut. What stands for more than one argument or for none is an error, or its JSON text:
/// ``JSONCommandRules``. The text must be JSON by RFC 8259, in UTF-8 without a byte order mark. When it is not, nothing is
/// appended.
///
/// The output is at most about four times as long as the text (`1,` becomes `$1 1`), and as much is all the memory used.
public enum JSONReader {
    /// Appends the one command that `text` is.
    public static func appendCommand(
        _ text: Span<UInt8>, rules: JSONCommandRules, to output: inout [UInt8]
    ) throws(JSONProblem) -> JSONCommand {
        let start = output.count
        var reader = JSONCommandReader(rules: rules)
        do throws(JSONProblem) {
            let command = try reader.command(in: text, to: &output)
            try reader.end(in: text)
            return command
        } catch {
            output.removeSubrange(start...)
            throw error
        }
    }

    /// Appends the commands of the list that `text` is, one after the other. An empty list holds none.
    public static func appendCommands(
        _ text: Span<UInt8>, rules: JSONCommandRules, to output: inout [UInt8]
    ) throws(JSONProblem) -> [JSONCommand] {
        let start = output.count
        var reader = JSONCommandReader(rules: rules)
        do throws(JSONProblem) {
            let commands = try reader.commands(in: text, to: &output)
            try reader.end(in: text)
            return commands
        } catch {
            output.removeSubrange(start...)
            throw error
        }
    }
}

/// The walk over one text.
private struct JSONCommandReader {
    private var scanner: JSONScanner
    private let rules: JSONCommandRules

    init(rules: JSONCommandRules) {
        self.rules = rules
        scanner = JSONScanner(replacesHalves: rules.replacesHalfSurrogates)
    }

    mutating func end(in text: Span<UInt8>) throws(JSONProblem) { try scanner.end(in: text) }

    mutating func commands(in text: Span<UInt8>, to output: inout [UInt8]) throws(JSONProblem) -> [JSONCommand] {
        guard scanner.take(UInt8(ascii: "["), in: text) else { throw problem("a list of commands is expected") }
        var commands: [JSONCommand] = []
        if scanner.take(UInt8(ascii: "]"), in: text) { return commands }
        repeat {
            guard commands.count < rules.commandCountMax else { throw problem("there are too many commands") }
            let command = try command(in: text, to: &output)
            commands.append(command)
        } while scanner.take(UInt8(ascii: ","), in: text)
        try scanner.close(with: UInt8(ascii: "]"), in: text)
        return commands
    }

    mutating func command(in text: Span<UInt8>, to output: inout [UInt8]) throws(JSONProblem) -> JSONCommand {
        guard scanner.take(UInt8(ascii: "["), in: text) else { throw problem("a command is a list") }
        guard scanner.peek(in: text) == UInt8(ascii: "\"") else { throw problem("a command begins with its name, a string") }
        let start = output.count
        CommandWriter.appendHead(argumentCount: 0, to: &output)
        var command = JSONCommand(bytes: start..<start, name: start..<start, argumentCount: 0)
        repeat {
            guard command.argumentCount < rules.argumentCountMax else { throw problem("the command has too many arguments") }
            let argument = try argument(in: text, to: &output)
            switch command.argumentCount {
            case 0: command.name = argument
            case 1: command.firstArgument = argument
            default: break
            }
            command.argumentCount += 1
        } while scanner.take(UInt8(ascii: ","), in: text)
        try scanner.close(with: UInt8(ascii: "]"), in: text)
        insertCount(at: start + 1, of: &command, in: &output)
        command.bytes = start..<output.count
        return command
    }

    /// How many arguments there are shows at the end, and RESP says it at the beginning, where one digit has its place.
    private func insertCount(at place: Int, of command: inout JSONCommand, in output: inout [UInt8]) {
        if command.argumentCount < 10 {
            output[place] = ASCII.zero + UInt8(truncatingIfNeeded: command.argumentCount)
            return
        }
        var digits: [UInt8] = []
        Decimal.append(command.argumentCount, to: &digits)
        output.replaceSubrange(place...place, with: digits)
        let shift = digits.count - 1
        command.name = (command.name.lowerBound + shift)..<(command.name.upperBound + shift)
        command.firstArgument = command.firstArgument.map { ($0.lowerBound + shift)..<($0.upperBound + shift) }
    }

    /// Appends one argument as a bulk string; where its bytes stand in the output.
    private mutating func argument(in text: Span<UInt8>, to output: inout [UInt8]) throws(JSONProblem) -> Range<Int> {
        switch scanner.peek(in: text) {
        case nil: throw problem("the text ends early")
        case UInt8(ascii: "\""):
            let string = try scanner.string(in: text)
            let start = appendLength(string.decodedCount, to: &output)
            try scanner.append(string, in: text, to: &output)
            return appendEnd(of: start, to: &output)
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            guard rules.acceptsNested else { throw problem("an argument is a string or a number") }
            let start = scanner.index
            try scanner.value(in: text, depth: min(rules.nestingDepthMax, ReplyNesting.depthMax))
            return append(text.extracting(start..<scanner.index), to: &output)
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            let word = try scanner.word(in: text)
            guard text[word.lowerBound] == UInt8(ascii: "n") ? rules.acceptsNull : rules.acceptsBooleans else {
                throw JSONProblem(offset: word.lowerBound, reason: "an argument is a string or a number")
            }
            return append(text.extracting(word), to: &output)
        default:
            let number = try scanner.number(in: text)
            return append(text.extracting(number), to: &output)
        }
    }

    private func append(_ argument: Span<UInt8>, to output: inout [UInt8]) -> Range<Int> {
        let start = appendLength(argument.count, to: &output)
        output.append(argument)
        return appendEnd(of: start, to: &output)
    }

    private func appendLength(_ count: Int, to output: inout [UInt8]) -> Int {
        output.append(UInt8(ascii: "$"))
        Decimal.append(count, to: &output)
        output.append("\r\n" as StaticString)
        return output.count
    }

    private func appendEnd(of start: Int, to output: inout [UInt8]) -> Range<Int> {
        let end = output.count
        output.append("\r\n" as StaticString)
        return start..<end
    }

    private func problem(_ reason: StaticString) -> JSONProblem { JSONProblem(offset: scanner.index, reason: reason) }
}
