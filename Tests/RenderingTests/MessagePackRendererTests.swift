import Testing

@testable import Rendering

@Suite("MessagePack") struct MessagePackRendererTests {
    private func value(_ reply: String, rules: RenderRules = RenderRules()) -> [UInt8] {
        let packed = messagePack(Array(reply.utf8), rules: rules)
        #expect(packed.outcome == .rendered)
        #expect(packed.bytes.starts(with: [0x81, 0xA1, UInt8(ascii: "X")]))
        return Array(packed.bytes.dropFirst(3))
    }

    private func raw(_ text: String) -> [UInt8] { [0xA0 + UInt8(text.utf8.count)] + Array(text.utf8) }

    @Test(
        "replies of RESP2 are Webdis's bytes",
        arguments: [
            ("PING", "+PONG\r\n", "\u{81}\u{A4}PING\u{92}\u{C3}\u{A4}PONG"), ("EXISTS", ":0\r\n", "\u{81}\u{A6}EXISTS\u{00}"), ("DECRBY", ":-42\r\n", "\u{81}\u{A6}DECRBY\u{D0}\u{D6}"),
            ("DECRBY", ":-33\r\n", "\u{81}\u{A6}DECRBY\u{D0}\u{DF}"), ("DECRBY", ":-1\r\n", "\u{81}\u{A6}DECRBY\u{FF}"), ("INCRBY", ":300\r\n", "\u{81}\u{A6}INCRBY\u{CD}\u{01}\u{2C}"),
            ("INCRBY", ":70000\r\n", "\u{81}\u{A6}INCRBY\u{CE}\u{00}\u{01}\u{11}\u{70}"), ("INCRBY", ":2147483647\r\n", "\u{81}\u{A6}INCRBY\u{CE}\u{7F}\u{FF}\u{FF}\u{FF}"),
            ("GET", "$11\r\nhello world\r\n", "\u{81}\u{A3}GET\u{AB}hello world"), ("GET", "$2\r\n41\r\n", "\u{81}\u{A3}GET\u{A2}41"), ("GET", "$0\r\n\r\n", "\u{81}\u{A3}GET\u{A0}"), ("GET", "$-1\r\n", "\u{81}\u{A3}GET\u{C0}"),
            ("LRANGE", "*0\r\n", "\u{81}\u{A6}LRANGE\u{90}"), ("LRANGE", "*3\r\n$1\r\na\r\n$0\r\n\r\n$3\r\nc d\r\n", "\u{81}\u{A6}LRANGE\u{93}\u{A1}a\u{A0}\u{A3}c d"),
            ("HGETALL", "*4\r\n$2\r\nf1\r\n$2\r\nv1\r\n$2\r\nf2\r\n$1\r\n2\r\n", "\u{81}\u{A7}HGETALL\u{82}\u{A2}f1\u{A2}v1\u{A2}f2\u{A1}2"), ("hgetall", "*0\r\n", "\u{81}\u{A7}hgetall\u{80}"),
            // Recorded as faults of Webdis; these are the right bytes.
            ("INCRBY", ":9223372036854775807\r\n", "\u{81}\u{A6}INCRBY\u{CF}\u{7F}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}"), ("BITFIELD", "*2\r\n:0\r\n:3000000000\r\n", "\u{81}\u{A8}BITFIELD\u{92}\u{00}\u{CE}\u{B2}\u{D0}\u{5E}\u{00}"),
            ("EVAL", "*4\r\n:1\r\n*3\r\n:2\r\n$1\r\nx\r\n*1\r\n$4\r\ndeep\r\n$1\r\ny\r\n*0\r\n", "\u{81}\u{A4}EVAL\u{94}\u{01}\u{93}\u{02}\u{A1}x\u{91}\u{A4}deep\u{A1}y\u{90}"),
        ])
    func respTwo(command: String, reply: String, expected: String) {
        // Each character of the expectation is a byte.
        let expected = expected.unicodeScalars.map { UInt8($0.value) }
        #expect(messagePack(Array(reply.utf8), command: command).bytes == expected)
        #expect(messagePack(Array(reply.utf8), command: command, rules: RenderRules(isWebdis: true)).bytes == expected)
    }

    @Test("an error says that it is one, and is nil within Webdis's arrays")
    func errors() {
        #expect(value("-ERR no\r\n") == [0x92, 0xC2] + raw("ERR no"))
        #expect(value("*1\r\n-ERR no\r\n") == [0x91, 0x92, 0xC2] + raw("ERR no"))
        #expect(value("*2\r\n+fine\r\n!6\r\nERR no\r\n", rules: RenderRules(isWebdis: true)) == [0x92] + raw("fine") + [0xC0])
        #expect(value("-ERR no\r\n", rules: RenderRules(isWebdis: true)) == [0x92, 0xC2] + raw("ERR no"))
    }

