import Bytes

/// Text as a JSON string, for what is not on the way of replies: logs, the admin port.
public enum JSONString {
    /// Appends `bytes` in quotes, escaped; what is no UTF-8 in them is replaced.
    public static func append(bytes: Span<UInt8>, to output: inout [UInt8]) { _ = JSONText.appendQuoted(bytes, to: &output) }

    /// Appends `text` in quotes, escaped.
    public static func append(_ text: String, to output: inout [UInt8]) {
        _ = JSONText.appendQuoted(Array(text.utf8).span, to: &output)
    }
}
