import Bytes

/// Which arguments of a request are keys.
public enum CommandKeys {
    /// Where the keys stand in `request`, a complete array of bulk strings; nil where that cannot be told: of commands that
    /// the table does not hold, and of those whose keys stand where only the command itself knows.
    public static func all(of request: Span<UInt8>) -> [Range<Int>]? {
        guard let arguments = places(of: request), let name = arguments.first else { return nil }
        let second = arguments.count > 1 ? request.extracting(arguments[1]) : Span()
        let traits = CommandTable.standard.traits(of: request.extracting(name), second: second)
        guard traits.isKnown else { return nil }
        if let numbered = numbered(request.extracting(name)) { return counted(arguments, request, numbered) }
        if ASCII.equalsIgnoringCase(request.extracting(name), "XREAD") || ASCII.equalsIgnoringCase(request.extracting(name), "XREADGROUP") {
            return streams(arguments, request)
        }
        if traits.flags.contains(.movableKeys) { return nil }
        guard traits.firstKey > 0 else { return [] }
        let last = traits.lastKey < 0 ? arguments.count + traits.lastKey : traits.lastKey
        var keys: [Range<Int>] = []
        for index in stride(from: traits.firstKey, through: min(last, arguments.count - 1), by: max(1, traits.keyStep)) { keys.append(arguments[index]) }
        return keys
    }

    /// Commands with the number of their keys before these, by the place of the number; and of one more key.
    private static func numbered(_ name: Span<UInt8>) -> (count: Int, other: Int?)? {
        for (word, count, other) in numberedCommands where ASCII.equalsIgnoringCase(name, word) { return (count, other) }
        return nil
    }

    private static let numberedCommands: [(StaticString, Int, Int?)] = [
        ("EVAL", 2, nil), ("EVALSHA", 2, nil), ("EVAL_RO", 2, nil), ("EVALSHA_RO", 2, nil), ("FCALL", 2, nil), ("FCALL_RO", 2, nil),
        ("ZUNIONSTORE", 2, 1), ("ZINTERSTORE", 2, 1), ("ZDIFFSTORE", 2, 1), ("ZUNION", 1, nil), ("ZINTER", 1, nil), ("ZDIFF", 1, nil),
        ("CMS.MERGE", 2, 1), ("TDIGEST.MERGE", 2, 1), ("ZINTERCARD", 1, nil), ("SINTERCARD", 1, nil), ("LMPOP", 1, nil), ("ZMPOP", 1, nil), ("BLMPOP", 2, nil), ("BZMPOP", 2, nil),
    ]

    private static func counted(_ arguments: [Range<Int>], _ request: Span<UInt8>, _ places: (count: Int, other: Int?)) -> [Range<Int>]? {
        guard places.count < arguments.count, let number = Decimal.parse(request.extracting(arguments[places.count])),
            number >= 0, number <= arguments.count - places.count - 1
        else { return nil }
        var keys = Array(arguments[(places.count + 1)..<(places.count + 1 + Int(number))])
        if let other = places.other { keys.append(arguments[other]) }
        return keys
    }

    /// Behind STREAMS stand the keys, and then as many ids.
    private static func streams(_ arguments: [Range<Int>], _ request: Span<UInt8>) -> [Range<Int>]? {
        // A group, too, may be called STREAMS.
        var word = 1
        while word < arguments.count, let valueCount = StreamReadOptions.valueCount(of: request.extracting(arguments[word])) { word += 1 + valueCount }
        guard word < arguments.count else { return nil }
        let count = arguments.count - word - 1
        return count > 0 && count % 2 == 0 ? Array(arguments[(word + 1)..<(word + 1 + count / 2)]) : nil
    }

    private static func places(of request: Span<UInt8>) -> [Range<Int>]? {
        var reader = ReplyReader()
        guard case .array(let count)? = reader.next(in: request) else { return nil }
        var places: [Range<Int>] = []
        for _ in 0..<count {
            guard case .bulkString(let range)? = reader.next(in: request) else { return nil }
            places.append(range)
        }
        return places
    }
}