    @Test("every integer takes the shortest form")
    func integers() {
        let numbers: [(Int64, [UInt8])] = [
            (127, [0x7F]), (128, [0xCC, 0x80]), (255, [0xCC, 0xFF]), (256, [0xCD, 1, 0]), (65535, [0xCD, 0xFF, 0xFF]), (65536, [0xCE, 0, 1, 0, 0]), (4_294_967_295, [0xCE, 0xFF, 0xFF, 0xFF, 0xFF]),
            (4_294_967_296, [0xCF, 0, 0, 0, 1, 0, 0, 0, 0]), (-32, [0xE0]), (-128, [0xD0, 0x80]), (-129, [0xD1, 0xFF, 0x7F]), (-32768, [0xD1, 0x80, 0]), (-32769, [0xD2, 0xFF, 0xFF, 0x7F, 0xFF]),
            (-2_147_483_648, [0xD2, 0x80, 0, 0, 0]), (-2_147_483_649, [0xD3, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF]), (.min, [0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ]
        for (number, expected) in numbers { #expect(value(":\(number)\r\n") == expected, "\(number)") }
    }

    @Test("strings and lists take the shortest head of the old specification", arguments: [(0, 1), (31, 1), (32, 3), (255, 3), (65535, 3), (65536, 5), (70000, 5)])
    func lengths(count: Int, head: Int) {
        let text = String(repeating: "x", count: count)
        let string = value("$\(count)\r\n\(text)\r\n")
        #expect(string.count == head + count)
        #expect(string[0] == (head == 1 ? 0xA0 + UInt8(count) : head == 3 ? 0xDA : 0xDB))
        let list = value("*\(count)\r\n" + String(repeating: ":1\r\n", count: count))
        #expect(list[0] == (count < 16 ? 0x90 + UInt8(count) : count < 65536 ? 0xDC : 0xDD))
        let map = value("%\(count)\r\n" + String(repeating: ":1\r\n:2\r\n", count: count))
        #expect(map[0] == (count < 16 ? 0x80 + UInt8(count) : count < 65536 ? 0xDE : 0xDF))
        for bytes in [string, list, map] { #expect(PackedValue(bytes) != nil) }
    }

    @Test("binary data stays as it is")
    func binary() {
        let reply = Array("*2\r\n$1\r\n".utf8) + [0xFF] + Array("\r\n$2\r\n".utf8) + [0x00, 0xFE] + Array("\r\n".utf8)
        #expect(messagePack(reply, command: "HGETALL").bytes == [0x81, 0xA7] + Array("HGETALL".utf8) + [0x81, 0xA1, 0xFF, 0xA2, 0x00, 0xFE])
    }

    @Test("INFO is a map of its lines, and announces as many as there are")
    func information() {
        let text = "# Cluster\r\ncluster_enabled:0\r\n\r\n# B\r\na:b:c\r\nnothing\r\n"
        let packed = messagePack(Array("$\(text.utf8.count)\r\n\(text)\r\n".utf8), command: "info").bytes
        #expect(packed == [0x81] + raw("info") + [0x82] + raw("cluster_enabled") + raw("0") + raw("a") + raw("b:c"))
        #expect(messagePack(Array("$0\r\n\r\n".utf8), command: "INFO").bytes == [0x81] + raw("INFO") + [0x80])
    }

    @Test(
        "replies of RESP3 keep their types",
        arguments: [
            ("_\r\n", PackedValue.null), ("#t\r\n", .bool(true)), ("#f\r\n", .bool(false)), (",1.5\r\n", .double(1.5)), (",-3e7\r\n", .double(-3e7)), (",inf\r\n", .double(.infinity)), (",-inf\r\n", .double(-.infinity)),
            (",1e999\r\n", .raw("1e999")), (",.5\r\n", .raw(".5")), (",0x10\r\n", .raw("0x10")), ("(12345678901234567890\r\n", .raw("12345678901234567890")), ("=7\r\ntxt:abc\r\n", .raw("abc")),
            ("~1\r\n:1\r\n", .array([.integer(1)])), (">2\r\n+message\r\n$1\r\nc\r\n", .array([.raw("message"), .raw("c")])), ("!3\r\na\nb\r\n", .array([.bool(false), .raw("a\nb")])),
            ("%2\r\n:1\r\n*0\r\n+b\r\n_\r\n", .map([.integer(1), .array([]), .raw("b"), .null])), ("|1\r\n+a\r\n:1\r\n:2\r\n", .integer(2)), ("$?\r\n;2\r\nab\r\n;1\r\nc\r\n;0\r\n", .raw("abc")),
            ("*?\r\n:1\r\n%?\r\n+a\r\n:2\r\n.\r\n.\r\n", .array([.integer(1), .map([.raw("a"), .integer(2)])])), ("~?\r\n.\r\n", .array([])),
        ])
    func respThree(reply: String, expected: PackedValue) {
        #expect(PackedValue(value(reply)) == expected)
    }

    @Test("what is not a number is not a number")
    func notANumber() {
        #expect(value(",nan\r\n") == [0xCB, 0x7F, 0xF8, 0, 0, 0, 0, 0, 0])
    }

    @Test("a streamed map that ends behind a key is none")
    func oddMap() {
        #expect(messagePack(Array("%?\r\n:1\r\n.\r\n".utf8)).outcome == .unrenderable)
    }
}
