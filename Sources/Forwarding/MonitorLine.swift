import Bytes

/// A line of what MONITOR shows: `+1339518083.107412 [0 127.0.0.1:60866] "get" "k"`.
///
/// Source: https://redis.io/docs/latest/commands/monitor/
public enum MonitorLine {
    /// The address of the client that has sent the command; empty where the line tells none.
    public static func sender(of line: Span<UInt8>) -> [UInt8] {
        guard let bracket = ByteSearch.firstIndex(of: UInt8(ascii: "["), in: line) else { return [] }
        var start = bracket + 1
        while start < line.count, ASCII.isDigit(line[start]) { start += 1 }
        guard start > bracket + 1, start < line.count, line[start] == UInt8(ascii: " ") else { return [] }
        start += 1
        // Of version 6 an address has brackets of its own, so that the last one before the command counts.
        var end = start
        while end + 1 < line.count, !(line[end] == UInt8(ascii: "]") && line[end + 1] == UInt8(ascii: " ")) { end += 1 }
        guard end + 1 < line.count else { return [] }
        var sender: [UInt8] = []
        sender.append(line, in: start..<end)
        return sender
    }
}
