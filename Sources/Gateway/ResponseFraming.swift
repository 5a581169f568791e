import Bytes
import HTTP1

/// What a response owes to the connection that it goes out on, and to who asks, rather than to its content.
public struct ResponseFraming: Equatable, Sendable {
    /// The y of HTTP/1.y: a response says the version of its request, as Webdis does.
    public var minorVersion: UInt8 = 1
    /// Whether the connection stays open behind the response.
    public var keepAlive = false
    /// Whether the body is left out and only its length told: the answer to HEAD.
    public var omitsBody = false
    /// Whether the request only reads, so that If-None-Match may be answered by 304 (RFC 9110, section 13.1.2).
    var isConditional = false
    /// Whether errors are told in Upstash's dialect.
    var isUpstash = false
    /// Whether the client takes a compressed body.
    var takesGzip = false
    /// Whether the command changes nothing, so that caches may keep its answer if they ask again each time.
    var isRead = false
    /// The origin of the page that asks, where it may read the answer, as ``OriginRules`` number it; 0 for none.
    var originNumber: UInt16 = 0

    /// For a request that could not be read: HTTP/1.1, and the connection ends.
    public init() {}

    /// For the request with this head.
    init(_ head: borrowing RequestHead, in bytes: Span<UInt8>, _ rules: borrowing GatewayRules) {
        minorVersion = UInt8(truncatingIfNeeded: head.minorVersion)
        keepAlive = head.keepAlive
        omitsBody = head.method == .head
        isConditional =
            switch head.method {
            case .get, .head: true
            default: false
            }
        if let origin = head.origin, !rules.isWebdis { originNumber = rules.origins.number(of: bytes.extracting(origin)) }
    }

    /// The same, where the request is refused before its body is read: in the dialect that its head is written in.
    static func ofRefusal(_ head: RequestHead, in bytes: Span<UInt8>, _ rules: GatewayRules) -> ResponseFraming {
        var framing = ResponseFraming(head, in: bytes, rules)
        framing.isUpstash = UpstashDialect.isSpoken(head, in: bytes, rules)
        return framing
    }

    /// For a request whose head is wrong, of which `head` is what has been read.
    static func ofBrokenHead(_ head: RequestHead, in bytes: Span<UInt8>, _ rules: GatewayRules) -> ResponseFraming {
        var framing = ResponseFraming()
        if let origin = head.origin, !rules.isWebdis { framing.originNumber = rules.origins.number(of: bytes.extracting(origin)) }
        return framing
    }

    /// Whether this is what nearly all clients ask for: HTTP/1.1, keep-alive, a body, and that as it is.
    var isUsual: Bool { minorVersion == 1 && keepAlive && !omitsBody && !takesGzip && originNumber == 0 }

    /// The same, and the connection ends.
    public var closing: ResponseFraming {
        var closing = self
        closing.keepAlive = false
        return closing
    }

    /// Says whether the connection goes on. With HTTP/1.1 that need not be said if it does (RFC 9112, section 9.3); Webdis says it.
    func appendConnection(isWebdis: Bool, to output: inout [UInt8]) {
        if !keepAlive { return output.append("Connection: Close\r\n" as StaticString) }
        if isWebdis || minorVersion == 0 { output.append("Connection: Keep-Alive\r\n" as StaticString) }
    }
}
