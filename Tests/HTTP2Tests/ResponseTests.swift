import HTTP2
import HTTP2Peer
import Testing

@Suite("Responses of HTTP/2") struct ResponseTests {
    private func opened(_ method: String = "GET", window: UInt32 = 65_535) throws -> SessionWorld {
        let world = try SessionWorld(settings: [HTTP2Frame.window(window)])
        world.send(HTTP2Frame.request(1, method, "/x"))
        return world
    }

    @Test("lose what speaks of the connection; names are in lower case", arguments: [Int.max, 1, 3])
    func fields(pieceBytes: Int) throws {
        let world = try opened()
        world.respond("HTTP/1.1 200 OK\r\nServer: Mastergate\r\nConnection: Keep-Alive\r\nContent-Type: Text/Plain\r\nContent-Length: 5\r\n\r\nhello", pieceBytes: pieceBytes)
        let response = world.peer.response(1)
        #expect(response.fields == [":status": "200", "server": "Mastergate", "content-type": "Text/Plain", "content-length": "5"])
        #expect(response.text == "hello" && response.isWhole && world.isClosed == [1])
    }

    @Test("lose the framing of chunks", arguments: [Int.max, 1, 3])
    func chunks(pieceBytes: Int) throws {
        let world = try opened()
        world.respond("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", pieceBytes: pieceBytes)
        #expect(world.peer.response(1).text == "hello" && !world.peer.response(1).isWhole)
        world.respond("C\r\n, and more!!\r\n0\r\n\r\n", pieceBytes: pieceBytes)
        #expect(world.peer.response(1).text == "hello, and more!!" && world.peer.response(1).isWhole)
        #expect(world.peer.response(1).fields == [":status": "200"])
    }

    @Test("without a body end with their head", arguments: [("HEAD", "200 OK"), ("GET", "304 Not Modified"), ("GET", "204 No Content")])
    func bodyless(method: String, status: String) throws {
        let world = try opened(method)
        world.respond("HTTP/1.1 \(status)\r\nContent-Length: 5\r\n\r\n")
        #expect(world.peer.response(1).isWhole && world.peer.response(1).fields["content-length"] == "5")
        #expect(!world.peer.frames.contains { $0.kind == .data })
    }

    @Test("may follow on 100, which asks for the body")
    func interim() throws {
        let world = try SessionWorld()
        world.send(HTTP2Frame.request(1, "PUT", "/x", [("expect", "100-continue"), ("content-length", "2")], ends: false))
        world.respond("HTTP/1.1 100 Continue\r\n\r\n")
        #expect(world.peer.response(1).interim == [100])
        world.send(HTTP2Frame.data(1, Array("ok".utf8)))
        world.respond("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(world.peer.response(1).status == 200 && world.peer.response(1).isWhole)
    }

    @Test("that are whole before their request end the request too")
    func early() throws {
        let world = try SessionWorld()
        world.send(HTTP2Frame.request(1, "PUT", "/x", ends: false))
        world.respond("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
        #expect(world.peer.response(1).status == 401 && world.peer.response(1).text == "no")
        // NO_ERROR (RFC 9113, section 8.1)
        #expect(world.peer.response(1).resetCode == 0)
    }

    @Test("that break off, or are none, are seen to be cut short", arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "SSH-2.0\r\n\r\n"])
    func cutShort(text: String) throws {
        let world = try opened()
        world.respond(text)
        world.session.responseEnded(on: 1)
        world.flush()
        // INTERNAL_ERROR
        #expect(world.peer.response(1).resetCode == 2 && !world.peer.response(1).isWhole)
        #expect(world.peer.goAwayCode == nil)
    }

    @Test("without a length end where their connection does")
    func untilEnd() throws {
        let world = try opened()
        world.respond("HTTP/1.1 200 OK\r\n\r\nabc")
        #expect(!world.peer.response(1).isWhole)
        world.session.responseEnded(on: 1)
        world.flush()
        #expect(world.peer.response(1).isWhole && world.peer.response(1).text == "abc")
    }

    @Test("wait for the client's window, and only so much of them is taken")
    func slowReader() throws {
        let world = try opened(window: 10)
        let body = String(repeating: "b", count: 200_000)
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + body
        var taken = world.respond(text)
        #expect(taken < 70_000 && world.peer.response(1).body.count == 10)
        #expect(world.session.waitingBytes(on: 1) <= 64 << 10)
        world.send(HTTP2Frame.grant(1, 1 << 20) + HTTP2Frame.grant(0, 1 << 20))
        var rounds = 0
        while taken < text.utf8.count, rounds < 100 {
            #expect(world.events.contains(.hasRoom(stream: 1)))
            taken += world.respond(String(decoding: Array(text.utf8).dropFirst(taken), as: UTF8.self))
            rounds += 1
        }
        #expect(world.peer.response(1).text == body && world.peer.response(1).isWhole)
    }
}
