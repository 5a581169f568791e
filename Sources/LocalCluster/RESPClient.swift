import Bytes
import EventLoop
import RESP

/// A plain Redis client of blocking calls, for the demo and for tests.
package final class RESPClient {
    package let stream: BlockingStream
    private var replies = ReplyStream(bytesMax: 1 << 30)

    /// - Throws: ``IOError`` when nobody answers at the port.
    package init(
        port: UInt16, host: String = "127.0.0.1", timeoutMilliseconds: Int = 10_000, tls: TLSClientContext? = nil
    ) throws {
        guard let ip = IPAddress(host) else { throw IOError("connect", detail: "\(host) is no address") }
        stream = try BlockingStream(
            SocketAddress(ip, port: port), timeoutMilliseconds: timeoutMilliseconds, tls: tls, serverName: host)
    }

    /// Sends a command and waits for its reply.
    @discardableResult
    package func command(_ arguments: String...) throws -> ReplyValue {
        try command(arguments.map { Array($0.utf8) })
    }

    /// Sends a command and waits for its reply.
    @discardableResult
    package func command(_ arguments: [[UInt8]]) throws -> ReplyValue {
        try send(arguments)
        return try reply()
    }

    /// Sends a command and does not wait.
    package func send(_ arguments: String...) throws { try send(arguments.map { Array($0.utf8) }) }

    package func send(_ arguments: [[UInt8]]) throws {
        var bytes: [UInt8] = []
        CommandWriter.append(arguments, to: &bytes)
        try stream.write(bytes)
    }

    /// The next reply.
    ///
    /// - Throws: ``IOError`` when the connection ends or nothing comes in time, ``ReplyError`` when it is no RESP.
    package func reply() throws -> ReplyValue {
        while true {
            if let value = try replies.next() { return value }
            let bytes = try stream.read()
            if bytes.isEmpty { throw IOError("read", detail: "the connection was closed") }
            bytes.withUnsafeBytes { replies.append($0) }
        }
    }

    /// Reads once, and hands back the next reply if it is whole then.
    package func replyIfReadable() throws -> ReplyValue? {
        if let value = try replies.next() { return value }
        let bytes = try stream.read()
        if bytes.isEmpty { throw IOError("read", detail: "the connection was closed") }
        bytes.withUnsafeBytes { replies.append($0) }
        return try replies.next()
    }

    /// The next reply if it has been read already.
    package func bufferedReply() throws -> ReplyValue? { try replies.next() }
}
