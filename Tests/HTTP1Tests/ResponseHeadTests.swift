import Bytes
import Testing

@testable import HTTP1

@Suite("Response head") struct ResponseHeadTests {
    private func response(guess: Int, body: Int, keepingBody: Bool = true, extra: [StaticString] = []) -> String {
        var output = Array("earlier".utf8)
        ResponseHead.appendStatusLine(200, minorVersion: 1, to: &output)
        let length = ContentLengthField(expecting: guess, in: &output)
        output.append(contentsOf: repeatElement(UInt8(ascii: "x"), count: body))
        length.close(keepingBody: keepingBody, extra: extra, in: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test("the length is right whatever was guessed", arguments: [-5, 0, 9, 10, 99, 100, 12345], [0, 1, 9, 10, 11, 99, 100, 1000])
    func anyGuess(guess: Int, body: Int) {
        let expected = "earlierHTTP/1.1 200 OK\r\nContent-Length: \(body)\r\n\r\n" + String(repeating: "x", count: body)
        #expect(response(guess: guess, body: body) == expected)
    }

    @Test("the answer to HEAD has the length and no body")
    func head() {
        #expect(response(guess: 1, body: 12, keepingBody: false) == "earlierHTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n")
    }

    @Test("a field that turned up late stands before the length")
    func lateField() {
        #expect(response(guess: 3, body: 1, extra: ["X-Late: 1\r\n"]) == "earlierHTTP/1.1 200 OK\r\nX-Late: 1\r\nContent-Length: 1\r\n\r\nx")
    }

    @Test("a value from outside cannot end its line")
    func untrusted() {
        var output: [UInt8] = []
        ResponseHead.appendField("Content-Type", untrusted: Array("a\r\nSet-Cookie: b\u{0}\u{7f}".utf8).span, to: &output)
        #expect(output == Array("Content-Type: a__Set-Cookie: b__\r\n".utf8))
    }

    @Test("every status that is sent has its reason phrase", arguments: [200, 400, 401, 403, 404, 405, 408, 413, 414, 431, 501, 502, 503, 504, 505])
    func reasons(status: Int) {
        #expect(HTTPStatus.reason(status).description != "Unknown")
    }
}

@Suite("Field syntax") struct FieldSyntaxTests {
    @Test("the bit sets hold the characters of RFC 9110 and RFC 3986")
    func characterClasses() {
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        let token = Set((letters + "!#$%&'*+-.^_`|~").utf8)
        let host = Set((letters + "-._~!$&'()*+,;=%[]:").utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(FieldSyntax.isToken(byte) == token.contains(byte))
            #expect(FieldSyntax.isHost(byte) == host.contains(byte))
            #expect(FieldSyntax.isTarget(byte) == (0x21...0x7E).contains(byte))
        }
    }

    @Test("a value is invalid with one control byte anywhere, and only then")
    func values() {
        for byte in UInt8.min...UInt8.max {
            for position in 0..<20 {
                var bytes = [UInt8](repeating: 0x20, count: 20)
                bytes[position] = byte
                let valid = FieldSyntax.isValue(bytes.span)
                #expect(valid == (byte == 9 || byte >= 0x20 && byte != 0x7F))
            }
        }
    }
}
