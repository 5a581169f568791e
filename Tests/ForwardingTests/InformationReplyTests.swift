import Bytes
import Testing

@testable import Forwarding

@Suite("The clients that INFO counts") struct InformationReplyTests {
    private func counted(_ text: String, _ difference: Int) -> ReplyTranslation.Outcome { InformationReply.counted(Array(text.utf8).span, difference: difference) }

    private func bulk(_ text: String, kind: String = "$") -> String { "\(kind)\(text.utf8.count)\r\n\(text)" }

    @Test("the difference is added, in either form of the reply, and its length fits", arguments: ["$", "="])
    func counts(kind: String) throws {
        let before = bulk("# Clients\r\nconnected_clients:98\r\nblocked_clients:3\r\n", kind: kind)
        let after = bulk("# Clients\r\nconnected_clients:105\r\nblocked_clients:3\r\n", kind: kind)
        #expect(counted(before + "\r\n", 7) == .replaced(count: before.utf8.count, by: Array(after.utf8)))
    }

    @Test("who asks is a client", arguments: [-98, -1000, .min])
    func one(difference: Int) {
        let before = bulk("connected_clients:98\r\n")
        #expect(counted(before + "\r\n", difference) == .replaced(count: before.utf8.count, by: Array(bulk("connected_clients:1\r\n").utf8)))
    }

    @Test("whatever has come of the reply, the outcome is the same in the end, and none before")
    func pieces() {
        let before = Array((bulk("# Clients\r\nconnected_clients:98\r\n") + "\r\n").utf8)
        for count in 0..<before.count { #expect(InformationReply.counted(before.span.extracting(0..<count), difference: 1) == .incomplete, "\(count)") }
    }

    @Test(
        "what is no such text stays as it is",
        arguments: [
            "-NOPERM no\r\n", "*1\r\n$2\r\nhi\r\n", "$-1\r\n", "$5\r\nhello\r\n", "$0\r\n\r\n", "$99999999999999999999999999999\r\n", "$9999999\r\nconnected_clients:1", "$abc\r\n",
            "$22\r\nxconnected_clients:98\r\n\r\n", "$21\r\nconnected_clients:\r\n98\r\n", "$40\r\nconnected_clients:99999999999999999999\r\n\r\n",
        ])
    func others(reply: String) { #expect(counted(reply, 1) == .asItIs) }
}
