import RESP
import Testing

@Suite("Reply framer") struct ReplyFramerTests {
    static let replies = [
        "+OK\r\n", "+\r\n", "-ERR no\r\n", ":0\r\n", ":-9223372036854775808\r\n", "$0\r\n\r\n", "$5\r\nhe\r\no\r\n", "$-1\r\n", "*-1\r\n", "*0\r\n",
        "*2\r\n$1\r\na\r\n:1\r\n", "*1\r\n*1\r\n*0\r\n", "*3\r\n*2\r\n+a\r\n+b\r\n$-1\r\n*-1\r\n", "_\r\n", "#t\r\n", "#f\r\n", ",1.5\r\n", ",inf\r\n",
        "(3492890328409238509324850943850943825024385\r\n", "!5\r\nERR a\r\n", "=7\r\ntxt:abc\r\n", "~2\r\n+a\r\n+b\r\n", "~0\r\n",
        "%1\r\n+k\r\n:1\r\n", "%0\r\n", "%2\r\n+a\r\n*2\r\n:1\r\n:2\r\n+b\r\n%1\r\n+c\r\n_\r\n", "|1\r\n+ttl\r\n:3\r\n+OK\r\n", "|0\r\n:1\r\n",
        "|1\r\n+a\r\n|1\r\n+b\r\n+c\r\n+d\r\n$1\r\nx\r\n", "*2\r\n|1\r\n+a\r\n+b\r\n:1\r\n:2\r\n", "*1\r\n|0\r\n*0\r\n", ">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n",
        ">0\r\n", "$?\r\n;0\r\n", "$?\r\n;3\r\nabc\r\n;2\r\n\r\n\r\n;0\r\n", "*?\r\n.\r\n", "*?\r\n:1\r\n*2\r\n:2\r\n:3\r\n.\r\n", "~?\r\n+a\r\n.\r\n",
        "%?\r\n+a\r\n:1\r\n.\r\n", "*2\r\n*?\r\n*?\r\n.\r\n.\r\n+b\r\n", "*?\r\n|1\r\n+a\r\n+b\r\n:1\r\n.\r\n", "*1\r\n$?\r\n;1\r\na\r\n;0\r\n",
        "%?\r\n$?\r\n;1\r\nk\r\n;0\r\n=4\r\nmkd:\r\n.\r\n",
    ]

    @Test("every kind of reply ends where it ends, wherever it is cut", arguments: replies)
    func kinds(reply: String) {
        let input = bytes(reply)
        let framing = framed(input)
        #expect(framing.ends == [input.count])
        #expect(framing.isBetweenReplies)
        #expect(framing.error == nil)
        for end in 1..<input.count {
            let part = framed(input, chunks: [end])
            #expect(part.ends.isEmpty && part.error == nil && !part.isBetweenReplies, "after \(end) bytes")
        }
    }

    @Test("replies in a row are told apart")
    func sequence() {
        let input = bytes(Self.replies.joined())
        var ends: [Int] = []
        for reply in Self.replies { ends.append((ends.last ?? 0) + reply.utf8.count) }
        let framing = framed(input)
        #expect(framing.ends == ends)
        #expect(framing.isBetweenReplies)
    }

