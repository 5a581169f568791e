import Bytes
import Testing

@testable import HTTP1

@Suite("Fields that were just read") struct FieldMemoTests {
    private func parse(_ text: String, _ memo: inout FieldMemo, leniency: HTTPLeniency = []) -> RequestHeadParser.Progress {
        var limits = HTTPLimits()
        limits.leniency = leniency
        var parser = RequestHeadParser(limits: limits)
        return parser.parse(Array(text.utf8).span, &memo)
    }

    private func head(_ progress: RequestHeadParser.Progress) throws -> (RequestHead, Int) {
        guard case .complete(let head, let count) = progress else { throw Incomplete() }
        return (head, count)
    }

    private struct Incomplete: Error {}

    private static let fields = [
        "Host: gw\r\n\r\n",
        "Host: gw\r\nAccept: */*\r\nUser-Agent: x\r\nConnection: close\r\n\r\n",
        "Host: gw\r\nOrigin: http://a\r\nIf-None-Match: \"x\"\r\nAccept-Encoding: gzip\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "Host: gw\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
        "Host: gw\r\nTransfer-Encoding: chunked\r\n\r\n",
        "Host: gw\r\nAuthorization: Basic YTpi\r\n\r\n",
    ]

    @Test("a head whose fields are recalled says what one says that is read anew", arguments: fields, fields)
    func equal(first: String, second: String) throws {
        var memo = FieldMemo()
        _ = parse("GET /short HTTP/1.1\r\n" + first, &memo)
        for line in ["GET /another/longer/path HTTP/1.1\r\n", "POST /x HTTP/1.0\r\n", "GET /x HTTP/1.1\r\n"] {
            for rest in ["", "GET /next HTTP/1.1\r\nHost: other\r\n\r\n"] {
                var fresh = FieldMemo()
                let expected = parse(line + second + rest, &fresh)
                #expect(parse(line + second + rest, &memo) == expected, "\(line)\(second)")
            }
        }
    }

    @Test("fields with credentials are not kept")
    func credentials() throws {
        var memo = FieldMemo()
        _ = parse("GET / HTTP/1.1\r\nHost: gw\r\nAuthorization: Basic YTpi\r\n\r\n", &memo)
        #expect(memo.count == 0)
        _ = parse("GET / HTTP/1.1\r\nHost: gw\r\n\r\n", &memo)
        #expect(memo.count == 12)
    }

    @Test("a line that is cut short is not taken for one that was read whole")
    func cut() throws {
        var memo = FieldMemo()
        _ = parse("GET / HTTP/1.1\r\nHost: gw\r\n\r\n", &memo)
        #expect(parse("GET / HTTP/1.1\r\nHost: gw\r\n\r", &memo) == .incomplete)
        #expect(try head(parse("GET / HTTP/1.1\r\nHost: gw\r\nX: y\r\n\r\n", &memo)).1 == 34)
    }

    @Test("that a version ends the connection is no property of the fields")
    func version() throws {
        var memo = FieldMemo()
        #expect(try !head(parse("GET / HTTP/9.9\r\nHost: gw\r\n\r\n", &memo, leniency: .webdis)).0.keepAlive)
        #expect(try head(parse("GET / HTTP/1.1\r\nHost: gw\r\n\r\n", &memo, leniency: .webdis)).0.keepAlive)
    }

    @Test("recalled fields count toward the size of a head")
    func size() {
        var limits = HTTPLimits()
        limits.headBytesMax = 60
        var memo = FieldMemo()
        var parser = RequestHeadParser(limits: limits)
        guard case .complete = parser.parse(Array("GET / HTTP/1.1\r\nHost: gw\r\nX-Long: yyyyyyyy\r\n\r\n".utf8).span, &memo) else {
            Issue.record("not complete")
            return
        }
        parser = RequestHeadParser(limits: limits)
        let long = "GET /" + String(repeating: "a", count: 30) + " HTTP/1.1\r\nHost: gw\r\nX-Long: yyyyyyyy\r\n\r\n"
        guard case .malformed(let problem) = parser.parse(Array(long.utf8).span, &memo) else {
            Issue.record("not refused")
            return
        }
        #expect(problem.status == 431)
    }
}
