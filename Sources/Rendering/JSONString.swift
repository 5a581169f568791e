import Bytes

/// Text as a JSON string, for what is not on the way of replies: logs, the admin port.
package enum JSONString {
    /// Appends `text` in quotes, escaped.
    package static func append(_ text: String, to output: inout [UInt8]) {
        _ = JSONText.appendQuoted(Array(text.utf8).span, to: &output)
    }
}
