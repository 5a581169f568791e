import Bytes

/// A number with a unit, as settings write durations (`250ms`) and sizes (`64kb`).
///
/// Units are whole and either case does. No text can make these functions trap.
struct Quantity: Sendable {
    /// A unit's name in lower case and how many of the smallest unit it holds, the largest first.
    let units: [(name: String, factor: Int)]
    /// Whether a number may stand without a unit and then counts the smallest one. 0 always may.
    let unitIsOptional: Bool

    /// Milliseconds: `h`, `m`, `s`, `ms`. A bare number is refused as nobody can tell seconds from milliseconds.
    static let duration = Quantity(
        units: [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)], unitIsOptional: false)

    /// Bytes: `gb`, `mb`, `kb` by 1024 as in redis.conf, `b`, or a bare number.
    static let size = Quantity(units: [("gb", 1 << 30), ("mb", 1 << 20), ("kb", 1 << 10), ("b", 1)], unitIsOptional: true)

    /// The value of `text` in the smallest unit; nil if it is none or exceeds an `Int`.
    func parse(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        let digits = bytes.prefix(while: ASCII.isDigit)
        guard !digits.isEmpty, let number = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
        let unit = String(decoding: bytes[digits.endIndex...].map(ASCII.lowercased), as: UTF8.self)
        if unit.isEmpty { return number == 0 || unitIsOptional ? number : nil }
        guard let factor = units.first(where: { $0.name == unit })?.factor else { return nil }
        let (value, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : value
    }

    /// The shortest text that ``parse(_:)`` reads back to `value`: the largest unit that divides it.
    func text(_ value: Int) -> String {
        guard value != 0, let unit = units.first(where: { value % $0.factor == 0 }) else { return "0" }
        return "\(value / unit.factor)\(unit.name)"
    }
}
