import Testing

@testable import Rendering

@Suite("XML") struct XMLRendererTests {
    @Test("a string is a stored document and leaves as it is, streamed or not")
    func document() {
        #expect(xml(Array("$10\r\n<a>b</a>\r\n\r\n".utf8)).bytes == Array("<a>b</a>\r\n".utf8))
        #expect(xml(Array("$?\r\n;4\r\n<a>b\r\n;4\r\n</a>\r\n;0\r\n".utf8)).bytes == Array("<a>b</a>".utf8))
        #expect(xml([0x24, 0x31, 0x0D, 0x0A, 0xFF, 0x0D, 0x0A]).bytes == [0xFF])
    }

    @Test("a list is a document with its command, its types and its nesting")
    func list() {
        let reply = "*3\r\n$1\r\na\r\n:5\r\n$-1\r\n"
        #expect(
            xml(Array(reply.utf8), command: "LRANGE").text
                == "<?xml version=\"1.0\" encoding=\"UTF-8\"?><reply command=\"LRANGE\"><array><string>a</string><integer>5</integer><nil/></array></reply>")
    }

    @Test(
        "every type has its element",
        arguments: [
            ("+OK\r\n", "<status>OK</status>"), ("-ERR 'a' <b>\r\n", "<error>ERR 'a' &lt;b&gt;</error>"), (":-42\r\n", "<integer>-42</integer>"), ("*0\r\n", "<array></array>"),
            ("*1\r\n*1\r\n$0\r\n\r\n", "<array><array><string></string></array></array>"), ("*2\r\n*-1\r\n_\r\n", "<array><nil/><nil/></array>"), ("#f\r\n", "<boolean>false</boolean>"),
            (",inf\r\n", "<double>inf</double>"), ("(12\r\n", "<bignumber>12</bignumber>"), ("~1\r\n:1\r\n", "<set><integer>1</integer></set>"), (">1\r\n+a\r\n", "<push><status>a</status></push>"),
            ("%2\r\n$1\r\na\r\n:1\r\n:2\r\n%0\r\n", "<map><entry><key><string>a</string></key><value><integer>1</integer></value></entry><entry><key><integer>2</integer></key><value><map></map></value></entry></map>"),
            ("%?\r\n+a\r\n:1\r\n.\r\n", "<map><entry><key><status>a</status></key><value><integer>1</integer></value></entry></map>"), ("!3\r\na\nb\r\n", "<error>a\nb</error>"),
            ("*1\r\n=7\r\ntxt:abc\r\n", "<array><string>abc</string></array>"), ("*1\r\n$?\r\n;1\r\na\r\n;0\r\n", "<array><string>a</string></array>"), ("|1\r\n+a\r\n:1\r\n:2\r\n", "<integer>2</integer>"),
        ])
    func types(reply: String, expected: String) {
        #expect(xmlBody(reply) == expected)
    }

    @Test("text is escaped where XML needs it and raw everywhere else")
    func escaping() {
        #expect(xmlBody("*1\r\n$16\r\na&b<c>d\"e'\t\n\réx\r\n") == "<array><string>a&amp;b&lt;c&gt;d\"e'\t\n&#13;éx</string></array>")
    }

    @Test("text that XML cannot carry stands in base64", arguments: [[0x00], [0x1B], [0xFF], [0xC3], [0xEF, 0xBF, 0xBE], [0xEF, 0xBF, 0xBF], [0xED, 0xA0, 0x80]] as [[UInt8]])
    func base64(bytes: [UInt8]) {
        let reply = Array("*1\r\n$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8)
        let text = xml(reply).text
        #expect(text.contains("<array><string encoding=\"base64\">"))
        #expect(!XMLText.isCarriedForTest(bytes) && XMLText.isCarriedForTest(Array(text.utf8)))
        #expect(xml(Array("*1\r\n$1\r\n".utf8) + [0xFF] + Array("\r\n".utf8)).text.contains("<string encoding=\"base64\">/w==</string>"))
    }

    @Test("DEL, private use and the last plane are carried")
    func carried() {
        for text in ["\u{7F}", "\u{FFFD}", "\u{E000}", "\u{10FFFF}", "🎉", "\t\r\n"] { #expect(XMLText.isCarriedForTest(Array(text.utf8))) }
    }

    @Test("a command's name cannot break out of its attribute")
    func name() {
        #expect(xml(Array(":1\r\n".utf8), command: "a\"b<c>&\n\t").text.contains("<reply command=\"a&quot;b&lt;c&gt;&amp;&#10;&#9;\">"))
        #expect(xml(Array(":1\r\n".utf8), command: "a\u{0}").text.contains("<reply command-base64=\"YQA=\">"))
    }

    @Test("nil is missing", arguments: ["$-1\r\n", "*-1\r\n", "_\r\n"])
    func missing(reply: String) {
        #expect(xml(Array(reply.utf8)).outcome == .missing)
    }

    @Test("every reply that is no string is one balanced element", arguments: sampleReplies.filter { !$0.hasPrefix("$") && !$0.hasPrefix("|") && !$0.hasPrefix("=") && $0 != "*-1\r\n" && $0 != "_\r\n" })
    func balanced(reply: String) {
        var open: [Substring] = []
        let text = xml(Array(reply.utf8)).text
        #expect(text.hasPrefix("<?xml"))
        for tag in text.split(separator: "<").dropFirst().map({ $0.split(separator: ">", omittingEmptySubsequences: false)[0] }) {
            if tag.hasSuffix("/") { continue }
            if tag.hasPrefix("/") { #expect(open.popLast() == tag.dropFirst()) } else { open.append(tag.split(separator: " ")[0]) }
        }
        #expect(open.isEmpty)
    }
}

extension XMLText {
    fileprivate static func isCarriedForTest(_ bytes: [UInt8]) -> Bool { isCarried(bytes.span) }
}
