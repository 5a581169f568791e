import Bytes
import HTTP1

/// What a response owes to the connection that it goes out on, rather than to its content.
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

    /// For a request that could not be read: HTTP/1.1, and the connection ends.
    public init() {}

    /// For the request with this head.
    public init(_ head: RequestHead) {
        minorVersion = UInt8(truncatingIfNeeded: head.minorVersion)
        keepAlive = head.keepAlive
        omitsBody = head.method == .head
        isConditional = head.method == .get || head.method == .head
    }

    /// Whether this is what nearly all clients ask for: HTTP/1.1, keep-alive, a body, and that as it is.
    var isUsual: Bool { minorVersion == 1 && keepAlive && !omitsBody && !takesGzip }

    /// The same, and the connection ends.
    public var closing: ResponseFraming {
        var closing = self
        closing.keepAlive = false
        return closing
    }

    /// What Webdis puts on every response, in its order.
    private static let webdisFields: StaticString = """
        Server: Webdis\r
        Allow: GET,POST,PUT,OPTIONS\r
        Access-Control-Allow-Methods: GET,POST,PUT,OPTIONS\r
        Access-Control-Allow-Origin: *\r
        Access-Control-Allow-Headers: X-Requested-With, Content-Type, Authorization\r

        """

    /// What a body repeats others have written: a browser that shows it as a page of ours lets it do nothing.
    private static let ownFields: StaticString = """
        Server: Mastergate\r
        X-Content-Type-Options: nosniff\r
        Content-Security-Policy: sandbox; default-src 'none'\r

        """

    /// - Parameter origin: of the page that asks, where it may read the answer.
    func appendStart(_ status: Int, _ rules: GatewayRules, origin: [UInt8]? = nil, to output: inout [UInt8]) {
        appendStart(status, isWebdis: rules.isWebdis, allowsAllOrigins: rules.origins.allowsAll, origin: origin, to: &output)
    }

    func appendStart(_ status: Int, isWebdis: Bool, allowsAllOrigins: Bool, origin: [UInt8]?, to output: inout [UInt8]) {
        ResponseHead.appendStatusLine(status, minorVersion: Int(minorVersion), to: &output)
        output.append(isWebdis ? Self.webdisFields : Self.ownFields)
        guard !isWebdis else { return }
        if allowsAllOrigins {
            output.append("Access-Control-Allow-Origin: *\r\n" as StaticString)
        } else if let origin {
            ResponseHead.appendField("Access-Control-Allow-Origin", untrusted: origin.span, to: &output)
            output.append("Vary: Origin\r\n" as StaticString)
        } else {
            output.append("Cross-Origin-Resource-Policy: same-origin\r\n" as StaticString)
        }
    }

    func appendConnection(to output: inout [UInt8]) {
        output.append(keepAlive ? "Connection: Keep-Alive\r\n" : "Connection: Close\r\n" as StaticString)
    }
}
