/// What a request's head says, as far as a proxy asks: framing, connection, and the few fields that the gateway reads.
///
/// Ranges are offsets into the bytes that the ``RequestHeadParser`` was given, so nothing is copied; they are valid as
/// long as the caller keeps those bytes in place.
package struct RequestHead: Equatable, Sendable {
    package internal(set) var method = HTTPMethod.other
    /// The method as it was written.
    package internal(set) var methodName = 0..<0
    /// The request target as it was written: visible ASCII, not empty, in whichever of its forms.
    package internal(set) var target = 0..<0
    /// The y of HTTP/1.y: 0 or 1. A higher one is served as 1 (RFC 9110, section 2.5).
    package internal(set) var minorVersion = 1

    /// The length that Content-Length declares; nil without one.
    package internal(set) var contentLength: Int?
    /// Whether the body is chunked. Never together with ``contentLength``.
    package internal(set) var isChunked = false
    /// Whether the client waits for `100 Continue`. Never so in HTTP/1.0 (RFC 9110, section 10.1.1).
    package internal(set) var expectsContinue = false

    /// The value of `Host`.
    package internal(set) var host: Range<Int>?
    /// The value of `Authorization`.
    package internal(set) var authorization: Range<Int>?
    /// The value of the first `If-None-Match`.
    package internal(set) var ifNoneMatch: Range<Int>?
    /// The value of `Upgrade`, if `Connection` names it; without that it is not meant for us (RFC 9110, section 7.8).
    package var upgrade: Range<Int>? { connectionUpgrade ? upgradeValue : nil }

    var connectionClose = false
    var connectionKeepAlive = false
    var connectionUpgrade = false
    var upgradeValue: Range<Int>?
    var hasTransferEncoding = false
    var hasUnknownCoding = false
    var expects100 = false

    /// Whether the client wants the connection kept after the response (RFC 9112, section 9.3).
    package var keepAlive: Bool { !connectionClose && (minorVersion >= 1 || connectionKeepAlive) }

    /// Whether the request declares a body, an empty one included.
    package var declaresBody: Bool { isChunked || contentLength != nil }
}
