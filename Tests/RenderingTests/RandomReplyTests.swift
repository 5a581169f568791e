import RESP
import Testing

@testable import Rendering

@Suite("Random replies") struct RandomReplyTests {
    private static func blob(_ generator: inout SeededGenerator) -> [UInt8] {
        let pieces: [[UInt8]] = [[0], [10], [34], [92], [65], [0xC3, 0xA9], [0xFF], [0xE2, 0x9C], Array("some longer text".utf8)]
        return (0..<Int.random(in: 0...5, using: &generator)).flatMap { _ in pieces.randomElement(using: &generator) ?? [] }
    }

    private static func reply(_ generator: inout SeededGenerator, depth: Int) -> ReplyValue {
        let count = Int.random(in: 0...20, using: &generator) % 17
        switch Int.random(in: 0..<(depth > 0 ? 9 : 7), using: &generator) {
        case 0: return .simpleString(["OK", "fine", ""].randomElement(using: &generator) ?? "")
        case 1: return .error("ERR \"no\"")
        case 2: return .integer(Int64(truncatingIfNeeded: generator.next()) >> Int64.random(in: 0...63, using: &generator))
        case 3: return .null
        case 4: return .boolean(Bool.random(using: &generator))
        case 5: return .number(["1.5", "-0.25", "10", "1e+20", "inf", "-inf"].randomElement(using: &generator) ?? "")
        case 6: return .bulkString(blob(&generator))
        case 7: return .array((0..<count).map { _ in reply(&generator, depth: depth - 1) })
        default: return .map((0..<(count % 4)).flatMap { _ in [.bulkString(blob(&generator)), reply(&generator, depth: depth - 1)] })
        }
    }

    @Test("read back as what they were, from JSON, MessagePack, Upstash's JSON and RESP2")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 2026)
        for round in 0..<2000 {
            let value = Self.reply(&generator, depth: 3)
            var wire: [UInt8] = []
            ReplyWriter.append(value, protocolVersion: 3, to: &wire)
            var wireOfTwo: [UInt8] = []
            ReplyWriter.append(value, protocolVersion: 2, to: &wireOfTwo)

            let expected = JSONTree.object([JSONTree.Member(name: "X", value: JSONTree(value))])
            let isRight = JSONTree(json(wire).bytes) == expected
            let isPackedRight = PackedValue(messagePack(wire).bytes) == .map([.raw("X"), PackedValue(value)])
            let isTwo = respTwo(wire).bytes == wireOfTwo && respTwo(wireOfTwo).bytes == wireOfTwo
            #expect(isRight && isPackedRight && isTwo, "round \(round): \(value)")

            var result = JSONTree.object([JSONTree.Member(name: "result", value: JSONTree(upstash: value))])
            if case .error(let text) = value { result = .object([JSONTree.Member(name: "error", value: .string(text))]) }
            #expect(JSONTree(upstash(wire).bytes) == result, "round \(round): \(value)")
            #expect(upstash(wire).bytes == upstash(wireOfTwo).bytes)
        }
    }

    @Test("are valid in every format under every shape, whatever their form, and with strings in base64 they are all ASCII")
    func shapes() throws {
        var generator = SeededGenerator(seed: 7)
        for round in 0..<1500 {
            let value = Self.streamLike(&generator, depth: 4)
            var wire: [UInt8] = []
            ReplyWriter.append(value, protocolVersion: Int.random(in: 2...3, using: &generator), to: &wire)
            for command in shapedCommands {
                for rules in [RenderRules(), RenderRules(isWebdis: true), RenderRules(isBase64: true)] {
                    let rendered = json(wire, command: command, rules: rules)
                    #expect(JSONTree(rendered.bytes) != nil, "round \(round), \(command): \(value)")
                    if rules.isBase64 { #expect(rendered.bytes.allSatisfy { $0 < 0x80 }) }
                }
                #expect(PackedValue(messagePack(wire, command: command).bytes) != nil)
            }
        }
    }

    /// Lists that often are what a shape asks for, and often just miss it.
    private static func streamLike(_ generator: inout SeededGenerator, depth: Int) -> ReplyValue {
        guard depth > 0, Int.random(in: 0..<6, using: &generator) > 0 else {
            let leaves: [ReplyValue] = [.bulkString([49, 45, 49]), .bulkString([0xFF]), .bulkString([97]), .integer(5), .null, .simpleString("s"), .number("1.5")]
            return leaves.randomElement(using: &generator) ?? .null
        }
        let count = [1, 2, 2, 2, 3, 4, 4].randomElement(using: &generator) ?? 0
        return .array((0..<count).map { _ in streamLike(&generator, depth: depth - 1) })
    }
}
