/// What one request may cost, before anything of it is believed.
///
/// The head limits are Webdis's 80 KiB and what fits in it; the body limit is Webdis's `http_max_request_size`.
public struct HTTPLimits: Equatable, Sendable {
    /// Request line and header lines together, the empty line included. Above: 431.
    public var headBytesMax = 80 * 1024
    /// The request line without its line end. Above: 414.
    public var requestLineBytesMax = 64 * 1024
    /// Header lines. Above: 431.
    public var headerCountMax = 100
    /// Payload of one body, after chunks are joined. Above: 413.
    public var bodyBytesMax = 128 * 1024 * 1024

    /// What is let pass although RFC 9112 would have it refused; nothing by default.
    public var leniency: HTTPLeniency = []

    /// Empty lines that may stand before a request line (RFC 9112, section 2.2, asks for "at least one").
    static let leadingEmptyLinesMax = 4
    /// Chunk extensions of one body, together: they are read and thrown away, so nobody needs more.
    static let chunkExtensionBytesMax = 16 * 1024
    /// Trailer lines of one body, together.
    static let trailerBytesMax = 8 * 1024

    public init() {}
}
