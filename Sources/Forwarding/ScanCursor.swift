import Bytes
import RESP

/// The cursors of SCAN, HSCAN, SSCAN and ZSCAN as clients get them: with a mark of the server that gave them.
///
/// A server hashes with a seed of its own, so a cursor of one says nothing to another: a scan that went on there would miss keys without
/// a sign. The mark stands above the cursor, below 2^53, which all languages hold in a number of theirs.
///
///     bit 52 … 37  the mark         bit 36 … 0  what the server gave
/// Source: https://redis.io/docs/latest/commands/scan/
public enum ScanCursor {
    /// What tells one server from another; 0 for none.
    public typealias Mark = UInt16
    /// Of a server that is not known: its cursors stay as they are, and none that bears a mark is its own.
    public static let unmarked: Mark = 0

    private static let cursorBits = UInt64(37)
    private static let cursorMax = (UInt64(1) << cursorBits) - 1
    private static let markedMax = (UInt64(1) << 53) - 1
    /// Digits of the largest number that a server may give, and what stands around them and before.
    private static let headBytesMax = 4 + 5 + 20 + 2

    /// The mark of the server that calls itself so.
    public static func mark(of name: some Sequence<UInt8>) -> Mark {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        let folded = UInt16(truncatingIfNeeded: hash ^ (hash >> 16) ^ (hash >> 32) ^ (hash >> 48))
        return max(1, folded)
    }

    /// The mark of the server that answers `INFO server` so; nil where it does not say which it is.
    public static func mark(inInformation text: String) -> Mark? {
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("run_id:") && line.utf8.count > 7 { return mark(of: line.utf8.dropFirst(7)) }
        return nil
    }

    /// What becomes of a request on the server with a mark.
    public enum Verdict: Equatable {
        /// It goes as it is: its scan begins, or its cursor is none of ours.
        case asItIs
        /// It goes in this form.
        case rewritten([UInt8])
        /// Its cursor is another server's. In this form the scan begins anew.
        case stale(restarted: [UInt8])
    }

    /// - Parameter request: an array of bulk strings.
    public static func verdict(on request: Span<UInt8>, mark: Mark) -> Verdict {
        var reader = ReplyReader()
        guard case .array(let count)? = reader.next(in: request), count > 1, case .bulkString(let name)? = reader.next(in: request) else { return .asItIs }
        // The others name a key before it; a script that scans is EVAL, its text and the number of its keys, none.
        if !ASCII.equalsIgnoringCase(request.extracting(name), "SCAN") { _ = reader.next(in: request) }
        if ASCII.equalsIgnoringCase(request.extracting(name), "EVAL") { _ = reader.next(in: request) }
        guard case .bulkString(let place)? = reader.next(in: request), let given = number(request.extracting(place)), given > cursorMax, given <= markedMax else { return .asItIs }
        let isOurs = Mark(truncatingIfNeeded: given >> cursorBits) == mark
        let cursor = Array("\(isOurs ? given & cursorMax : 0)".utf8)
        // `$16\r\n` before it.
        var lengthStart = place.lowerBound - 3
        while lengthStart > 0, request[lengthStart] != UInt8(ascii: "$") { lengthStart -= 1 }
        var output: [UInt8] = []
        output.append(request, in: 0..<lengthStart)
        output += Array("$\(cursor.count)\r\n".utf8) + cursor
        output.append(request, in: place.upperBound..<request.count)
        return isOurs ? .rewritten(output) : .stale(restarted: output)
    }

    /// Where the cursor stands in `request`, an array of bulk strings, and which it is; nil where there is none, or it is no number.
    private static func cursor(in request: Span<UInt8>) -> (place: Range<Int>, number: UInt64)? {
        var reader = ReplyReader()
        guard case .array(let count)? = reader.next(in: request), count > 1, case .bulkString(let name)? = reader.next(in: request) else { return nil }
        // The others name a key before it.
        if !ASCII.equalsIgnoringCase(request.extracting(name), "SCAN") { _ = reader.next(in: request) }
        guard case .bulkString(let place)? = reader.next(in: request), let given = number(request.extracting(place)) else { return nil }
        return (place, given)
    }

    /// Whether `request`, an array of bulk strings, goes on with a scan that has begun.
    public static func goesOn(_ request: Span<UInt8>) -> Bool { cursor(in: request).map { $0.number > 0 } ?? false }

    /// Whether the cursor in `request`, an array of bulk strings, bears a mark.
    public static func isMarked(_ request: Span<UInt8>) -> Bool { verdict(on: request, mark: 0) != .asItIs }

    /// What a client is told whose cursor is another server's.
    public static let staleReply = Array("-ERR cursor of the former master; start again at 0\r\n".utf8)

    /// Marks the cursor in a reply of which `bytes` are the first.
    public static func marked(_ bytes: Span<UInt8>, _ mark: Mark) -> ReplyTranslation.Outcome {
        // *2\r\n$2\r\n17\r\n…
        let start: StaticString = "*2\r\n$"
        for index in 0..<min(start.utf8CodeUnitCount, bytes.count) where bytes[index] != start.utf8Start[index] { return .asItIs }
        guard let lineEnd = ByteSearch.firstIndex(of: ASCII.lineFeed, in: bytes, from: start.utf8CodeUnitCount) else {
            return bytes.count < headBytesMax ? .incomplete : .asItIs
        }
        guard lineEnd > start.utf8CodeUnitCount + 1, let length = number(bytes.extracting(start.utf8CodeUnitCount..<(lineEnd - 1))), length <= 20 else { return .asItIs }
        let end = lineEnd + 1 + Int(length)
        guard bytes.count >= end else { return .incomplete }
        guard let cursor = number(bytes.extracting((lineEnd + 1)..<end)), cursor > 0, cursor <= cursorMax else { return .asItIs }
        let text = Array("\(UInt64(mark) << cursorBits | cursor)".utf8)
        return .replaced(count: end, by: Array("*2\r\n$\(text.count)\r\n".utf8) + text)
    }

    /// A number of decimal digits alone, up to 20 of them; nil for anything else.
    private static func number(_ text: Span<UInt8>) -> UInt64? {
        guard text.count > 0, text.count <= 20 else { return nil }
        var value: UInt64 = 0
        for index in 0..<text.count {
            guard ASCII.isDigit(text[index]) else { return nil }
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, carries) = product.addingReportingOverflow(UInt64(text[index] - ASCII.zero))
            if overflows || carries { return nil }
            value = sum
        }
        return value
    }
}
