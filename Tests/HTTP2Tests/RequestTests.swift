import HTTP2
import HTTP2Peer
import Testing

@Suite("Requests of HTTP/2") struct RequestTests {
    @Test("become requests of HTTP/1.1: the authority is Host, crumbs of cookies are one field", arguments: [Int.max, 1, 7])
    func request(pieceBytes: Int) throws {
        let world = try SessionWorld()
        world.send(HTTP2Frame.request(1, "/GET/a?x=1", [("accept", "*/*"), ("cookie", "a=1"), ("te", "trailers"), ("cookie", "b=2")]), pieceBytes: pieceBytes)
        #expect(world.requests[1] == "GET /GET/a?x=1 HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\ncookie: a=1; b=2\r\n\r\n")
    }

    @Test("Host does where there is no authority, and must not say something else")
    func host() throws {
        let world = try SessionWorld()
        world.send(HTTP2Frame.head(1, [(":method", "GET"), (":scheme", "http"), (":path", "/"), ("host", "h")]))
        #expect(world.requests[1] == "GET / HTTP/1.1\r\nhost: h\r\n\r\n")
        world.send(HTTP2Frame.request(3, "/", [("host", "LocalHost")]))
        #expect(world.requests[3] == "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        world.send(HTTP2Frame.request(5, "/", [("host", "other")]))
        #expect(world.requests[5] == nil && world.peer.response(5).resetCode == 1)
    }

    @Test("a body of a declared length goes as it is, one of unknown length in chunks; trailers say nothing", arguments: [Int.max, 1, 5])
    func bodies(pieceBytes: Int) throws {
        let world = try SessionWorld()
        world.send(HTTP2Frame.request(1, "PUT", "/SET/a", [("content-length", "5")], ends: false), pieceBytes: pieceBytes)
        world.send(HTTP2Frame.data(1, Array("ab".utf8), ends: false) + HTTP2Frame.data(1, Array("cde".utf8)))
        #expect(world.requests[1] == "PUT /SET/a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\nabcde")
        world.send(HTTP2Frame.request(3, "PUT", "/SET/a", ends: false))
        world.send(HTTP2Frame.data(3, Array("0123456789abcdefg".utf8), ends: false))
        world.send(HTTP2Frame.head(3, [("x-sum", "1")]))
        #expect(world.requests[3] == "PUT /SET/a HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n11\r\n0123456789abcdefg\r\n0\r\n\r\n")
    }

    static let malformedHeads: [(String, [(String, String)])] = {
        let usual = [(":method", "GET"), (":scheme", "http"), (":authority", "h"), (":path", "/")]
        return [
            ("no method", Array(usual.dropFirst())), ("no path", Array(usual.dropLast())), ("no scheme", usual.filter { $0.0 != ":scheme" }),
            ("a pseudo-header field twice", usual + [(":path", "/b")]), ("an unknown one", usual + [(":protocol", "websocket")]),
            ("one of a response", usual + [(":status", "200")]), ("one behind fields", [("a", "b")] + usual),
            ("a path that is no path", usual.dropLast() + [(":path", "GET/a")]), ("an empty path", usual.dropLast() + [(":path", "")]),
            ("a line end in the path", usual.dropLast() + [(":path", "/a HTTP/1.1\r\nX: y")]), ("a space in the path", usual.dropLast() + [(":path", "/a b")]),
            ("a line end in the method", [(":method", "GET / HTTP/1.1\r\n\r\nGET")] + usual.dropFirst()),
            ("a line end in the authority", [(":method", "GET"), (":scheme", "http"), (":authority", "h\r\nX: y"), (":path", "/")]),
            ("credentials in the authority", [(":method", "GET"), (":scheme", "http"), (":authority", "u:p@h"), (":path", "/")]),
            ("a line end in a value", usual + [("x", "a\r\nauthorization: b")]), ("a line feed in a value", usual + [("x", "a\nb")]),
            ("a NUL in a value", usual + [("x", "a\0b")]), ("a line end in a name", usual + [("x\r\ny", "a")]), ("a colon in a name", usual + [("x: y", "a")]),
            ("a capital in a name", usual + [("Accept", "a")]), ("an empty name", usual + [("", "a")]), ("a space in a name", usual + [("a b", "a")]),
            ("Connection", usual + [("connection", "close")]), ("Transfer-Encoding", usual + [("transfer-encoding", "chunked")]),
            ("Upgrade", usual + [("upgrade", "websocket")]), ("Keep-Alive", usual + [("keep-alive", "1")]), ("TE", usual + [("te", "gzip")]),
            ("two lengths", usual + [("content-length", "0"), ("content-length", "0")]), ("a length that is none", usual + [("content-length", "+0")]),
            ("a length without a body", usual + [("content-length", "5")]), ("a tunnel", [(":method", "CONNECT"), (":authority", "h:1")]),
        ]
    }()

