import Bytes

/// The `key:value` lines of INFO's text, one after the other. Section headings (`# Server`), empty lines and lines without
/// a colon are read over; a value is everything behind the first colon.
struct InformationLines {
    private var lineStart = 0

    /// The next line of `text`, which must be the same text every time; nil behind the last.
    mutating func next(in text: Span<UInt8>) -> (key: Range<Int>, value: Range<Int>)? {
        while lineStart < text.count {
            let start = lineStart
            let lineFeed = ByteSearch.firstIndex(of: ASCII.lineFeed, in: text, from: start) ?? text.count
            lineStart = lineFeed &+ 1
            var end = lineFeed
            if end > start, text[end &- 1] == ASCII.carriageReturn { end &-= 1 }
            guard end > start, text[start] != UInt8(ascii: "#"),
                let colon = ByteSearch.firstIndex(of: UInt8(ascii: ":"), in: text, from: start), colon < end
            else { continue }
            return (start..<colon, (colon &+ 1)..<end)
        }
        return nil
    }
}
