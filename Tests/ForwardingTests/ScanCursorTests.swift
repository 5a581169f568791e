import RESP
import Testing

@testable import Forwarding

@Suite("Cursors of scans") struct ScanCursorTests {
    private func request(_ words: String...) -> [UInt8] {
        var output: [UInt8] = []
        CommandWriter.append(words.map { Array($0.utf8) }, to: &output)
        return output
    }

    private func marked(_ reply: String, _ mark: ScanCursor.Mark) -> String? {
        let bytes = Array(reply.utf8)
        guard case .replaced(let count, let head) = ScanCursor.marked(bytes.span, mark) else { return nil }
        return String(decoding: head + bytes[count...], as: UTF8.self)
    }

    @Test("a cursor comes back to its server as that gave it, and starts anew at every other", arguments: [1, 17, 176, 65_535, 1_073_741_824, 137_438_953_471] as [UInt64])
    func there(cursor: UInt64) throws {
        let given = UInt64(9) << 37 | cursor
        #expect(given < 1 << 53)
        #expect(marked("*2\r\n$\("\(cursor)".count)\r\n\(cursor)\r\n*1\r\n$1\r\nk\r\n", 9) == "*2\r\n$\("\(given)".count)\r\n\(given)\r\n*1\r\n$1\r\nk\r\n")
        for words in [["SCAN", "\(given)", "COUNT", "10"], ["hScan", "key", "\(given)"], ["SSCAN", "k", "\(given)", "MATCH", "*"], ["ZSCAN", "", "\(given)"], ["EVAL", "a script", "0", "\(given)", "COUNT", "10"]] {
            var (here, anew, sent): ([UInt8], [UInt8], [UInt8]) = ([], [], [])
            CommandWriter.append(words.map { Array($0.utf8) }, to: &sent)
            CommandWriter.append(words.map { Array(($0 == "\(given)" ? "\(cursor)" : $0).utf8) }, to: &here)
            CommandWriter.append(words.map { Array(($0 == "\(given)" ? "0" : $0).utf8) }, to: &anew)
            #expect(ScanCursor.verdict(on: sent.span, mark: 9) == .rewritten(here))
            #expect(ScanCursor.verdict(on: sent.span, mark: 10) == .stale(restarted: anew))
        }
    }

    @Test("a scan begins at 0, and goes on at every other number")
    func begins() {
        for (words, expected) in [(["SCAN", "0"], false), (["SCAN", "17"], true), (["HSCAN", "17", "0"], false), (["HSCAN", "0", "17"], true), (["SCAN"], false), (["SCAN", "x"], false)] {
            var sent: [UInt8] = []
            CommandWriter.append(words.map { Array($0.utf8) }, to: &sent)
            #expect(ScanCursor.goesOn(sent.span) == expected, "\(words)")
        }
    }

    @Test("what bears no mark, or is no cursor, goes as it is", arguments: [
        ["SCAN", "0"], ["SCAN", "17"], ["SCAN"], ["HSCAN", "k"], ["SCAN", "x"], ["SCAN", "-1"], ["SCAN", "9007199254740992"], ["SCAN", "18446744073709551616"],
        ["SCAN", ""], ["HSCAN", "1236950581265", "0"], ["SCAN", "0000000000000000000000001236950581265"],
    ])
    func unmarked(words: [String]) {
        var sent: [UInt8] = []
        CommandWriter.append(words.map { Array($0.utf8) }, to: &sent)
        #expect(ScanCursor.verdict(on: sent.span, mark: 9) == .asItIs)
    }

    @Test("replies without a cursor, the last of a scan, and errors stay as they are", arguments: [
        "*2\r\n$1\r\n0\r\n*0\r\n", "-ERR invalid cursor\r\n", "+QUEUED\r\n", "*-1\r\n", "*2\r\n:1\r\n*0\r\n", "*2\r\n$3\r\nabc\r\n*0\r\n", "$-1\r\n",
        "*2\r\n$12\r\n137438953472\r\n*0\r\n", "*2\r\n$99\r\n1", "*2\r\n$\r\n17", "*2\r\n$20000000000000000000000000000",
    ])
    func otherReplies(reply: String) { #expect(ScanCursor.marked(Array(reply.utf8).span, 9) == .asItIs) }

    @Test("a reply may come a byte at a time")
    func pieces() {
        let reply = Array("*2\r\n$2\r\n17\r\n*0\r\n".utf8)
        for count in 0..<10 { #expect(ScanCursor.marked(Array(reply[..<count]).span, 9) == .incomplete) }
        for count in 10...reply.count {
            guard case .replaced(let used, _) = ScanCursor.marked(Array(reply[..<count]).span, 9) else { return #expect(Bool(false), "\(count)") }
            #expect(used == 10)
        }
    }

    @Test("servers are told apart by what INFO calls them")
    func marks() {
        let mark = ScanCursor.mark(inInformation: "# Server\r\nredis_version:7.0\r\nrun_id:29f1c1\r\ntcp_port:1\r\n")
        #expect(mark == ScanCursor.mark(of: Array("29f1c1".utf8)))
        #expect(mark != ScanCursor.mark(of: Array("29f1c2".utf8)))
        #expect(ScanCursor.mark(inInformation: "# Server\r\nrun_id:\r\n") == nil)
        #expect(ScanCursor.mark(inInformation: "") == nil)
    }
}