    @Test(
        "a reply is known by its own marker, not by its attribute's",
        arguments: [("+OK\r\n", "+"), ("*1\r\n:1\r\n", "*"), ("|1\r\n+a\r\n*1\r\n:1\r\n-ERR\r\n", "-"), ("|0\r\n|0\r\n%0\r\n", "%"), (">1\r\n+a\r\n", ">"),
            ("$?\r\n;0\r\n", "$"), ("*?\r\n+a\r\n.\r\n", "*")])
    func markers(reply: String, marker: Character) { #expect(framed(bytes(reply)).markers == [marker.asciiValue]) }

    @Test(
        "bytes that are no RESP are refused, wherever they are cut",
        arguments: [
            ("x", ReplyError.Kind.unknownMarker(0x78)), ("\r\n", .unknownMarker(13)), ("\u{0}", .unknownMarker(0)), (";1\r\na\r\n", .unknownMarker(0x3B)),
            ("*1\r\nx", .unknownMarker(0x78)), (".\r\n", .unexpectedEnd), ("*1\r\n.\r\n", .unexpectedEnd), ("*?\r\n*1\r\n.\r\n", .unexpectedEnd),
            ("*?\r\n|1\r\n+a\r\n.\r\n", .unexpectedEnd), ("$\r\n", .invalidLength), ("$a", .invalidLength), ("$-\r\n", .invalidLength), ("$+1", .invalidLength),
            ("$1 ", .invalidLength), ("$--", .invalidLength), ("$1-", .invalidLength), ("$1?", .invalidLength), ("$?1", .invalidLength), ("$-?", .invalidLength), ("$1\rx", .invalidLength),
            ("$1\nx", .invalidLength), ("$1\r\nab", .invalidLength), ("$1\r\na\rx", .invalidLength), ("$1\r\na\n", .invalidLength), ("$0\r\nx", .invalidLength),
            ("*\r\n", .invalidLength), ("%-1\r\n", .invalidLength), ("~-1\r\n", .invalidLength), (">-1\r\n", .invalidLength), (">?\r\n", .invalidLength),
            ("|?\r\n", .invalidLength), ("|-1\r\n", .invalidLength), ("!-1\r\n", .invalidLength), ("!?\r\n", .invalidLength), ("=?\r\n", .invalidLength),
            ("=-1\r\n", .invalidLength), ("$?\r\nx", .unknownMarker(0x78)), ("$?\r\n;-1\r\n", .invalidLength), ("$?\r\n;?\r\n", .invalidLength),
            ("$?\r\n$1\r\n", .unknownMarker(0x24)), ("$1234567890123456789\r\n", .invalidLength), ("*99999999999999999999\r\n", .invalidLength),
            ("%-9223372036854775808\r\n", .invalidLength),
        ])
    func malformed(input: String, kind: ReplyError.Kind) {
        let framing = framed(bytes("+before\r\n" + input))
        #expect(framing.ends == [9])
        #expect(framing.error == ReplyError(kind))
    }

    @Test("the largest length and the largest count neither trap nor end", arguments: ["$999999999999999999\r\n", "*999999999999999999\r\n", "%999999999999999999\r\n", "|999999999999999999\r\n", "!999999999999999999\r\n"])
    func huge(header: String) {
        let framing = framed(bytes(header + "+a\r\n+b\r\n+c\r\n"))
        #expect(framing.ends.isEmpty && framing.error == nil && !framing.isBetweenReplies)
    }

    @Test("replies may nest as deep as the limit and no deeper", arguments: ["*1\r\n", "%1\r\n+k\r\n", "~1\r\n", "*?\r\n", "|1\r\n", ">1\r\n"])
    func depth(opening: String) {
        let deepest = bytes(String(repeating: opening, count: 5))
        #expect(framed(deepest, nestingDepthMax: 5).error == nil)
        #expect(framed(deepest + bytes(opening), nestingDepthMax: 5).error == ReplyError(.tooDeep))
        #expect(framed(bytes(String(repeating: opening, count: 128)), chunks: [128 * opening.utf8.count]).error == nil)
        #expect(framed(bytes(String(repeating: opening, count: 129)), chunks: [129 * opening.utf8.count]).error == ReplyError(.tooDeep))
    }

    @Test("valid replies made at random are framed as the reader reads them, wherever they are cut")
    func random() {
        var generator = SeededGenerator(seed: 2026)
        for round in 0..<4000 {
            let first = RandomReply(using: &generator)
            let second = RandomReply(using: &generator)
            #expect(value(first.wire) == first.value, "round \(round): \(text(first.wire))")
            let input = first.wire + second.wire
            let ends = [first.wire.count, input.count]
            #expect(framed(input, chunks: [input.count]).ends == ends, "round \(round)")
            for _ in 0..<3 {
                let cuts = (0..<3).map { _ in Int.random(in: 0...input.count, using: &generator) }.sorted() + [input.count]
                #expect(framed(input, chunks: cuts).ends == ends, "round \(round) cut at \(cuts)")
            }
        }
    }
}
