import Bytes
import EventLoop

/// A plain HTTP/1.1 client of blocking calls on one kept connection, for the demo and for tests.
package final class HTTPClient {
    package struct Response {
        package var status: Int
        /// Field values by lower-case name.
        package var fields: [String: String]
        package var body: [UInt8]
        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let stream: BlockingStream
    private var buffer: [UInt8] = []

    /// - Throws: ``IOError`` when nobody answers at the address.
    package init(_ address: SocketAddress, timeoutMilliseconds: Int = 10_000) throws {
        stream = try BlockingStream(address, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// - Throws: ``IOError`` when nobody answers at the port.
    package convenience init(port: UInt16, timeoutMilliseconds: Int = 10_000) throws {
        guard let ip = IPAddress("127.0.0.1") else { throw IOError("connect", detail: "no loopback") }
        try self.init(SocketAddress(ip, port: port), timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Sends a request and reads its response.
    package func request(_ method: String, _ target: String, fields: [String: String] = [:], body: [UInt8] = []) throws -> Response {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if !body.isEmpty || method == "POST" || method == "PUT" { head += "Content-Length: \(body.count)\r\n" }
        try stream.write(Array((head + "\r\n").utf8) + body)
        return try response(hasBody: method != "HEAD")
    }

    package func get(_ target: String) throws -> Response { try request("GET", target) }

    /// Sends raw bytes, well-formed or not.
    package func send(_ text: String) throws { try stream.write(Array(text.utf8)) }

    /// Sends raw bytes.
    package func send(bytes: [UInt8]) throws { try stream.write(bytes) }

    /// Sends nothing more; answers are read yet.
    package func endSending() { stream.shutdownWriting() }

    /// Whatever comes next, once.
    package func readSome() throws -> [UInt8] {
        if buffer.isEmpty { try fill() }
        defer { buffer = [] }
        return buffer
    }

    /// The body in chunks behind a response's head, read to its end.
    package func chunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let count = try Int(readLine(), radix: 16) ?? 0
            while buffer.count < count + 2 { try fill() }
            body += buffer[..<count]
            buffer.removeFirst(count + 2)
            if count == 0 { return body }
        }
    }

    private func readLine() throws -> String {
        while true {
            if let end = buffer.firstIndex(of: ASCII.lineFeed) {
                defer { buffer.removeFirst(end + 1) }
                return String(decoding: buffer[..<end].filter { $0 != ASCII.carriageReturn }, as: UTF8.self)
            }
            try fill()
        }
    }

    /// Reads the next response.
    package func response(hasBody: Bool = true) throws -> Response {
        let head = try readHead().split(separator: "\r\n")
        let words = (head.first ?? "").split(separator: " ")
        var fields: [String: String] = [:]
        for line in head.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[parts[0].lowercased()] = String(parts[1].drop { $0 == " " }) }
        }
        let length = hasBody ? fields["content-length"].flatMap(Int.init) ?? 0 : 0
        while buffer.count < length { try fill() }
        let body = Array(buffer[..<length])
        buffer.removeFirst(length)
        return Response(status: words.count > 1 ? Int(words[1]) ?? 0 : 0, fields: fields, body: body)
    }

    private func readHead() throws -> String {
        let end = Array("\r\n\r\n".utf8)
        var searched = 0
        while true {
            while searched + 4 <= buffer.count {
                if buffer[searched..<(searched + 4)].elementsEqual(end) {
                    let head = String(decoding: buffer[..<searched], as: UTF8.self)
                    buffer.removeFirst(searched + 4)
                    return head
                }
                searched += 1
            }
            try fill()
        }
    }

    private func fill() throws {
        let bytes = try stream.read(bytesMax: 1 << 20)
        if bytes.isEmpty { throw IOError("read", detail: "the connection was closed") }
        buffer += bytes
    }
}
