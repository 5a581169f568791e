import Bytes
import RESP

/// The commands that have gone over a link since it was made, by name only: what led to the state that a ``LinkCheck`` has found.
struct LinkTrail {
    /// How many of the last ones are kept.
    private static let countMax = 64
    private(set) var names: [String] = []

    /// Notes the requests in `bytes`; a part of one is not told.
    mutating func note(_ bytes: UnsafeRawBufferPointer) {
        let span = bytes.bindMemory(to: UInt8.self).span
        var start = 0
        while start < span.count {
            let rest = span.extracting(start..<span.count)
            guard let frame = RequestScanner.wholeRequest(rest, limits: RESPLimits()) else { break }
            names.append(Self.printable(rest.extracting(frame.name)))
            if let place = CommandTable.standard.place(of: rest.extracting(frame.name), second: Span()), CommandTable.standard.isContainer(place) {
                names[names.count - 1] += " " + Self.printable(rest.extracting(frame.second))
            }
            start += frame.byteCount
        }
        if names.count > 2 * Self.countMax { names.removeFirst(names.count - Self.countMax) }
    }

    private static func printable(_ word: Span<UInt8>) -> String {
        var text = ""
        for index in 0..<min(word.count, 40) {
            let byte = word[index]
            if byte > 0x20, byte < 0x7F { text.unicodeScalars.append(UnicodeScalar(byte)) } else { text += "\\x" + String(byte, radix: 16) }
        }
        return text
    }
}
