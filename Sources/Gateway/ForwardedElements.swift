import Bytes

/// Reads the addresses in the fields by which proxies say for whom they ask.
enum ForwardedElements {
    /// Appends, for each element of `value`, a `Forwarded` field (RFC 7239, section 4), the address in its `for=`; nil for one that
    /// names none, hides it (`unknown`, `_name`), or cannot be read.
    static func append(_ value: Span<UInt8>, to chain: inout [IPAddress?]) {
        var scan = Scan(value)
        while scan.skipBlanks(), !scan.isAtEnd {
            if scan.take(UInt8(ascii: ",")) { continue }
            guard let element = scan.element() else {
                // What stands behind an error cannot be told apart from it.
                chain.append(nil)
                return
            }
            chain.append(element.flatMap { address($0.span) })
        }
    }

    /// Appends the addresses of a plain list, as `X-Forwarded-For` has it; nil for what is none.
    static func append(list value: Span<UInt8>, to chain: inout [IPAddress?]) {
        var start = 0
        while start <= value.count {
            let end = ByteSearch.firstIndex(of: UInt8(ascii: ","), in: value, from: start) ?? value.count
            var (first, last) = (start, end)
            while first < last, Scan.isBlank(value[first]) { first += 1 }
            while last > first, Scan.isBlank(value[last - 1]) { last -= 1 }
            // Some write an address with a port in quotes here too.
            if last - first >= 2, value[first] == Scan.quote, value[last - 1] == Scan.quote { (first, last) = (first + 1, last - 1) }
            if first < last { chain.append(address(value.extracting(first..<last))) }
            start = end + 1
        }
    }

    /// An address with or without brackets and a port.
    private static func address(_ text: Span<UInt8>) -> IPAddress? {
        guard text.count > 0, text.count <= 64, VisibleASCII.isAll(text) else { return nil }
        var host = text
        if text[0] == UInt8(ascii: "[") {
            guard let end = ByteSearch.firstIndex(of: UInt8(ascii: "]"), in: text), isPort(text.extracting((end + 1)..<text.count)) else { return nil }
            host = text.extracting(1..<end)
        } else if let colon = ByteSearch.firstIndex(of: UInt8(ascii: ":"), in: text), isPort(text.extracting(colon..<text.count)) {
            host = text.extracting(0..<colon)
        }
        return IPAddress(host.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
    }

    /// Nothing, or a colon and a port, which may be hidden as well (`:_name`).
    private static func isPort(_ text: Span<UInt8>) -> Bool {
        guard text.count > 0 else { return true }
        guard text[0] == UInt8(ascii: ":"), text.count > 1 else { return false }
        for index in 1..<text.count where !ASCII.isDigit(text[index]) && text[1] != UInt8(ascii: "_") { return false }
        return true
    }

    /// A place in the value of a `Forwarded` field.
    private struct Scan {
        static let quote = UInt8(ascii: "\"")

        private var text: [UInt8] = []
        private var place = 0

        init(_ value: Span<UInt8>) { text.append(value) }

        var isAtEnd: Bool { place >= text.count }

        /// Goes to what is no blank; always true.
        mutating func skipBlanks() -> Bool {
            while !isAtEnd, Self.isBlank(text[place]) { place += 1 }
            return true
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard !isAtEnd, text[place] == byte else { return false }
            place += 1
            return true
        }

        /// Reads pairs up to the next comma or the end: the value of `for`, which may be missing; nil where this is no element.
        mutating func element() -> [UInt8]?? {
            var found: [UInt8]?
            while true {
                _ = skipBlanks()
                if !isAtEnd, text[place] != UInt8(ascii: ";"), text[place] != UInt8(ascii: ",") {
                    let name = token()
                    guard !name.isEmpty, take(UInt8(ascii: "=")), let value = value() else { return nil }
                    if ASCII.equalsIgnoringCase(name, "for") {
                        // RFC 7239, section 4: each parameter at most once.
                        guard found == nil else { return nil }
                        found = value
                    }
                }
                _ = skipBlanks()
                if isAtEnd || text[place] == UInt8(ascii: ",") { return .some(found) }
                guard take(UInt8(ascii: ";")) else { return nil }
            }
        }

        /// A token, or a quoted string without its quotes and escapes (RFC 9110, section 5.6.4); nil for a string without an end.
        /// Colons and brackets, which belong in quotes, are let pass without: many write them so.
        private mutating func value() -> [UInt8]? {
            guard take(Self.quote) else { return token() }
            var value: [UInt8] = []
            while !isAtEnd {
                if take(Self.quote) { return value }
                if take(UInt8(ascii: "\\")), isAtEnd { return nil }
                value.append(text[place])
                place += 1
            }
            return nil
        }

        private mutating func token() -> [UInt8] {
            var token: [UInt8] = []
            while !isAtEnd, !Self.endsToken(text[place]) {
                token.append(text[place])
                place += 1
            }
            return token
        }

        private static func endsToken(_ byte: UInt8) -> Bool {
            isBlank(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "=") || byte == quote
        }

        static func isBlank(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == 0x09 }
    }
}
