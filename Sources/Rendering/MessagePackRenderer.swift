import Bytes
import RESP

/// A reply as MessagePack: a map of one entry, from the command's name as it was typed to the value. Binary data stays whole.
///
/// Status `[true,"OK"]`, error `[false,"ERR …"]`, integers with all 64 bits, nil as nil; HGETALL and INFO are maps, lists
/// stay lists. Within an aggregate a status is a string. Of RESP3: a double is a float 64 (or its text, where that is no
/// number or beyond what 64 bits reach), a big number its text, sets and pushes are arrays. Attributes are left out.
public enum MessagePackRenderer {
    /// Appends the map for `reply`, the complete reply of the command called `name`.
    public static func append(
        _ reply: Span<UInt8>, command name: Span<UInt8>, rules: RenderRules = RenderRules(), to output: inout [UInt8]
    ) -> RenderOutcome {
        let start = output.count
        var writer = MessagePackWriter(isWebdis: rules.isWebdis)
        guard MessagePack.appendMapHead(1, to: &output), MessagePack.append(string: name, to: &output),
            writer.reply(reply, shape: ReplyShape(command: name), to: &output)
        else {
            output.removeSubrange(start...)
            return .unrenderable
        }
        return .rendered
    }
}

/// The walk over one reply; each function returns false where the bytes are broken, and the output is then worthless.
private struct MessagePackWriter {
    private var reader = ReplyReader()
    private let isWebdis: Bool

    init(isWebdis: Bool) { self.isWebdis = isWebdis }

    mutating func reply(_ bytes: Span<UInt8>, shape: ReplyShape, to output: inout [UInt8]) -> Bool {
        guard let token = reader.nextValue(in: bytes, depth: 0) else { return false }
        switch (token, shape) {
        case (.simpleString(let range), _): return outcome(true, bytes.extracting(range), to: &output)
        case (.array(let count), .fieldsAndValues) where count & 1 == 0:
            return aggregate(.counted(count), isMap: true, in: bytes, depth: 0, to: &output)
        case (.bulkString(let range), .information), (.verbatimString(_, let range), .information):
            return information(bytes.extracting(range), to: &output)
        default: return value(token, in: bytes, depth: 0, to: &output)
        }
    }

    private mutating func value(_ token: ReplyToken, in bytes: Span<UInt8>, depth: Int, to output: inout [UInt8]) -> Bool {
        switch token {
        case .bulkString(let range), .verbatimString(_, let range), .simpleString(let range), .bigNumber(let range):
            return MessagePack.append(string: bytes.extracting(range), to: &output)
        case .simpleError(let range), .bulkError(let range):
            if depth == 0 || !isWebdis { return outcome(false, bytes.extracting(range), to: &output) }
            MessagePack.appendNil(to: &output)
        case .integer(let number): MessagePack.append(number, to: &output)
        case .nullBulkString, .nullArray, .null: MessagePack.appendNil(to: &output)
        case .boolean(let flag): MessagePack.append(flag, to: &output)
        case .double(let range):
            let text = bytes.extracting(range)
            guard let number = Self.number(text) else { return MessagePack.append(string: text, to: &output) }
            MessagePack.append(number, to: &output)
        case .streamedString:
            guard let joined = reader.streamedString(in: bytes) else { return false }
            return MessagePack.append(string: joined.span, to: &output)
        default:
            guard let (elements, isMap) = token.aggregate else { return false }
            return aggregate(elements, isMap: isMap, in: bytes, depth: depth, to: &output)
        }
        return true
    }

    /// A status or an error, told apart by a flag.
    private func outcome(_ isSuccess: Bool, _ text: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard MessagePack.appendArrayHead(2, to: &output) else { return false }
        MessagePack.append(isSuccess, to: &output)
        return MessagePack.append(string: text, to: &output)
    }

    private mutating func aggregate(
        _ all: AggregateElements, isMap: Bool, in bytes: Span<UInt8>, depth: Int, to output: inout [UInt8]
    ) -> Bool {
        guard depth < ReplyNesting.depthMax else { return false }
        var open: Int?
        switch all {
        case .counted(let count):
            guard isMap ? MessagePack.appendMapHead(count / 2, to: &output) : MessagePack.appendArrayHead(count, to: &output)
            else { return false }
        case .untilEnd: open = MessagePack.appendOpenHead(isMap: isMap, to: &output)
        }
        var elements = all
        var written = 0
        while true {
            switch reader.nextElement(of: &elements, in: bytes, depth: depth) {
            case .broken: return false
            case .end:
                // A streamed map may end behind a key; then it is none.
                guard let open else { return true }
                guard !isMap || written & 1 == 0 else { return false }
                return MessagePack.close(open, count: isMap ? written / 2 : written, in: &output)
            case .element(let token):
                guard value(token, in: bytes, depth: depth + 1, to: &output) else { return false }
                written &+= 1
            }
        }
    }

    /// INFO as a map: an entry for each line of ``InformationLines``, which are counted first.
    private func information(_ text: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        var counted = InformationLines()
        var count = 0
        while counted.next(in: text) != nil { count &+= 1 }
        guard MessagePack.appendMapHead(count, to: &output) else { return false }
        var lines = InformationLines()
        while let line = lines.next(in: text) {
            guard MessagePack.append(string: text.extracting(line.key), to: &output),
                MessagePack.append(string: text.extracting(line.value), to: &output)
            else { return false }
        }
        return true
    }

    /// The number that RESP3's double spells; nil if it spells none, or a finite one that 64 bits do not reach.
    private static func number(_ text: Span<UInt8>) -> Double? {
        if text.spells("inf") { return .infinity }
        if text.spells("-inf") { return -.infinity }
        if text.spells("nan") { return .nan }
        guard JSONNumber.isNumber(text) else { return nil }
        let number = text.withUnsafeBufferPointer { Double(String(decoding: $0, as: UTF8.self)) }
        return number.flatMap { $0.isFinite ? $0 : nil }
    }
}
