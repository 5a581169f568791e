/// What a client has done, or may be done for it now. The bytes lie in ``HTTP2Session/text``.
public enum HTTP2Event: Equatable, Sendable {
    /// A request begins. What belongs to it follows as ``input(stream:bytes:windowBytes:)``.
    case opened(stream: Int32)
    /// Bytes of the request, as HTTP/1.1 writes them: its head, then its body.
    ///
    /// - windowBytes: what of the windows they take until ``HTTP2Session/consumed(_:of:)``.
    case input(stream: Int32, bytes: Range<Int>, windowBytes: Int)
    /// More of the response is taken.
    case hasRoom(stream: Int32)
    /// The stream is over, of either side's will; nothing more is taken or told.
    case closed(stream: Int32)
}

/// How an HTTP/2 connection begins where both sides know that it is one (RFC 9113, section 3.4).
public enum HTTP2Preface {
    private static let text: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    public enum Match: Equatable, Sendable {
        case whole
        /// All that is there is right, and more has to come.
        case partial
        case other
    }

    /// Whether `bytes`, the connection's first, are it.
    public static func match(_ bytes: UnsafeRawBufferPointer) -> Match {
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard zip(bytes, expected).allSatisfy({ $0 == $1 }) else { return .other }
        return bytes.count >= expected.count ? .whole : .partial
    }
}
