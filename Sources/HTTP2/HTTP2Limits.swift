/// What one connection may cost, before anything of it is believed.
public struct HTTP2Limits: Equatable, Sendable {
    /// Streams that may be open at a time (SETTINGS_MAX_CONCURRENT_STREAMS, RFC 9113, section 5.1.2).
    public var streamsMax = 100
    /// A request's head, written as HTTP/1.1 writes it.
    public var headBytesMax = 80 * 1024
    /// Bytes of one stream's body that may be on their way, or wait here.
    public var streamWindowBytes = 256 << 10
    /// The same of all streams together, whatever they are allowed singly.
    public var connectionWindowBytes = 1 << 20
    /// Bytes of a response that wait for the client to grant a window.
    public var outputBytesMax = 64 << 10
    /// Frames in a second that neither bring nor grant anything, besides those that answer what is sent.
    public var idleFramesMax = 1000

    /// Streams in a second that end by a reset, of either side. Whoever cancels all that it may have open does so without harm.
    var resetsMax: Int { min(max(200, 2 * streamsMax), 2000) }
    /// Of a list of fields that is refused, how many times the head's bytes are read before the connection ends.
    static let excessiveHeads = 8
    /// Frames that a client may send in answer to one with a body's bytes: of the stream's window, and of the connection's.
    static let answersPerFrame = 3

    public init() {}
}
