import Bytes

/// What a client takes by `Accept-Encoding` (RFC 9110, section 12.5.3).
enum AcceptedCodings {
    /// Whether `value` names gzip, or everything, and does not refuse it by a quality of 0.
    static func takeGzip(_ value: Span<UInt8>) -> Bool {
        var takesGzip: Bool?
        var takesOthers = false
        var start = 0
        while start < value.count {
            let end = ByteSearch.firstIndex(of: UInt8(ascii: ","), in: value, from: start) ?? value.count
            let element = value.extracting(start..<end)
            let nameEnd = ByteSearch.firstIndex(of: UInt8(ascii: ";"), in: element) ?? element.count
            var (first, last) = (0, nameEnd)
            while first < last, isBlank(element[first]) { first += 1 }
            while last > first, isBlank(element[last - 1]) { last -= 1 }
            let name = element.extracting(first..<last)
            let isTaken = !isRefused(element.extracting(nameEnd..<element.count))
            if ASCII.equalsIgnoringCase(name, "gzip") || ASCII.equalsIgnoringCase(name, "x-gzip") { takesGzip = isTaken }
            if name.spells("*") { takesOthers = isTaken }
            start = end + 1
        }
        return takesGzip ?? takesOthers
    }

    /// Whether the parameters hold `q=0`, with nothing but zeros behind its point.
    private static func isRefused(_ parameters: Span<UInt8>) -> Bool {
        guard let equals = ByteSearch.firstIndex(of: UInt8(ascii: "="), in: parameters) else { return false }
        var hasZero = false
        for index in (equals + 1)..<max(equals + 1, parameters.count) where !isBlank(parameters[index]) {
            guard parameters[index] == ASCII.zero || parameters[index] == UInt8(ascii: ".") else { return false }
            hasZero = true
        }
        return hasZero
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == 0x09 }
}
