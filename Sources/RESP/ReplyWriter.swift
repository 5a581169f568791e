import Bytes

/// Encodes reply values: for the few replies that the proxy puts together itself.
public enum ReplyWriter {
    /// Appends `value` as RESP of `protocolVersion` writes it: in version 2 a map is a flat array, a boolean an integer.
    public static func append(_ value: ReplyValue, protocolVersion: Int, to output: inout [UInt8]) {
        switch value {
        case .simpleString(let text): appendLine("+", text, to: &output)
        case .error(let text): appendLine("-", text, to: &output)
        case .integer(let number): appendLine(":", String(number), to: &output)
        case .bulkString(let bytes): bytes.withUnsafeBufferPointer { CommandWriter.appendBulk($0, to: &output) }
        case .null: output.append(utf8: protocolVersion == 3 ? "_\r\n" : "$-1\r\n")
        case .boolean(let isTrue):
            if protocolVersion == 3 { appendLine("#", isTrue ? "t" : "f", to: &output) } else { appendLine(":", isTrue ? "1" : "0", to: &output) }
        case .number(let text):
            if protocolVersion == 3 { appendLine(",", text, to: &output) } else { append(.bulkString(Array(text.utf8)), protocolVersion: 2, to: &output) }
        case .array(let elements):
            appendLine("*", String(elements.count), to: &output)
            for element in elements { append(element, protocolVersion: protocolVersion, to: &output) }
        case .map(let elements):
            appendLine(protocolVersion == 3 ? "%" : "*", String(protocolVersion == 3 ? elements.count / 2 : elements.count), to: &output)
            for element in elements { append(element, protocolVersion: protocolVersion, to: &output) }
        }
    }

    private static func appendLine(_ marker: StaticString, _ text: String, to output: inout [UInt8]) {
        output.append(marker)
        output.append(utf8: text)
        output.append("\r\n")
    }
}
