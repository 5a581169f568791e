import RESP

/// What MessagePack of the old specification says, read by the book: the renderer's counterpart.
indirect enum PackedValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case bytes([UInt8])
    case array([PackedValue])
    /// Keys and values in turns.
    case map([PackedValue])

    static func raw(_ text: String) -> PackedValue { .bytes(Array(text.utf8)) }

    /// The one value that `bytes` are; nil if they are anything else.
    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        guard let value = PackedValue(reading: &rest), rest.isEmpty else { return nil }
        self = value
    }

    private init?(reading rest: inout ArraySlice<UInt8>) {
        guard let marker = rest.popFirst() else { return nil }
        func number(_ bytes: Int) -> UInt64? {
            guard rest.count >= bytes else { return nil }
            defer { rest.removeFirst(bytes) }
            return rest.prefix(bytes).reduce(0) { $0 << 8 | UInt64($1) }
        }
        func count(_ bytes: Int) -> Int? { number(bytes).map { Int($0) } }
        func string(_ count: Int?) -> PackedValue? {
            guard let count, rest.count >= count else { return nil }
            defer { rest.removeFirst(count) }
            return .bytes(Array(rest.prefix(count)))
        }
        func values(_ count: Int?) -> [PackedValue]? {
            guard let count else { return nil }
            var values: [PackedValue] = []
            for _ in 0..<count {
                guard let value = PackedValue(reading: &rest) else { return nil }
                values.append(value)
            }
            return values
        }
        let value: PackedValue? =
            switch marker {
            case 0x00...0x7F: .integer(Int64(marker))
            case 0x80...0x8F: values(2 * Int(marker & 0xF)).map { .map($0) }
            case 0x90...0x9F: values(Int(marker & 0xF)).map { .array($0) }
            case 0xA0...0xBF: string(Int(marker & 0x1F))
            case 0xC0: .null
            case 0xC2: .bool(false)
            case 0xC3: .bool(true)
            case 0xCB: number(8).map { .double(Double(bitPattern: $0)) }
            case 0xCC: number(1).map { .integer(Int64($0)) }
            case 0xCD: number(2).map { .integer(Int64($0)) }
            case 0xCE: number(4).map { .integer(Int64($0)) }
            case 0xCF: number(8).flatMap { Int64(exactly: $0) }.map { .integer($0) }
            case 0xD0: number(1).map { .integer(Int64(Int8(truncatingIfNeeded: $0))) }
            case 0xD1: number(2).map { .integer(Int64(Int16(truncatingIfNeeded: $0))) }
            case 0xD2: number(4).map { .integer(Int64(Int32(truncatingIfNeeded: $0))) }
            case 0xD3: number(8).map { .integer(Int64(bitPattern: $0)) }
            case 0xDA: string(count(2))
            case 0xDB: string(count(4))
            case 0xDC: values(count(2)).map { .array($0) }
            case 0xDD: values(count(4)).map { .array($0) }
            case 0xDE: values(count(2).map { 2 * $0 }).map { .map($0) }
            case 0xDF: values(count(4).map { 2 * $0 }).map { .map($0) }
            case 0xE0...0xFF: .integer(Int64(Int8(bitPattern: marker)))
            default: nil
            }
        guard let value else { return nil }
        self = value
    }

    /// What a reply has to become.
    init(_ reply: ReplyValue, isInside: Bool = false) {
        switch reply {
        case .simpleString(let text): self = isInside ? .raw(text) : .array([.bool(true), .raw(text)])
        case .error(let text): self = .array([.bool(false), .raw(text)])
        case .integer(let number): self = .integer(number)
        case .bulkString(let bytes): self = .bytes(bytes)
        case .null: self = .null
        case .boolean(let flag): self = .bool(flag)
        case .number(let text): self = .double(Double(text) ?? .nan)
        case .array(let elements): self = .array(elements.map { PackedValue($0, isInside: true) })
        case .map(let elements): self = .map(elements.map { PackedValue($0, isInside: true) })
        }
    }
}
