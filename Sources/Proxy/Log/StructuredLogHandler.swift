import Bytes
import EventLoop
import Logging
import Rendering

/// Writes one line per event to standard error or a file: `2026-11-20T21:35:53.123Z notice master adopted master=mymaster …`, or
/// the same as one JSON object.
package struct StructuredLogHandler: LogHandler {
    package enum Format: Sendable { case text, json }

    /// One for all copies of a logger, as it can be changed while the process runs.
    private let threshold: LogThreshold
    package var logLevel: Logger.Level {
        get { threshold.level }
        set { threshold.level = newValue }
    }
    package var metadata: Logger.Metadata = [:]
    private let format: Format
    private let writer: LogWriter
    private let problems: RecentProblems?

    package init(_ threshold: LogThreshold, format: Format, writer: LogWriter, problems: RecentProblems? = nil) {
        self.problems = problems
        self.threshold = threshold
        self.format = format
        self.writer = writer
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = metadata.merging(event.metadata ?? [:]) { $1 }.map { ($0.key, "\($0.value)") }
        fields.sort { $0.0 < $1.0 }
        if event.level >= .warning, let problems {
            let words = fields.map { " \($0.0)=\(Self.quoted($0.1))" }.joined()
            problems.add(VisibleText.escaped("\(WallTime.text(milliseconds: MonotonicClock.wallMilliseconds())) \(event.level) \(event.message)\(words)"))
        }
        writer.write(Self.line(format, event.level, "\(event.message)", fields))
    }

    /// One line with its end.
    static func line(_ format: Format, _ level: Logger.Level, _ message: String, _ fields: [(String, String)]) -> [UInt8] {
        let time = WallTime.text(milliseconds: MonotonicClock.wallMilliseconds())
        var line: [UInt8] = []
        switch format {
        case .text:
            line.append(utf8: "\(time) \(level) \(message)")
            for (key, value) in fields { line.append(utf8: " \(key)=\(quoted(value))") }
        case .json:
            line.append(utf8: "{\"ts\":\"\(time)\",\"level\":\"\(level)\",\"event\":")
            JSONString.append(message, to: &line)
            for (key, value) in fields {
                line.append(UInt8(ascii: ","))
                JSONString.append(key, to: &line)
                line.append(UInt8(ascii: ":"))
                JSONString.append(value, to: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
        // What JSON leaves as it is may still be made for a terminal.
        line = VisibleText.escaped(line)
        line.append(UInt8(ascii: "\n"))
        return line
    }

    /// The value as it is, or quoted where white space, quotes or control characters would break the line apart.
    private static func quoted(_ value: String) -> String {
        let isPlain = value.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "\"" && $0 != "=" && !VisibleText.isHidden($0.value) }
        guard !isPlain || value.isEmpty else { return value }
        var quoted: [UInt8] = []
        JSONString.append(value, to: &quoted)
        return String(decoding: quoted, as: UTF8.self)
    }
}
