import Bytes

/// What is kept of one open stream.
final class StreamRecord {
    var reader: ResponseReader
    /// Of a body with a declared length, what has yet to come; nil where it is chunked, or none.
    var bodyLeft: Int?
    /// The last byte of such a body, until the request is whole.
    var lastByte: UInt8?
    let isChunked: Bool
    var hasRequestEnded: Bool
    /// Whether the response's head, the final one, has been handed over.
    var hasHead = false
    /// Body bytes that wait for the client to grant a window.
    var output = ByteBuffer()
    /// Nothing follows behind ``output``.
    var isOutputWhole = false
    /// The response breaks off behind ``output``.
    var isCutShort = false
    /// nghttp2 has been told that there is nothing for the time being.
    var isDeferred = false
    /// Bytes were offered for which there was no room.
    var wantsRoom = false

    init(reader: ResponseReader, bodyLeft: Int?, isChunked: Bool, hasRequestEnded: Bool) {
        self.reader = reader
        self.bodyLeft = bodyLeft
        self.isChunked = isChunked
        self.hasRequestEnded = hasRequestEnded
    }
}
