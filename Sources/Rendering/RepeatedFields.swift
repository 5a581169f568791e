import Bytes
import RESP

/// The fields and values of a stream's message in which a field comes more than once, put together by field.
public struct RepeatedFields {
    private struct Field {
        let name: Range<Int>
        var values: [Range<Int>]
    }

    /// In the order of their first values.
    private var fields: [Field] = []

    /// Reads `count` strings that follow, names and values in turn; nil, and `reader` is of no use then, where each name comes once or they
    /// are no strings.
    public init?(_ count: Int, _ reader: inout ReplyReader, in bytes: Span<UInt8>) {
        guard count & 1 == 0 else { return nil }
        // Few names are compared with each other; many would take the square of their number.
        var places: [[UInt8]: Int] = [:]
        let isFew = count <= Self.fewCount
        for _ in 0..<(count / 2) {
            guard case .bulkString(let name)? = reader.nextValue(in: bytes, depth: 4), case .bulkString(let value)? = reader.nextValue(in: bytes, depth: 4) else { return nil }
            if let place = isFew ? place(of: name, in: bytes) : places[Self.copy(name, of: bytes)] {
                fields[place].values.append(value)
            } else {
                if !isFew { places[Self.copy(name, of: bytes)] = fields.count }
                fields.append(Field(name: name, values: [value]))
            }
        }
        if fields.count == count / 2 { return nil }
    }

    /// Names and values that are compared each with each.
    static let fewCount = 32

    private func place(of name: Range<Int>, in bytes: Span<UInt8>) -> Int? {
        for (index, field) in fields.enumerated() where bytes.extracting(field.name).isEqual(to: bytes.extracting(name)) { return index }
        return nil
    }

    private static func copy(_ range: Range<Int>, of bytes: Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.append(bytes, in: range)
        return copy
    }

    /// Appends the object of them, each text written by `string`.
    public func append(in bytes: Span<UInt8>, to output: inout [UInt8], _ string: (Span<UInt8>, inout [UInt8]) -> Void) {
        for (index, field) in fields.enumerated() {
            output.append(index == 0 ? UInt8(ascii: "{") : UInt8(ascii: ","))
            string(bytes.extracting(field.name), &output)
            output.append(UInt8(ascii: ":"))
            if field.values.count > 1 { output.append(UInt8(ascii: "[")) }
            for (place, value) in field.values.enumerated() {
                if place > 0 { output.append(UInt8(ascii: ",")) }
                string(bytes.extracting(value), &output)
            }
            if field.values.count > 1 { output.append(UInt8(ascii: "]")) }
        }
        output.append(UInt8(ascii: "}"))
    }
}
