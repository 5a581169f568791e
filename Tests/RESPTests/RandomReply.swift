import RESP

/// A valid reply made at random: its bytes and the value that they stand for.
struct RandomReply {
    var wire: [UInt8] = []
    var value: ReplyValue

    init(using generator: inout SeededGenerator, depth: Int = 4) {
        var wire: [UInt8] = []
        value = Self.element(depth, &wire, &generator)
        self.wire = wire
    }

    private static func word(_ generator: inout SeededGenerator) -> String {
        String((0..<Int.random(in: 0...6, using: &generator)).map { _ in "abc $*:1".randomElement(using: &generator) ?? "a" })
    }

    private static func blob(_ generator: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0...12, using: &generator)).map { _ in [0, 10, 13, 36, 42, 65, 200].randomElement(using: &generator) ?? 0 }
    }

    private static func sized(_ marker: String, _ body: [UInt8], _ wire: inout [UInt8]) {
        wire += bytes("\(marker)\(body.count)\r\n") + body + bytes("\r\n")
    }

    private static func list(_ count: Int, _ depth: Int, _ wire: inout [UInt8], _ generator: inout SeededGenerator) -> [ReplyValue] {
        (0..<count).map { _ in element(depth - 1, &wire, &generator) }
    }

    private static func element(_ depth: Int, _ wire: inout [UInt8], _ generator: inout SeededGenerator) -> ReplyValue {
        if depth > 0, Int.random(in: 0..<8, using: &generator) == 0 {
            let pairs = Int.random(in: 0...2, using: &generator)
            wire += bytes("|\(pairs)\r\n")
            _ = list(2 * pairs, depth, &wire, &generator)
        }
        let scalarKinds = 12
        let kind = Int.random(in: 0..<(depth > 0 ? 20 : scalarKinds), using: &generator)
        return kind < scalarKinds ? scalar(kind, &wire, &generator) : aggregate(kind, depth, &wire, &generator)
    }

    private static func scalar(_ kind: Int, _ wire: inout [UInt8], _ generator: inout SeededGenerator) -> ReplyValue {
        switch kind {
        case 0, 1:
            let word = word(&generator)
            wire += bytes("\(kind == 0 ? "+" : "-")\(word)\r\n")
            return kind == 0 ? .simpleString(word) : .error(word)
        case 2:
            let numbers: [Int64] = [0, 1, -1, 42, .max, .min]
            let number = numbers.randomElement(using: &generator) ?? 0
            wire += bytes(":\(number)\r\n")
            return .integer(number)
        case 3, 4:
            let blob = blob(&generator)
            sized("$", blob, &wire)
            return .bulkString(blob)
        case 5:
            wire += bytes(["$-1\r\n", "*-1\r\n", "_\r\n"].randomElement(using: &generator) ?? "")
            return .null
        case 6:
            let isTrue = Bool.random(using: &generator)
            wire += bytes(isTrue ? "#t\r\n" : "#f\r\n")
            return .boolean(isTrue)
        case 7, 8:
            let number = ["1.5", "inf", "-inf", "nan", "10", "-3e7"].randomElement(using: &generator) ?? ""
            wire += bytes("\(kind == 7 ? "," : "(")\(number)\r\n")
            return .number(number)
        case 9:
            let word = word(&generator)
            sized("!", bytes(word), &wire)
            return .error(word)
        case 10:
            let blob = blob(&generator)
            sized("=", bytes("txt:") + blob, &wire)
            return .bulkString(blob)
        default:
            let chunks = (0..<Int.random(in: 0...3, using: &generator)).map { _ in [1] + blob(&generator) }
            wire += bytes("$?\r\n")
            for chunk in chunks { sized(";", chunk, &wire) }
            wire += bytes(";0\r\n")
            return .bulkString(chunks.flatMap { $0 })
        }
    }

    private static func aggregate(_ kind: Int, _ depth: Int, _ wire: inout [UInt8], _ generator: inout SeededGenerator) -> ReplyValue {
        let count = Int.random(in: 0...3, using: &generator)
        switch kind {
        case 12, 13, 14:
            wire += bytes("\(kind == 12 ? "*" : kind == 13 ? "~" : ">")\(count)\r\n")
            return .array(list(count, depth, &wire, &generator))
        case 15, 16:
            wire += bytes("%\(count)\r\n")
            return .map(list(2 * count, depth, &wire, &generator))
        default:
            let isMap = kind == 19
            wire += bytes(isMap ? "%?\r\n" : kind == 18 ? "~?\r\n" : "*?\r\n")
            let elements = list(isMap ? 2 * count : count, depth, &wire, &generator)
            wire += bytes(".\r\n")
            return isMap ? .map(elements) : .array(elements)
        }
    }
}
