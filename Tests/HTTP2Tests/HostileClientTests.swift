import HTTP2
import HTTP2Peer
import Testing

/// Each makes work at little cost of its own. All are told ENHANCE_YOUR_CALM (11), or what the protocol has for it, and heard no more.
@Suite("Hostile clients of HTTP/2") struct HostileClientTests {
    private func isCutOff(_ world: SessionWorld) -> Bool { world.session.isOver && world.peer.goAwayCode == 11 }

    @Test("requests that are taken back at once (CVE-2023-44487)")
    func rapidReset() throws {
        let world = try SessionWorld()
        for number in 0..<1000 where !world.session.isOver {
            let stream = Int32(2 * number + 1)
            world.send(HTTP2Frame.request(stream, "/x") + HTTP2Frame.reset(stream))
        }
        #expect(isCutOff(world))
        #expect(world.requests.count <= 201)
    }

    @Test("requests that the server has to take back (CVE-2025-8671)")
    func provokedResets() throws {
        let world = try SessionWorld()
        for number in 0..<1000 where !world.session.isOver {
            let stream = Int32(2 * number + 1)
            world.send(HTTP2Frame.request(stream, "PUT", "/x", ends: false) + HTTP2Frame.grant(stream, 0))
        }
        #expect(world.session.isOver && world.peer.goAwayCode != nil)
        #expect(world.requests.count <= 201)
    }

    static let idleFloods: [(String, [UInt8])] = [
        ("pings", HTTP2Frame(.ping, [UInt8](repeating: 0, count: 8)).bytes), ("settings", HTTP2Frame(.settings).bytes),
        ("priorities", HTTP2Frame(.priority, stream: 1, [0, 0, 0, 0, 1]).bytes), ("windows", HTTP2Frame.grant(0, 1)),
        ("data without data", HTTP2Frame.data(1, [], ends: false)),
        ("padding alone", HTTP2Frame(.data, flags: HTTP2Frame.padded, stream: 1, [3, 0, 0, 0]).bytes),
    ]

    @Test("frames that bring nothing", arguments: idleFloods)
    func idleFrames(what: String, frame: [UInt8]) throws {
        let world = try SessionWorld()
        world.send(HTTP2Frame.request(1, "PUT", "/x", ends: false))
        for _ in 0..<900 { world.send(frame) }
        #expect(!world.session.isOver, "\(what)")
        // A second is over.
        world.now = 1000
        for _ in 0..<900 { world.send(frame) }
        #expect(!world.session.isOver, "\(what)")
        for _ in 0..<2000 { world.send(frame) }
        #expect(isCutOff(world), "\(what)")
    }

    @Test("frames of unknown kinds are passed over, and count as no progress")
    func unknown() throws {
        let world = try SessionWorld()
        _ = world.session.takeProgress()
        for _ in 0..<5000 { world.send(HTTP2Frame(.unknown, [1, 2, 3]).bytes) }
        #expect(!world.session.isOver && !world.session.takeProgress() && world.events.isEmpty)
    }

    @Test("acknowledgements that nobody reads")
    func unread() throws {
        let world = try SessionWorld()
        let pings = (0..<100_000).flatMap { _ in HTTP2Frame(.ping, [UInt8](repeating: 0, count: 8)).bytes }
        world.send(pings)
        #expect(isCutOff(world))
        #expect(world.peer.frames.count < 3000)
    }

    @Test("a head without an end (CONTINUATION, VU#421644)")
    func continuations() throws {
        let world = try SessionWorld()
        world.send(HTTP2Frame(.headers, flags: HTTP2Frame.endStream, stream: 1, HTTP2Frame.list([(":method", "GET")])).bytes)
        #expect(world.session.headUnderWay == 1)
        for number in 0..<100_000 where !world.session.isOver { world.send(HTTP2Frame(.continuation, stream: 1, HTTP2Frame.list([("x\(number)", "y")])).bytes) }
        #expect(world.session.isOver && world.peer.goAwayCode != nil && world.requests.isEmpty)
    }

    @Test("a few bytes that stand for many fields (HPACK)")
    func bomb() throws {
        let world = try SessionWorld { $0.headBytesMax = 8192 }
        // One field of 4000 bytes into the table, then a byte for each time that it is named.
        let value = [UInt8](repeating: 0x61, count: 4000)
        let large = [0x40] + HTTP2Frame.integer(1, prefixBits: 7) + [0x78] + HTTP2Frame.integer(4000, prefixBits: 7) + value
        let usual = HTTP2Frame.list([(":method", "GET"), (":scheme", "http"), (":authority", "h"), (":path", "/")])
        world.send(HTTP2Frame(.headers, flags: HTTP2Frame.endStream | HTTP2Frame.endHeaders, stream: 1, usual + large + [UInt8](repeating: 0xBE, count: 10_000)).bytes)
        #expect(isCutOff(world))
        #expect((world.requests[1]?.count ?? 0) <= 8200)
    }

