import Bytes

/// Encodes commands as arrays of bulk strings, and the replies that the proxy gives itself.
public enum CommandWriter {
    /// Appends one command, its name first.
    public static func append(_ arguments: [[UInt8]], to output: inout [UInt8]) {
        appendHead(argumentCount: arguments.count, to: &output)
        for argument in arguments { argument.withUnsafeBufferPointer { appendBulk($0, to: &output) } }
    }

    /// Appends one command given as text.
    public static func append(_ arguments: String..., to output: inout [UInt8]) {
        append(arguments.map { Array($0.utf8) }, to: &output)
    }

    /// One command given as text.
    public static func encode(_ arguments: String...) -> [UInt8] {
        var output: [UInt8] = []
        append(arguments.map { Array($0.utf8) }, to: &output)
        return output
    }

    /// Appends `*count`, behind which as many bulk strings must follow.
    public static func appendHead(argumentCount: Int, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "*"))
        Decimal.append(argumentCount, to: &output)
        output.append("\r\n")
    }

    /// Appends one bulk string.
    public static func appendBulk(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "$"))
        Decimal.append(bytes.count, to: &output)
        output.append("\r\n")
        output.append(contentsOf: bytes)
        output.append("\r\n")
    }
}
