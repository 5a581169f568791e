import Bytes

/// A strict reader of JSON (RFC 8259) that keeps nothing: whether a text is JSON is all that is asked.
enum JSONText {
    /// Whether `text` is one JSON value in valid UTF-8, with nothing around it.
    static func isOneValue(_ text: [UInt8]) -> Bool {
        guard String(validating: text, as: UTF8.self) != nil else { return false }
        var reader = Reader(text: text)
        return reader.value() && reader.index == text.count
    }

    private struct Reader {
        let text: [UInt8]
        var index = 0

        private var next: UInt8? { index < text.count ? text[index] : nil }

        private mutating func take(_ byte: Character) -> Bool {
            guard next == byte.asciiValue else { return false }
            index += 1
            return true
        }

        private mutating func take(word: String) -> Bool { word.allSatisfy { take($0) } }

        mutating func value() -> Bool {
            switch next {
            case UInt8(ascii: "{"): list("{", "}") { $0.string() && $0.take(":") && $0.value() }
            case UInt8(ascii: "["): list("[", "]") { $0.value() }
            case UInt8(ascii: "\""): string()
            case UInt8(ascii: "t"): take(word: "true")
            case UInt8(ascii: "f"): take(word: "false")
            case UInt8(ascii: "n"): take(word: "null")
            default: number()
            }
        }

        private mutating func list(_ open: Character, _ close: Character, _ element: (inout Self) -> Bool) -> Bool {
            guard take(open) else { return false }
            if take(close) { return true }
            repeat {
                guard element(&self) else { return false }
            } while take(",")
            return take(close)
        }

        private mutating func string() -> Bool {
            guard take("\"") else { return false }
            while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\"") {
                index += 1
                guard byte == UInt8(ascii: "\\") else { continue }
                guard let escaped = next, "\"\\/bfnrtu".utf8.contains(escaped) else { return false }
                index += 1
                guard escaped == UInt8(ascii: "u") else { continue }
                for _ in 0..<4 {
                    guard let digit = next, ASCII.hexValue(digit) != nil else { return false }
                    index += 1
                }
            }
            return take("\"")
        }

        private mutating func digits() -> Bool {
            let start = index
            while let byte = next, ASCII.isDigit(byte) { index += 1 }
            return index > start
        }

        private mutating func number() -> Bool {
            _ = take("-")
            if !take("0") { guard digits() else { return false } }
            if take(".") { guard digits() else { return false } }
            if take("e") || take("E") {
                if !take("+") { _ = take("-") }
                return digits()
            }
            return true
        }
    }
}
