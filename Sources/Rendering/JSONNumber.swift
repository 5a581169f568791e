import Bytes

/// The grammar of JSON numbers (RFC 8259, section 6).
enum JSONNumber {
    /// Whether `text` can stand in JSON as it is: RESP3 writes `inf`, `nan` and more that cannot.
    static func isNumber(_ text: Span<UInt8>) -> Bool { end(of: text, from: 0) == text.count }

    /// Where the number that begins at `start` ends; nil if none begins there. It is as long as the grammar lets it be:
    /// of `01` it is the zero.
    static func end(of text: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        if index < text.count, text[index] == UInt8(ascii: "-") { index &+= 1 }
        if index < text.count, text[index] == ASCII.zero {
            index &+= 1
        } else {
            guard skipDigits(text, &index) else { return nil }
        }
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index &+= 1
            guard skipDigits(text, &index) else { return nil }
        }
        if index < text.count, ASCII.lowercased(text[index]) == UInt8(ascii: "e") {
            index &+= 1
            if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") { index &+= 1 }
            guard skipDigits(text, &index) else { return nil }
        }
        return index
    }

    private static func skipDigits(_ text: Span<UInt8>, _ index: inout Int) -> Bool {
        let start = index
        while index < text.count, ASCII.isDigit(text[index]) { index &+= 1 }
        return index > start
    }
}
