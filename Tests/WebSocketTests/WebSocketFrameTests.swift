import Bytes
import Testing

@testable import WebSocket

@Suite("WebSocket frames") struct WebSocketFrameTests {
    private static let mask: [UInt8] = [0x11, 0x22, 0x33, 0x44]

    /// A frame as a client sends it.
    private func frame(_ first: UInt8, _ payload: [UInt8], mask: [UInt8]? = Self.mask) -> [UInt8] {
        var bytes = [first]
        let bit: UInt8 = mask == nil ? 0 : 0x80
        switch payload.count {
        case ..<126: bytes.append(bit | UInt8(payload.count))
        case ..<65_536: bytes += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default: bytes += [bit | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        if let mask { bytes += mask + payload.enumerated().map { $1 ^ mask[$0 % 4] } } else { bytes += payload }
        return bytes
    }

    private func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// The events of `bytes`, which arrive up to these places.
    private func events(_ bytes: [UInt8], arrivals: some Sequence<Int>, max: Int = 1 << 20, checksText: Bool = true) -> [WebSocketFrameReader.Event] {
        var reader = WebSocketFrameReader(messageBytesMax: max, checksText: checksText)
        var events: [WebSocketFrameReader.Event] = []
        var start = 0
        for end in arrivals {
            while start < end {
                let (event, used) = reader.next(bytes.span.extracting(start..<end))
                #expect(used > 0)
                start += used
                if let event { events.append(event) }
                if used == 0 { break }
            }
        }
        return events
    }

    /// The same, after checking that every way of cutting comes to the same.
    private func events(_ bytes: [UInt8], max: Int = 1 << 20, checksText: Bool = true, sourceLocation: SourceLocation = #_sourceLocation) -> [WebSocketFrameReader.Event] {
        let whole = events(bytes, arrivals: [bytes.count], max: max, checksText: checksText)
        if bytes.count < 300 {
            for cut in 1..<Swift.max(2, bytes.count) { #expect(events(bytes, arrivals: [cut, bytes.count], max: max, checksText: checksText) == whole, "cut at \(cut)", sourceLocation: sourceLocation) }
            #expect(events(bytes, arrivals: 1...bytes.count, max: max, checksText: checksText) == whole, "byte by byte", sourceLocation: sourceLocation)
        }
        return whole
    }

    @Test("a message comes out as it went in, whatever its length and however it was cut", arguments: [0, 1, 7, 8, 9, 125, 126, 127, 200, 65_535, 65_536, 70_001])
    func lengths(count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        #expect(events(frame(0x82, payload)) == [.message(isText: false, payload)])
        #expect(events(frame(0x82, payload) + frame(0x81, text("x"))) == [.message(isText: false, payload), .message(isText: true, text("x"))])
    }

    @Test("fragments are joined, and control frames may stand between them")
    func fragments() {
        let bytes = frame(0x01, text("[\"EC")) + frame(0x89, text("hi")) + frame(0x00, text("HO\",")) + frame(0x8A, []) + frame(0x80, text("\"é\"]"))
        #expect(events(bytes) == [.ping(text("hi")), .pong, .message(isText: true, text("[\"ECHO\",\"é\"]"))])
    }

    @Test("a scalar may be cut between fragments, and text that is none is told so at its end")
    func utf8() {
        let scalar = text("é")
        #expect(events(frame(0x01, [scalar[0]]) + frame(0x80, [scalar[1]])) == [.message(isText: true, scalar)])
        #expect(events(frame(0x81, [0xFF])) == [.violation(code: 1007, reason: "")])
        #expect(events(frame(0x81, [0xFF]), checksText: false) == [.message(isText: true, [0xFF])])
        #expect(events(frame(0x82, [0xFF])) == [.message(isText: false, [0xFF])])
    }

    @Test("a close is told with its code, and nothing behind it is read")
    func close() {
        #expect(events(frame(0x88, []) + frame(0x81, text("x"))) == [.close(code: nil, payload: [])])
        #expect(events(frame(0x88, [0x03, 0xE8])) == [.close(code: 1000, payload: [0x03, 0xE8])])
        #expect(events(frame(0x88, [0x0F, 0xA0] + text("bye"))) == [.close(code: 4000, payload: [0x0F, 0xA0] + text("bye"))])
    }

    @Test(
        "what RFC 6455 forbids ends the connection with its code",
        arguments: [
            ([0x81, 0x01, 0x78], 1002), ([0xC1, 0x81, 0, 0, 0, 0, 0x78], 1002), ([0x83, 0x80, 0, 0, 0, 0], 1002), ([0x8B, 0x80, 0, 0, 0, 0], 1002), ([0x09, 0x80, 0, 0, 0, 0], 1002),
            ([0x89, 0xFE, 0, 126, 0, 0, 0, 0], 1002), ([0x80, 0x80, 0, 0, 0, 0], 1002), ([0x01, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0], 1002), ([0x81, 0xFE, 0, 125, 0, 0, 0, 0], 1002),
            ([0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0], 1002), ([0x81, 0xFF, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], 1002), ([0x88, 0x81, 0, 0, 0, 0, 3], 1002),
            ([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xED], 1002), ([0x88, 0x82, 0, 0, 0, 0, 0, 0], 1002), ([0x88, 0x83, 0, 0, 0, 0, 0x03, 0xE8, 0xFF], 1007),
            ([0x81, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 1, 0, 0, 0, 0], 1009), ([0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], 1009),
        ] as [([UInt8], UInt16)])
    func violations(bytes: [UInt8], code: UInt16) {
        let events = events(bytes + frame(0x81, text("x")))
        #expect(events.count == 1)
        guard case .violation(let told, _)? = events.first else { return #expect(Bool(false), "\(events)") }
        #expect(told == code)
    }

    @Test("all fragments together count for the limit")
    func limit() {
        let fragments = frame(0x02, [UInt8](repeating: 1, count: 60)) + frame(0x00, [UInt8](repeating: 2, count: 40))
        #expect(events(fragments + frame(0x80, []), max: 100).count == 1)
        #expect(events(fragments + frame(0x80, [3]), max: 100) == [.violation(code: 1009, reason: "")])
    }

    @Test("a server's frames say their length in as few bytes as they can", arguments: [(0, [0x82, 0]), (125, [0x82, 125]), (126, [0x82, 126, 0, 126]), (65_535, [0x82, 126, 255, 255]), (65_536, [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0])] as [(Int, [UInt8])])
    func writing(count: Int, head: [UInt8]) {
        let payload = [UInt8](repeating: 7, count: count)
        var output: [UInt8] = [9]
        WebSocketFrameWriter.append(.binary, payload.span, to: &output)
        #expect(output == [9] + head + payload)
        var enclosed = [9] + payload
        WebSocketFrameWriter.enclose(.binary, from: 1, in: &enclosed)
        #expect(enclosed == output)
    }

    @Test("no bytes make the reader trap, and it always uses up what it is given")
    func noise() {
        var state: UInt64 = 7
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<(state >> 33 & 31) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append([0x81, 0x01, 0x80, 0x88, 0x89, 0x82, 0xFE, 0xFF, 0x7F, 0, UInt8(truncatingIfNeeded: state >> 40)][Int(state >> 33) % 11])
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1
            let whole = events(bytes, arrivals: [bytes.count], max: 50)
            #expect(events(bytes, arrivals: 0...bytes.count, max: 50) == whole)
        }
    }
}

@Suite("The handshake of WebSockets") struct WebSocketHandshakeTests {
    private func refusal(_ key: String, version: String = "13", isGet: Bool = true, minor: Int = 1, isLenient: Bool = false) -> Int? {
        WebSocketHandshake.refusal(isGet: isGet, minorVersion: minor, version: Array(version.utf8).span, key: Array(key.utf8).span, isLenient: isLenient)?.status
    }

    @Test("it needs GET, HTTP/1.1, version 13 and a key of 16 bytes")
    func needs() {
        let key = "dGhlIHNhbXBsZSBub25jZQ=="
        #expect(refusal(key) == nil)
        #expect(refusal(key, isGet: false) == 400)
        #expect(refusal(key, minor: 0) == 400)
        #expect(refusal(key, version: "8") == 426)
        #expect(refusal(key, version: "8", isLenient: true) == nil)
        for wrong in ["", "dGhlIHNhbXBsZSBub25jZQ", "!!!!!!!!!!!!!!!!!!!!!!!!", "dGhlIHNhbXBsZSBub25j"] { #expect(refusal(wrong) == 400) }
    }

    @Test("the key is answered by the digest of itself and the RFC's number")
    func acceptance() {
        // The example of RFC 6455, section 1.3.
        let digest: [UInt8] = [0xB3, 0x7A, 0x4F, 0x2C, 0xC0, 0x62, 0x4F, 0x16, 0x90, 0xF6, 0x46, 0x06, 0xCF, 0x38, 0x59, 0x45, 0xB2, 0xBE, 0xC4, 0xEA]
        var output: [UInt8] = []
        WebSocketHandshake.appendAcceptance(of: Array("dGhlIHNhbXBsZSBub25jZQ==".utf8).span, sha1: { text in
            var copy: [UInt8] = []
            copy.append(text)
            #expect(copy == Array("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
            return digest
        }, to: &output)
        #expect(String(decoding: output, as: UTF8.self).hasSuffix("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
    }
}
