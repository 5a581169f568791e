import Forwarding
import Testing

@Suite("The edges of a reply") struct ReplyEdgesTests {
    private func edges(_ reply: [UInt8], by step: Int) -> ReplyEdges {
        var edges = ReplyEdges()
        for start in stride(from: 0, to: reply.count, by: step) {
            let piece = Array(reply[start..<min(start + step, reply.count)])
            edges.append(piece.span)
        }
        return edges
    }

    @Test("the first word and the last number are seen however the reply is cut, and however long its middle is")
    func cuts() {
        for length in [0, 1, 10, 31, 32, 33, 5000] {
            let reply = bytes("*3\r\n$9\r\nsubscribe\r\n$\(length)\r\n") + [UInt8](repeating: 58, count: length) + bytes("\r\n:17\r\n")
            for step in [1, 2, 7, 31, 32, 33, 100_000] {
                let edges = edges(reply, by: step)
                #expect(edges.firstElement.map { text($0) } == "subscribe")
                #expect(edges.lastInteger == 17)
            }
        }
    }

    @Test("messages of channels are told from all else, whole or in pieces")
    func messages() {
        for head in ["*3\r\n$7\r\nmessage\r\n", ">3\r\n$7\r\nmessage\r\n", "*4\r\n$8\r\npmessage\r\n", "*3\r\n$8\r\nsmessage\r\n"] {
            let reply = bytes(head + "$1\r\nc\r\n$2\r\nhi\r\n")
            #expect(ReplyEdges(whole: reply.span).isMessage, "\(head)")
            #expect(edges(reply, by: 1).isMessage, "\(head)")
        }
        for other in [
            "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n", "*3\r\n$7\r\nmassage\r\n$1\r\nc\r\n:1\r\n", "*3\r\n$8\r\nxmessage\r\n$1\r\nc\r\n:1\r\n",
            "$30\r\n$7\r\nmessage\r\n$7\r\nmessage\r\n....\r\n", "+OK\r\n", "*0\r\n",
        ] {
            let reply = bytes(other)
            #expect(!ReplyEdges(whole: reply.span).isMessage, "\(other)")
            #expect(!edges(reply, by: 1).isMessage, "\(other)")
            #expect(text(ReplyEdges(whole: reply.span).firstElement ?? []) == text(edges(reply, by: 1).firstElement ?? []))
        }
    }

    @Test("other replies have no such edges")
    func others() {
        #expect(edges(bytes("+OK\r\n"), by: 1).firstElement == nil)
        #expect(edges(bytes("*0\r\n"), by: 1).firstElement == nil)
        #expect(edges(bytes("$5\r\n:abc\r\r\n"), by: 2).lastInteger == nil)
        #expect(edges([], by: 1).lastInteger == nil)
    }
}
