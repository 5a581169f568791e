import Bytes

/// Turns a server's bytes into reply values, for connections of the control plane.
public struct ReplyStream: ~Copyable {
    private var buffer = ByteBuffer()
    private var framer = ReplyFramer()
    private var scanned = 0
    private let bytesMax: Int

    /// - Parameter bytesMax: largest reply in bytes that is collected.
    public init(bytesMax: Int = 16 << 20) { self.bytesMax = bytesMax }

    /// Takes in what was received.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) { buffer.append(bytes) }

    /// The next complete reply, or nil until more bytes come.
    ///
    /// - Throws: ``ReplyError`` where the bytes are no RESP or a reply is too large; the connection is of no use then.
    public mutating func next() throws(ReplyError) -> ReplyValue? {
        let bytes = buffer.readable
        switch framer.advance(bytes.bindMemory(to: UInt8.self).span, from: scanned) {
        case .incomplete:
            scanned = bytes.count
            guard scanned <= bytesMax else { throw ReplyError(.invalidLength) }
            return nil
        case .malformed(let error): throw error
        case .reply(_, let end):
            var reader = ReplyReader()
            let reply = UnsafeRawBufferPointer(rebasing: bytes[..<end]).bindMemory(to: UInt8.self)
            let value = ReplyValue(reply.span, reader: &reader)
            buffer.consume(end)
            scanned = 0
            guard let value else { throw ReplyError(.invalidLength) }
            return value
        }
    }
}