    @Test("a head that does not come is known of, however much of it has: its beginning, a frame's part, all but the end")
    func slowHeads() throws {
        let session = try #require(HTTP2Session(HTTP2Limits()))
        #expect(session.headUnderWay == 0)
        let world = try SessionWorld()
        #expect(world.session.headUnderWay == nil)
        let request = HTTP2Frame.request(1, "/x")
        world.send(Array(request.prefix(20)))
        #expect(world.session.headUnderWay == 1)
        world.send(Array(request.dropFirst(20)))
        #expect(world.session.headUnderWay == nil)
        world.send(HTTP2Frame(.headers, flags: HTTP2Frame.endStream, stream: 3, HTTP2Frame.list([(":method", "GET")])).bytes)
        #expect(world.session.headUnderWay == 3)
        world.send(HTTP2Frame(.continuation, flags: HTTP2Frame.endHeaders, stream: 3, HTTP2Frame.list([(":scheme", "http"), (":path", "/"), (":authority", "h")])).bytes)
        #expect(world.session.headUnderWay == nil && world.requests[3] != nil)
        // One that is refused is over too.
        world.send(HTTP2Frame.request(5, "/x", [("connection", "close")]))
        #expect(world.session.headUnderWay == nil && world.peer.response(5).resetCode == 1)
    }

    @Test("more streams than may be open")
    func manyStreams() throws {
        let world = try SessionWorld { $0.streamsMax = 3 }
        world.send(HTTP2Frame(.settings, flags: HTTP2Frame.acknowledges).bytes)
        for stream: Int32 in [1, 3, 5] { world.send(HTTP2Frame.request(stream, "/x")) }
        #expect(world.session.streamCount == 3)
        world.send(HTTP2Frame.request(7, "/x"))
        #expect(world.requests[7] == nil)
        #expect(world.peer.response(7).resetCode == 7 || world.session.isOver)
    }

    static let wrongFrames: [(String, [UInt8])] = [
        ("a length over the limit", [0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 1]), ("data on stream 0", HTTP2Frame.data(0, [1])), ("a head on an even stream", HTTP2Frame.request(2, "/x")),
        ("a ping of 7 bytes", HTTP2Frame(.ping, [UInt8](repeating: 0, count: 7)).bytes), ("a window over the largest", HTTP2Frame.grant(0, 0x7FFF_FFFF)),
        ("a push", HTTP2Frame(.pushPromise, flags: 4, stream: 1, [0, 0, 0, 2]).bytes), ("a continuation of nothing", HTTP2Frame(.continuation, stream: 1, [1]).bytes),
        ("fields that are no HPACK", HTTP2Frame(.headers, flags: 5, stream: 1, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]).bytes),
    ]

    @Test("what is no HTTP/2 ends the connection", arguments: wrongFrames)
    func wrong(what: String, bytes: [UInt8]) throws {
        let world = try SessionWorld()
        world.send(bytes)
        #expect(world.session.isOver && (world.peer.goAwayCode ?? 0) != 0, "\(what)")
        #expect(world.requests.isEmpty, "\(what)")
        world.send(HTTP2Frame.request(3, "/x"))
        #expect(world.requests.isEmpty, "\(what)")
    }

    @Test("whoever does not begin as a client does")
    func noPreface() throws {
        let session = try #require(HTTP2Session(HTTP2Limits()))
        Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8).withUnsafeBytes { session.receive($0, now: 0) }
        #expect(session.isOver)
    }

    @Test("who is told to leave opens no more streams; those that are open are served")
    func goAway() throws {
        let world = try SessionWorld()
        world.send(HTTP2Frame.request(1, "/x"))
        world.session.announceEnd()
        world.flush()
        #expect(world.peer.goAwayLastStream == 0x7FFF_FFFF && world.peer.goAwayCode == 0)
        world.send(HTTP2Frame.request(3, "/y"))
        world.session.refuseNewStreams()
        world.flush()
        #expect(world.peer.goAwayLastStream == 3)
        world.send(HTTP2Frame.request(5, "/z"))
        #expect(world.requests[3] != nil && world.requests[5] == nil && !world.session.isOver)
        for stream: Int32 in [1, 3] { world.respond("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", on: stream) }
        #expect(world.peer.response(1).isWhole && world.peer.response(3).isWhole && world.session.isOver)
    }
}
