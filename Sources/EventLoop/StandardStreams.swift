import Bytes
import Glibc

/// The process's own output.
public enum StandardStreams {
    /// Writes all of `bytes` to standard error; what cannot be written is lost.
    public static func writeError(_ bytes: [UInt8]) { writeAll(bytes, to: 2) }

    /// Writes all of `bytes` to standard output; what cannot be written is lost.
    public static func writeOutput(_ bytes: [UInt8]) { writeAll(bytes, to: 1) }

    /// Writes `text` to standard error, for people: no control characters but line feeds and tabs reach their terminal.
    public static func writeError(_ text: String) { writeError(Array(VisibleText.escaped(text, keepingLines: true).utf8)) }

    /// Writes `text` to standard output, for people as well.
    public static func writeOutput(_ text: String) { writeOutput(Array(VisibleText.escaped(text, keepingLines: true).utf8)) }

    static func writeAll(_ bytes: [UInt8], to fd: Int32) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(fd, $0.baseAddress.map { $0 + written }, $0.count - written) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            written += count
        }
    }
}