    @Test("one that is malformed is reset and reaches nobody", arguments: malformedHeads)
    func malformed(_ what: String, _ fields: [(String, String)]) throws {
        let world = try SessionWorld()
        world.send(HTTP2Frame.head(1, fields))
        #expect(world.requests[1] == nil, "\(what)")
        #expect(world.peer.response(1).resetCode == 1 || world.peer.goAwayCode == 1, "\(what)")
        // Nobody else minds.
        if world.peer.goAwayCode == nil {
            world.send(HTTP2Frame.request(3, "/"))
            #expect(world.requests[3] != nil)
        }
    }

    @Test("a body that is longer or shorter than its length is not handed on to its end")
    func lengths() throws {
        let world = try SessionWorld()
        world.send(HTTP2Frame.request(1, "PUT", "/SET/a", [("content-length", "3")], ends: false) + HTTP2Frame.data(1, Array("abcGET /FLUSHALL".utf8)))
        #expect(world.requests[1]?.hasSuffix("\r\n\r\n") == true && world.peer.response(1).resetCode == 1)
        // Not even where all that was declared has come already.
        world.send(HTTP2Frame.request(5, "PUT", "/SET/a", [("content-length", "3")], ends: false) + HTTP2Frame.data(5, Array("abc".utf8), ends: false))
        #expect(world.requests[5]?.hasSuffix("\r\n\r\nab") == true)
        world.send(HTTP2Frame.data(5, Array("d".utf8)))
        #expect(world.requests[5]?.hasSuffix("\r\n\r\nab") == true && world.peer.response(5).resetCode == 1)
        world.send(HTTP2Frame.request(7, "PUT", "/SET/a", [("content-length", "3")], ends: false) + HTTP2Frame.data(7, Array("abc".utf8), ends: false))
        world.send(HTTP2Frame.data(7, []))
        #expect(world.requests[7]?.hasSuffix("\r\n\r\nabc") == true)
        world.send(HTTP2Frame.request(9, "PUT", "/SET/a", [("content-length", "3")], ends: false) + HTTP2Frame.data(9, Array("ab".utf8)))
        #expect(world.peer.response(9).resetCode == 1)
    }

    @Test("a head over the limit is handed on so long that it is refused, and of no more than that is anything kept")
    func tooLarge() throws {
        let world = try SessionWorld { $0.headBytesMax = 2000 }
        let field = ("x", String(repeating: "a", count: 500))
        world.send(HTTP2Frame.request(1, "/GET/a", [field, field, field, field, field]))
        let head = try #require(world.requests[1])
        #expect(head.utf8.count == 2001 && !head.contains("\r\n\r\n"))
        world.send(HTTP2Frame.request(3, "/\(String(repeating: "a", count: 3000))"))
        #expect(world.requests[3]?.hasPrefix("GET /xx") == true && world.requests[3]?.utf8.count == 2001)
    }

    @Test("the client may send as much as has been dealt with, on a stream and on all together")
    func windows() throws {
        let world = try SessionWorld { $0.streamWindowBytes = 1000 }
        world.send(HTTP2Frame(.settings, flags: HTTP2Frame.acknowledges).bytes)
        world.consumes = false
        world.send(HTTP2Frame.request(1, "PUT", "/SET/a", ends: false) + HTTP2Frame.data(1, [UInt8](repeating: 1, count: 1000), ends: false))
        #expect(!world.peer.frames.contains { $0.kind == .windowUpdate && $0.stream == 1 })
        world.session.consumed(1000, of: 1)
        world.flush()
        #expect(world.peer.frames.contains { $0 == HTTP2Frame(.windowUpdate, stream: 1, HTTP2Frame.word(1000)) })
        world.send(HTTP2Frame.data(1, [UInt8](repeating: 1, count: 1001), ends: false))
        // FLOW_CONTROL_ERROR
        #expect(world.peer.response(1).resetCode == 3 || world.peer.goAwayCode == 3)
    }
}
