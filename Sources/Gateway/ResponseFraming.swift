import Bytes
import HTTP1

/// What a response owes to the connection that it goes out on, rather than to its content.
package struct ResponseFraming: Equatable, Sendable {
    /// The y of HTTP/1.y: a response says the version of its request, as Webdis does.
    package var minorVersion = 1
    /// Whether the connection stays open behind the response.
    package var keepAlive = false
    /// Whether the body is left out and only its length told: the answer to HEAD.
    package var omitsBody = false

    /// For a request that could not be read: HTTP/1.1, and the connection ends.
    package init() {}

    /// For the request with this head.
    package init(_ head: RequestHead) {
        minorVersion = head.minorVersion
        keepAlive = head.keepAlive
        omitsBody = head.method == .head
    }

    /// What Webdis puts on every response, in its order.
    private static let commonFields: StaticString = """
        Server: Mastergate\r
        Allow: GET,POST,PUT,OPTIONS\r
        Access-Control-Allow-Methods: GET,POST,PUT,OPTIONS\r
        Access-Control-Allow-Origin: *\r
        Access-Control-Allow-Headers: X-Requested-With, Content-Type, Authorization\r

        """

    func appendStart(_ status: Int, to output: inout [UInt8]) {
        ResponseHead.appendStatusLine(status, minorVersion: minorVersion, to: &output)
        output.append(Self.commonFields)
    }

    func appendConnection(to output: inout [UInt8]) {
        output.append(keepAlive ? "Connection: Keep-Alive\r\n" : "Connection: Close\r\n" as StaticString)
    }
}
