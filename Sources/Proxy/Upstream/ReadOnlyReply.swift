import Bytes

/// Recognises the reply of a server that is no master.
enum ReadOnlyReply {
    /// Whether `reply` is `-READONLY …`.
    static func matches(_ reply: Span<UInt8>) -> Bool {
        reply.count > 9 && ASCII.equalsIgnoringCase(reply.extracting(1..<9), "READONLY")
    }
}
