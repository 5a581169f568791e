import RESP
import Rendering

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let input = FuzzInput(start, count) { JSONFuzz(input).run() }
    return 0
}

/// Commands that HTTP clients write in JSON, under wide rules and narrow ones.
private struct JSONFuzz {
    private let text: [UInt8]
    private let rules: JSONCommandRules

    init(_ input: FuzzInput) {
        text = input.bytes
        let isWide = input.choice & 4 == 0
        rules = JSONCommandRules(
            argumentCountMax: isWide ? 1000 : 3, commandCountMax: isWide ? 1000 : 2, nestingDepthMax: isWide ? .max : 2,
            acceptsBooleans: input.choice & 1 == 0, acceptsNull: input.choice & 2 == 0, acceptsNested: input.choice & 8 == 0)
    }

    func run() {
        check { try JSONReader.appendCommands(text.span, rules: rules, to: &$0) }
        check { try [JSONReader.appendCommand(text.span, rules: rules, to: &$0)] }
    }

    private func check(_ read: (inout [UInt8]) throws -> [JSONCommand]) {
        var output: [UInt8] = [0]
        guard let commands = try? read(&output) else {
            demand(output == [0], "a text that is refused has left \(output)")
            return
        }
        demand(String(validating: text, as: UTF8.self) != nil, "a text that is no UTF-8 was taken")
        demand(commands.count <= rules.commandCountMax, "\(commands.count) commands")
        var end = 1
        for command in commands {
            demand(command.argumentCount <= rules.argumentCountMax, "\(command.argumentCount) arguments")
            demand(command.bytes.lowerBound == end, "a command begins at \(command.bytes), not at \(end)")
            end = command.bytes.upperBound
            var reader = ReplyReader(offset: command.bytes.lowerBound)
            let words = ReplyValue(output.span, reader: &reader)?.elements
            demand(words?.count == command.argumentCount && reader.offset == end, "no command: \(output)")
            demand(words?.first == .bulkString(Array(output[command.name])), "the name is not at \(command.name)")
            if let first = command.firstArgument { demand(words?[1] == .bulkString(Array(output[first])), "no argument at \(first)") }
        }
        demand(output.count == end, "something is left over in \(output)")
    }
}
