import Bytes
import EventLoop
import Foundation
import LocalCluster

/// One client connection of a corpus case: reads responses, chunks and frames as they come.
final class CorpusConnection {
    enum Trouble: Error { case timeout, ended, unreadable(String) }

    private let stream: BlockingStream
    private let timeoutMilliseconds: Int
    private(set) var buffer: [UInt8] = []
    private(set) var hasEnded = false

    init(port: UInt16, timeoutMilliseconds: Int) throws {
        self.timeoutMilliseconds = timeoutMilliseconds
        guard let ip = IPAddress("127.0.0.1") else { throw Trouble.ended }
        stream = try BlockingStream(SocketAddress(ip, port: port), timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Whoever has closed its side is found out by reading.
    func send(_ bytes: [UInt8]) { try? stream.write(bytes) }

    /// Reads more; false at the end of the stream.
    func fill(_ milliseconds: Int? = nil) throws -> Bool {
        if hasEnded { return false }
        guard !BlockingStream.readable([stream], waitMilliseconds: milliseconds ?? timeoutMilliseconds).isEmpty else { throw Trouble.timeout }
        let bytes = (try? stream.read(bytesMax: 1 << 18)) ?? []
        hasEnded = bytes.isEmpty
        buffer += bytes
        return !hasEnded
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while buffer.count < count { guard try fill() else { throw Trouble.ended } }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func line(endingIn end: String) throws -> String {
        let mark = Array(end.utf8)
        var searched = 0
        while true {
            if let found = buffer.indices.dropFirst(searched).first(where: { buffer[$0...].starts(with: mark) }) {
                let text = String(decoding: buffer[..<found], as: UTF8.self)
                buffer.removeFirst(found + mark.count)
                return text
            }
            searched = max(0, buffer.count - mark.count)
            guard try fill() else { throw Trouble.ended }
        }
    }

    /// A response: status, headers in small letters, body. Of a stream, and of an answer to HEAD, only the head is read.
    func response(headOnly: Bool) throws -> [String: Any] {
        let lines = try line(endingIn: "\r\n\r\n").components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard lines[0].hasPrefix("HTTP/"), words.count > 1, let status = Int(words[1]) else { throw Trouble.unreadable("bad status line \(lines[0].prefix(60))") }
        var headers: [String: String] = [:]
        for field in lines.dropFirst() {
            let parts = field.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].lowercased()
            let value = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            headers[name] = headers[name].map { "\($0), \(value)" } ?? value
        }
        var body: [UInt8] = []
        let hasNone = status == 101 || status == 204 || (100..<200).contains(status) || (status == 304 && headers["content-length"] == nil)
        if headOnly || hasNone {
        } else if headers["transfer-encoding"]?.lowercased().contains("chunked") == true {
            while true {
                let part = try chunk()
                if part.isEmpty { break }
                body += part
            }
        } else if let length = headers["content-length"].flatMap(Int.init) {
            body = try take(length)
        } else {
            while try fill() {}
            body = buffer
            buffer = []
        }
        return ["status": status, "headers": headers, "body": body]
    }

    func chunk() throws -> [UInt8] {
        let size = try line(endingIn: "\r\n").split(separator: ";").first.flatMap { Int($0, radix: 16) }
        guard let size else { throw Trouble.unreadable("bad chunk size") }
        defer { _ = try? take(2) }
        return try take(size)
    }

    func frame() throws -> [String: Any] {
        let head = try take(2)
        var length = Int(head[1] & 0x7F)
        if length == 126 { length = try take(2).reduce(0) { $0 << 8 | Int($1) } } else if length == 127 { length = try take(8).reduce(0) { $0 << 8 | Int($1) } }
        let payload = try take(length)
        return ["fin": Int(head[0] >> 7), "op": Int(head[0] & 15), "masked": Int(head[1] >> 7), "payload": payload]
    }
}
