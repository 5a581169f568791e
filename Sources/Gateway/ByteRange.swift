import Bytes

/// The one range of bytes that a request wants of a body (RFC 9110, section 14.1.2).
enum ByteRange: Equatable {
    /// From a place to another, which belongs to it, or to the end.
    case from(Int, to: Int?)
    /// So many last bytes.
    case last(Int)

    /// Redis counts in 64 bits; no value is nearly as long as this.
    private static let digitsMax = 15

    /// nil where `value`, of the field Range, is no single range of bytes: then the whole is sent, as is always allowed.
    init?(_ value: Span<UInt8>) {
        guard value.count > 6, ASCII.equalsIgnoringCase(value.extracting(0..<6), "bytes=") else { return nil }
        let range = value.extracting(6..<value.count)
        guard let dash = ByteSearch.firstIndex(of: UInt8(ascii: "-"), in: range) else { return nil }
        let (before, behind) = (range.extracting(0..<dash), range.extracting((dash + 1)..<range.count))
        if before.count == 0 {
            guard let count = Self.number(behind), count > 0 else { return nil }
            self = .last(count)
        } else if behind.count == 0 {
            guard let first = Self.number(before) else { return nil }
            self = .from(first, to: nil)
        } else {
            guard let first = Self.number(before), let last = Self.number(behind), first <= last else { return nil }
            self = .from(first, to: last)
        }
    }

    private static func number(_ digits: Span<UInt8>) -> Int? {
        guard digits.count > 0, digits.count <= digitsMax else { return nil }
        var number = 0
        for index in 0..<digits.count {
            guard ASCII.isDigit(digits[index]) else { return nil }
            number = number &* 10 &+ Int(digits[index] &- ASCII.zero)
        }
        return number
    }

    /// The two ends, as GETRANGE counts them.
    var ends: (first: Int, last: Int) {
        switch self {
        case .from(let first, let last): (first, last ?? -1)
        case .last(let count): (-count, -1)
        }
    }
}
