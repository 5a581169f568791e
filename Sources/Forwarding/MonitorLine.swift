import Bytes

/// A line of what MONITOR shows: `+1339518083.107412 [0 127.0.0.1:60866] "get" "k"`.
///
/// Source: https://redis.io/docs/latest/commands/monitor/
public enum MonitorLine {
    /// The address of the client that has sent the command; empty where the line tells none.
    public static func sender(of line: Span<UInt8>) -> [UInt8] { parts(of: line)?.sender ?? [] }

    /// The beginnings of commands by which the proxy makes a link ready, as it writes them.
    private static let preparations: [StaticString] = ["\"SELECT\"", "\"CLIENT\" \"SETNAME\"", "\"CLIENT\" \"SETINFO\"", "\"HELLO\"", "\"PING\"", "\"ROLE\"", "\"CLIENT\" \"ID\"", "\"INFO\" \"server\"", "\"INFO\" \"replication\""]
    /// So many bytes behind the sender's address tell them from others.
    static let preparationBytesMax = 24

    /// Whether the command of `line` may be one of those.
    static func mayPrepare(_ line: Span<UInt8>) -> Bool {
        guard let start = parts(of: line)?.command else { return false }
        return preparations.contains { line.extracting(start..<line.count).begins(with: $0) }
    }

    /// Whether enough of `line` is there to tell whether the proxy has sent its command.
    static func tellsSource(_ line: Span<UInt8>) -> Bool { parts(of: line).map { line.count - $0.command >= preparationBytesMax } ?? false }

    /// Who has sent the command, and where it begins.
    private static func parts(of line: Span<UInt8>) -> (sender: [UInt8], command: Int)? {
        guard let bracket = ByteSearch.firstIndex(of: UInt8(ascii: "["), in: line) else { return nil }
        var start = bracket + 1
        while start < line.count, ASCII.isDigit(line[start]) { start += 1 }
        guard start > bracket + 1, start < line.count, line[start] == UInt8(ascii: " ") else { return nil }
        start += 1
        // Of version 6 an address has brackets of its own, so that the last one before the command counts.
        var end = start
        while end + 1 < line.count, !(line[end] == UInt8(ascii: "]") && line[end + 1] == UInt8(ascii: " ")) { end += 1 }
        guard end + 1 < line.count else { return nil }
        var sender: [UInt8] = []
        sender.append(line, in: start..<end)
        return (sender, end + 2)
    }
}

extension Span<UInt8> {
    fileprivate func begins(with word: StaticString) -> Bool {
        guard count >= word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount where self[index] != word.utf8Start[index] { return false }
        return true
    }
}
