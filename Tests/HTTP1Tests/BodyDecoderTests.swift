import Bytes
import Testing

@testable import HTTP1

@Suite("Request body") struct BodyDecoderTests {
    private func decoder(_ field: String, bodyBytesMax: Int = 1000) throws -> BodyDecoder {
        var limits = HTTPLimits()
        limits.bodyBytesMax = bodyBytesMax
        let separator = field.isEmpty ? "" : "\r\n"
        return BodyDecoder(try head("POST / HTTP/1.1\r\nHost: a\r\n\(field)\(separator)\r\n"), limits: limits)
    }

    private func chunked(_ bodyBytesMax: Int = 1000) throws -> BodyDecoder {
        try decoder("Transfer-Encoding: chunked", bodyBytesMax: bodyBytesMax)
    }

    /// Decodes `text` cut at every place; all ways have to agree on the body and on where it ends.
    private func decode(_ text: String, with start: BodyDecoder) -> (body: String, end: BodyDecoder.Progress) {
        let bytes = Array(text.utf8)
        var whole: [UInt8] = []
        var decoder = start
        let expected = decoder.decode(bytes.span, into: &whole)
        for cut in 0...bytes.count {
            var body: [UInt8] = []
            decoder = start
            var progress = decoder.decode(bytes.span.extracting(first: cut), into: &body)
            if case .incomplete(let consumed) = progress {
                #expect(consumed == cut)
                progress = decoder.decode(bytes.span.extracting(droppingFirst: cut), into: &body)
                progress = progress.moved(by: cut)
            }
            #expect(progress == expected, "cut at \(cut)")
            if case .malformed = expected { continue }
            #expect(body == whole, "cut at \(cut)")
        }
        return (String(decoding: whole, as: UTF8.self), expected)
    }

    private func refusal(_ text: String, with decoder: BodyDecoder) -> Int? {
        if case .malformed(let problem) = decode(text, with: decoder).end { problem.status } else { nil }
    }

    @Test("a declared length takes exactly that many bytes")
    func length() throws {
        let (body, end) = decode("helloGET", with: try decoder("Content-Length: 5"))
        #expect(body == "hello")
        #expect(end == .complete(consumed: 5))
        #expect(decode("hel", with: try decoder("Content-Length: 5")).end == .incomplete(consumed: 3))
    }

    @Test("a request that declares no body, or an empty one, is complete without a byte", arguments: ["", "Content-Length: 0"])
    func empty(field: String) throws {
        #expect(decode("GET", with: try decoder(field)).end == .complete(consumed: 0))
    }

    @Test("a length above the limit is refused before the first byte")
    func lengthLimit() throws {
        #expect(refusal("", with: try decoder("Content-Length: 1001")) == 413)
        #expect(decode("", with: try decoder("Content-Length: 1000")).end == .incomplete(consumed: 0))
    }

    @Test(
        "chunks are joined; extensions and trailers are dropped",
        arguments: [
            ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"), ("3\r\nGET\r\n2\r\n/x\r\n0\r\n\r\n", "GET/x"),
            ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("0003\r\nabc\r\n000\r\n\r\n", "abc"),
            ("3;a=b;c=\"d\"\r\nabc\r\n0;x\r\n\r\n", "abc"), ("3 ; a\r\nabc\r\n0\r\n\r\n", "abc"), ("3\r\na\r\n\r\n0\r\nA: b\r\nC: d\r\n\r\n", "a\r\n"),
            ("0\r\nA:\r\nB::\t:\r\n\r\n", ""),
        ])
    func chunks(text: String, expected: String) throws {
        let (body, end) = decode(text + "NEXT", with: try chunked())
        #expect(body == expected)
        #expect(end == .complete(consumed: text.utf8.count))
    }

    @Test(
        "malformed chunks are refused",
        arguments: [
            "\r\n", "g\r\n", "-1\r\n", "0x3\r\nabc\r\n", "3\nabc", "3\r\rabc", "3\r\nabcd", "3\r\nabc\n", "3\r\nabc\rX", ";x\r\n", " 3\r\n",
            "3 x\r\n", "3;a\nabc", "3;\u{0}\r\n", "3;\u{1f}\r\n", "0\r\n\rX", "0\r\n\n", "0\r\nA: \u{0}\r\n", "0\r\nA\nB\r\n", "3 \r\nabc",
            "0\r\nnocolon\r\n", "0\r\nX y\r\n", "0\r\nGET /SET/s/1 HTTP/1.1\r\n", "0\r\n: v\r\n", "0\r\nA : v\r\n", "0\r\n A: v\r\n", "0\r\nA: b\r\n folded\r\n", "0\r\nA: b\r\nC\r\n",
        ])
    func malformed(text: String) throws {
        #expect(refusal(text, with: try chunked()) == 400)
    }

    @Test("chunks may fill the body limit together and not a byte more")
    func chunkLimit() throws {
        #expect(decode("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", with: try chunked(5)).body == "abcde")
        #expect(refusal("3\r\nabc\r\n3\r\n", with: try chunked(5)) == 413)
        #expect(refusal("6\r\n", with: try chunked(5)) == 413)
    }

    @Test("no size overflows", arguments: ["ffffffffffffffff\r\n", "fffffffffffffffffffffffff\r\n", "7fffffffffffffff\r\n", "8000000000000000\r\n"])
    func hugeSizes(text: String) throws {
        #expect(refusal(text, with: try chunked()) == 413)
        #expect(refusal("1\r\na\r\n" + text, with: try chunked(Int.max)) == 413)
    }

    @Test("what is read and thrown away is bounded")
    func overhead() throws {
        var body: [UInt8] = []
        var decoder = try chunked()
        let long = Array(("1;" + String(repeating: "x", count: HTTPLimits.chunkExtensionBytesMax) + "\r\n").utf8)
        guard case .malformed(let first) = decoder.decode(long.span, into: &body) else { return #expect(Bool(false)) }
        #expect(first.status == 400)
        decoder = try chunked()
        let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: HTTPLimits.chunkExtensionBytesMax + 20)
        guard case .malformed(let second) = decoder.decode(zeros.span, into: &body) else { return #expect(Bool(false)) }
        #expect(second.status == 400)
        decoder = try chunked()
        let trailers = Array(("0\r\n" + String(repeating: "A: b\r\n", count: HTTPLimits.trailerBytesMax / 4 + 1)).utf8)
        guard case .malformed(let third) = decoder.decode(trailers.span, into: &body) else { return #expect(Bool(false)) }
        #expect(third.status == 431)
    }
}

extension BodyDecoder.Progress {
    fileprivate func moved(by offset: Int) -> Self {
        switch self {
        case .incomplete(let consumed): .incomplete(consumed: consumed + offset)
        case .complete(let consumed): .complete(consumed: consumed + offset)
        case .malformed: self
        }
    }
}
