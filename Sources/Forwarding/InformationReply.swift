import Bytes

/// The reply to INFO, with the clients of the proxy counted in place of its links.
///
/// Redis counts connections, and of those the proxy holds a few that stand ready or serve many clients. A dashboard that shows
/// `connected_clients`, or an alarm on it, means the programs that use Redis.
///
/// Source: https://redis.io/docs/latest/commands/info/
public enum InformationReply {
    /// The longest text that is looked into, in bytes.
    static let bytesMax = 256 << 10

    /// Counts clients anew in a reply of which `bytes` are the first.
    ///
    /// - Parameter difference: clients of the proxy, less its connections to the server.
    public static func counted(_ bytes: Span<UInt8>, difference: Int) -> ReplyTranslation.Outcome {
        guard bytes.count > 0 else { return .incomplete }
        // A bulk string, or RESP3's text in its own form.
        guard bytes[0] == UInt8(ascii: "$") || bytes[0] == UInt8(ascii: "=") else { return .asItIs }
        guard let lineEnd = ByteSearch.firstIndex(of: ASCII.lineFeed, in: bytes, from: 1) else { return bytes.count < 24 ? .incomplete : .asItIs }
        guard lineEnd > 2, let length = number(bytes.extracting(1..<(lineEnd - 1))), length <= bytesMax else { return .asItIs }
        let end = lineEnd + 1 + length
        guard bytes.count >= end + 2 else { return .incomplete }
        guard let place = count(in: bytes, from: lineEnd + 1, to: end), let counted = number(bytes.extracting(place)) else { return .asItIs }
        // At least the one who asks.
        let (sum, overflows) = counted.addingReportingOverflow(difference)
        let digits = Array("\(overflows ? counted : max(1, sum))".utf8)
        var output = [bytes[0]]
        output += Array("\(length - place.count + digits.count)\r\n".utf8)
        output.append(bytes, in: (lineEnd + 1)..<place.lowerBound)
        output += digits
        output.append(bytes, in: place.upperBound..<end)
        return .replaced(count: end, by: output)
    }

    private static func number(_ text: Span<UInt8>) -> Int? { Decimal.parse(text).flatMap { $0 >= 0 ? Int($0) : nil } }

    /// Where the digits behind `connected_clients:` stand, at the beginning of a line.
    private static func count(in bytes: Span<UInt8>, from start: Int, to end: Int) -> Range<Int>? {
        let name: StaticString = "connected_clients:"
        var line = start
        while line + name.utf8CodeUnitCount < end {
            let next = ByteSearch.firstIndex(of: ASCII.lineFeed, in: bytes, from: line) ?? end
            if bytes[line] == name.utf8Start[0], ASCII.equalsIgnoringCase(bytes.extracting(line..<min(line + name.utf8CodeUnitCount, end)), name) {
                let digits = line + name.utf8CodeUnitCount
                var stop = digits
                while stop < end, ASCII.isDigit(bytes[stop]) { stop += 1 }
                return stop > digits ? digits..<stop : nil
            }
            line = next + 1
        }
        return nil
    }
}
