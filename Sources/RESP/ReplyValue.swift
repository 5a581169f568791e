import Bytes

/// A reply as a tree, for the control plane and for tests; the data plane passes bytes on and builds none.
public indirect enum ReplyValue: Sendable, Equatable {
    case simpleString(String)
    case error(String)
    case integer(Int64)
    case bulkString([UInt8])
    case null
    case boolean(Bool)
    /// A double or big number, as written.
    case number(String)
    /// Array, set or push.
    case array([ReplyValue])
    /// Keys and values in turns.
    case map([ReplyValue])

    /// The text of a string of either kind; nil for anything else.
    public var text: String? {
        switch self {
        case .simpleString(let text): text
        case .bulkString(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The elements of an array or, in turns, of a map; nil for anything else.
    public var elements: [ReplyValue]? {
        switch self {
        case .array(let elements), .map(let elements): elements
        default: nil
        }
    }

    /// The fields of a flat list of names and values, as `SENTINEL MASTER` answers in RESP2 and as a map in RESP3.
    public var fields: [String: String]? {
        guard let elements else { return nil }
        var fields: [String: String] = [:]
        var index = 0
        while index + 1 < elements.count {
            if let name = elements[index].text { fields[name] = elements[index + 1].text ?? "" }
            index += 2
        }
        return fields
    }

    /// Reads one complete reply of `bytes`; nil where the bytes are no reply or nest deeper than `depthMax`.
    public init?(_ bytes: Span<UInt8>, reader: inout ReplyReader, depthMax: Int = 128) {
        guard let token = reader.next(in: bytes) else { return nil }
        self.init(token, bytes, &reader, depthMax)
    }

    /// - Parameter depth: how many levels of aggregates may still begin here.
    private init?(_ first: ReplyToken, _ bytes: Span<UInt8>, _ reader: inout ReplyReader, _ depth: Int) {
        guard depth >= 0 else { return nil }
        var token = first
        func text(_ range: Range<Int>) -> String {
            bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        }
        func list(_ count: Int) -> [ReplyValue]? {
            guard count == 0 || depth > 0 else { return nil }
            var elements: [ReplyValue] = []
            for _ in 0..<count {
                guard let element = ReplyValue(bytes, reader: &reader, depthMax: depth - 1) else { return nil }
                elements.append(element)
            }
            return elements
        }
        func untilEnd() -> [ReplyValue]? {
            guard depth > 0 else { return nil }
            var elements: [ReplyValue] = []
            while let token = reader.next(in: bytes) {
                if token == .aggregateEnd { return elements }
                guard let element = ReplyValue(token, bytes, &reader, depth - 1) else { return nil }
                elements.append(element)
            }
            return nil
        }
        // Attributes stand before the value that they describe, any number of them: they are read over in a loop.
        while case .attribute(let count) = token {
            guard list(2 &* count) != nil, let described = reader.next(in: bytes) else { return nil }
            token = described
        }
        switch token {
        case .simpleString(let range): self = .simpleString(text(range))
        case .simpleError(let range), .bulkError(let range): self = .error(text(range))
        case .integer(let value): self = .integer(value)
        case .bulkString(let range), .verbatimString(_, let range):
            var copy: [UInt8] = []
            copy.append(bytes, in: range)
            self = .bulkString(copy)
        case .nullBulkString, .nullArray, .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .double(let range), .bigNumber(let range): self = .number(text(range))
        case .array(let count), .set(let count), .push(let count):
            guard let elements = list(count) else { return nil }
            self = .array(elements)
        case .map(let count):
            guard let elements = list(2 &* count) else { return nil }
            self = .map(elements)
        case .streamedArray, .streamedSet:
            guard let elements = untilEnd() else { return nil }
            self = .array(elements)
        case .streamedMap:
            guard let elements = untilEnd() else { return nil }
            self = .map(elements)
        case .streamedString:
            var joined: [UInt8] = []
            var part = reader.next(in: bytes)
            while case .streamedChunk(let range)? = part {
                joined.append(bytes, in: range)
                part = reader.next(in: bytes)
            }
            guard part == .streamedStringEnd else { return nil }
            self = .bulkString(joined)
        case .attribute, .aggregateEnd, .streamedChunk, .streamedStringEnd: return nil
        }
    }
}
