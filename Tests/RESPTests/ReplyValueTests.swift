import Bytes
import RESP
import Testing

@Suite("Reply reader and value") struct ReplyValueTests {
    private func tokens(_ input: String) -> [ReplyToken] {
        var reader = ReplyReader()
        let input = bytes(input)
        var tokens: [ReplyToken] = []
        while let token = reader.next(in: input.span) { tokens.append(token) }
        return tokens
    }

    @Test("scalars and heads are read one by one, with their places")
    func tokens() {
        #expect(tokens("+OK\r\n-E\r\n:-7\r\n") == [.simpleString(1..<3), .simpleError(6..<7), .integer(-7)])
        #expect(tokens("$2\r\nab\r\n$-1\r\n*-1\r\n_\r\n") == [.bulkString(4..<6), .nullBulkString, .nullArray, .null])
        #expect(tokens("#t\r\n#f\r\n,1.5\r\n(12\r\n") == [.boolean(true), .boolean(false), .double(9..<12), .bigNumber(15..<17)])
        #expect(tokens("!1\r\nE\r\n=5\r\ntxt:a\r\n") == [.bulkError(4..<5), .verbatimString(format: 11..<14, text: 15..<16)])
        #expect(tokens("=2\r\nab\r\n") == [.verbatimString(format: 4..<4, text: 4..<6)])
        #expect(tokens("*2\r\n~1\r\n%3\r\n|4\r\n>5\r\n") == [.array(count: 2), .set(count: 1), .map(count: 3), .attribute(count: 4), .push(count: 5)])
        #expect(tokens("*?\r\n~?\r\n%?\r\n.\r\n") == [.streamedArray, .streamedSet, .streamedMap, .aggregateEnd])
        #expect(tokens("$?\r\n;1\r\na\r\n;0\r\n") == [.streamedString, .streamedChunk(8..<9), .streamedStringEnd])
    }

    @Test("trees hold what the wire says")
    func trees() {
        #expect(value("*3\r\n$1\r\na\r\n*1\r\n:1\r\n$-1\r\n") == .array([.bulkString([97]), .array([.integer(1)]), .null]))
        #expect(value("%1\r\n+k\r\n~1\r\n#t\r\n") == .map([.simpleString("k"), .array([.boolean(true)])]))
        #expect(value("|1\r\n+a\r\n+b\r\n:3\r\n") == .integer(3))
        #expect(value("*1\r\n|0\r\n|1\r\n+a\r\n+b\r\n:3\r\n") == .array([.integer(3)]))
        #expect(value("=7\r\ntxt:abc\r\n") == .bulkString(bytes("abc")))
        #expect(value("$?\r\n;1\r\na\r\n;2\r\nbc\r\n;0\r\n") == .bulkString(bytes("abc")))
        #expect(value(">1\r\n-E\r\n") == .array([.error("E")]))
    }

    @Test("texts, elements and fields are at hand")
    func accessors() {
        #expect(value("+a\r\n")?.text == "a")
        #expect(value("$1\r\na\r\n")?.text == "a")
        #expect(value(":1\r\n")?.text == nil)
        #expect(value("-a\r\n")?.text == nil)
        #expect(value("%1\r\n+a\r\n:1\r\n")?.elements == [.simpleString("a"), .integer(1)])
        #expect(value("+a\r\n")?.elements == nil)
        #expect(value("*5\r\n+ip\r\n+h\r\n+port\r\n:1\r\n+odd\r\n")?.fields == ["ip": "h", "port": ""])
        #expect(value("%1\r\n$1\r\na\r\n$1\r\nb\r\n")?.fields == ["a": "b"])
        #expect(value(":1\r\n")?.fields == nil)
    }

    @Test(
        "what is not one whole reply has no value",
        arguments: ["", "+", "+OK", "+OK\r", "+O\rK\r\n", "+a\n", "$3\r\nab\r\n", "$3\r\nabc", "$1\r\na\r", "*1\r\n", "*2\r\n:1\r\n", "%1\r\n:1\r\n", "#\r\n", "#tt\r\n",
            ":\r\n", ":1.5\r\n", ":9223372036854775808\r\n", "*?\r\n:1\r\n", ".\r\n", ";1\r\na\r\n", ";0\r\n", "|1\r\n+a\r\n+b\r\n", "x\r\n", "$9223372036854775807\r\n",
            "*9223372036854775807\r\n", "!-1\r\n", "=-1\r\n", ">?\r\n", "$+\r\n", "*1\r\n|0\r\n"])
    func invalid(input: String) { #expect(value(input) == nil) }

    @Test("every place to stop inside a reply yields no value and no trap", arguments: ReplyFramerTests.replies)
    func prefixes(reply: String) {
        let input = bytes(reply)
        #expect(value(input) != nil)
        for end in 0..<input.count { #expect(value(Array(input[..<end])) == nil, "after \(end) bytes") }
    }

    @Test("nesting is bounded by the same measure as the framer's")
    func depth() {
        func nested(_ levels: Int) -> [UInt8] { bytes(String(repeating: "*1\r\n", count: levels) + ":1\r\n") }
        #expect(value(nested(3), depthMax: 3) != nil)
        #expect(value(nested(4), depthMax: 3) == nil)
        for levels in [127, 128, 129] {
            let input = nested(levels)
            #expect((value(input) != nil) == (framed(input, chunks: [input.count]).ends == [input.count]), "\(levels) levels")
        }
    }

    @Test("attributes in a row do not nest, however many there are")
    func attributes() {
        let input = bytes(String(repeating: "|0\r\n", count: 200_000) + ":1\r\n")
        #expect(value(input) == .integer(1))
    }
}

@Suite("Reply stream") struct ReplyStreamTests {
    private func values(_ input: [UInt8], chunk: Int, bytesMax: Int = 1 << 20) throws(ReplyError) -> [ReplyValue] {
        var stream = ReplyStream(bytesMax: bytesMax)
        var values: [ReplyValue] = []
        var start = 0
        while start < input.count {
            let end = min(input.count, start + chunk)
            input[start..<end].withUnsafeBytes { stream.append($0) }
            start = end
            while let value = try stream.next() { values.append(value) }
        }
        return values
    }

    @Test("replies come out whole and in order, whatever the pieces", arguments: 1...40)
    func pieces(chunk: Int) throws {
        let input = bytes(ReplyFramerTests.replies.joined())
        #expect(try values(input, chunk: chunk) == ReplyFramerTests.replies.map { try #require(value($0)) })
    }

    @Test("a reply above the limit, or no RESP, ends the stream")
    func failures() throws {
        let input = bytes("$100\r\n" + String(repeating: "x", count: 100) + "\r\n")
        #expect(try values(input, chunk: 10, bytesMax: 108).count == 1)
        #expect(throws: ReplyError(.invalidLength)) { try values(input, chunk: 10, bytesMax: 90) }
        #expect(throws: ReplyError(.unknownMarker(0x78))) { try values(bytes("+a\r\nx"), chunk: 100) }
        #expect(throws: ReplyError(.invalidLength)) { try values(bytes("#maybe\r\n"), chunk: 100) }
    }
}
