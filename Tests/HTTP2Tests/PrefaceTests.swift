import HTTP2
import Testing

@Suite("How HTTP/2 begins") struct PrefaceTests {
    private func match(_ text: String) -> HTTP2Preface.Match { Array(text.utf8).withUnsafeBytes { HTTP2Preface.match($0) } }

    @Test("by 24 bytes that no request of HTTP/1.1 begins with; what may become them is waited for")
    func preface() {
        #expect(match("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == .whole)
        #expect(match("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0") == .whole)
        #expect(match("P") == .partial)
        #expect(match("PRI * HTTP/2.0\r\n\r\nSM") == .partial)
        #expect(match("POST / HTTP/1.1\r\n") == .other)
        #expect(match("PRI * HTTP/2.0\r\n\r\nGET") == .other)
    }
}
