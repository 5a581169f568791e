/// Decimal numbers as the wire protocols write them. No input can make these functions trap.
public enum Decimal {
    /// Digits of the largest `Int64`; a number with more cannot be one.
    @usableFromInline static let digitsMax = 19

    /// A signed 64-bit number in its canonical digits, with an optional sign; nil for anything else, overflow included.
    @inlinable public static func parse(_ bytes: Span<UInt8>) -> Int64? {
        var index = 0
        var negative = false
        if bytes.count > 0, bytes[0] == 0x2D || bytes[0] == 0x2B {
            negative = bytes[0] == 0x2D
            index = 1
        }
        let digits = bytes.count - index
        guard digits > 0, digits <= digitsMax else { return nil }
        var magnitude: UInt64 = 0
        while index < bytes.count {
            let digit = bytes[index] &- ASCII.zero
            guard digit < 10 else { return nil }
            // 19 digits stay below 2^64, so neither step can overflow.
            magnitude = magnitude &* 10 &+ UInt64(digit)
            index &+= 1
        }
        if negative {
            return magnitude <= UInt64(Int64.max) + 1 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
        }
        return magnitude <= UInt64(Int64.max) ? Int64(magnitude) : nil
    }

    /// A number that is not negative, without a sign and without leading zeros: as Redis reads an index. Nil for any
    /// other text.
    public static func parseIndex(_ text: [UInt8]) -> Int? {
        guard let first = text.first, ASCII.isDigit(first), first != ASCII.zero || text.count == 1 else { return nil }
        return parse(text.span).map { Int($0) }
    }

    /// How many digits `value` has, which is not negative.
    @inlinable public static func digitCount(_ value: Int) -> Int {
        var count = 1
        var limit = 10
        while value >= limit, count < digitsMax {
            count &+= 1
            limit = limit &* 10
        }
        return count
    }

    /// Appends `value` in decimal digits.
    @inlinable public static func append(_ value: Int, to output: inout [UInt8]) {
        append(Int64(value), to: &output)
    }

    /// Appends `value` in decimal digits.
    @inlinable public static func append(_ value: Int64, to output: inout [UInt8]) {
        var magnitude = value.magnitude
        if value < 0 { output.append(0x2D) }
        var divisor: UInt64 = 1
        while magnitude / divisor >= 10 { divisor &*= 10 }
        while divisor > 0 {
            output.append(ASCII.zero &+ UInt8(truncatingIfNeeded: magnitude / divisor))
            magnitude %= divisor
            divisor /= 10
        }
    }
}
