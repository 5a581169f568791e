import Bytes

/// What a request's head says, as far as a proxy asks: framing, connection, and the few fields that the gateway reads.
///
/// Ranges are offsets into the bytes that the ``RequestHeadParser`` was given, so nothing is copied; they are valid as
/// long as the caller keeps those bytes in place.
public struct RequestHead: Equatable, Sendable {
    public internal(set) var method = HTTPMethod.other
    /// The method as it was written.
    public internal(set) var methodName = 0..<0
    /// The request target as it was written: visible ASCII, not empty, in whichever of its forms.
    public internal(set) var target = 0..<0
    /// The y of HTTP/1.y: 0 or 1. A higher one is served as 1 (RFC 9110, section 2.5).
    public internal(set) var minorVersion = 1

    /// The length that Content-Length declares; nil without one.
    public internal(set) var contentLength: Int?
    /// Whether the body is chunked. Never together with ``contentLength``.
    public internal(set) var isChunked = false
    /// Whether the client waits for `100 Continue`. Never so in HTTP/1.0 (RFC 9110, section 10.1.1).
    public internal(set) var expectsContinue = false

    /// The value of `Host`.
    @HeadPlace public internal(set) var host: Range<Int>?
    /// The value of `Authorization`.
    @HeadPlace public internal(set) var authorization: Range<Int>?
    /// The value of the first `If-None-Match`.
    @HeadPlace public internal(set) var ifNoneMatch: Range<Int>?
    /// The value of the first `Origin`.
    @HeadPlace public internal(set) var origin: Range<Int>?
    /// The value of the first `Accept`.
    @HeadPlace public internal(set) var accept: Range<Int>?
    /// The value of the first `Accept-Encoding`.
    @HeadPlace public internal(set) var acceptEncoding: Range<Int>?
    /// The value of the first `Range`.
    @HeadPlace public internal(set) var range: Range<Int>?
    /// Whether a `Content-Encoding` names anything but `identity`.
    public internal(set) var hasContentCoding = false
    /// Whether a browser says by `Sec-Fetch-Site` that a page of another origin, of this site or not, has sent the request.
    /// Source: https://www.w3.org/TR/fetch-metadata/
    public internal(set) var isOfOtherOrigin = false
    /// The lines of the fields.
    public internal(set) var fieldLines = 0..<0
    /// The value of `Upgrade`, if `Connection` names it; without that it is not meant for us (RFC 9110, section 7.8).
    public var upgrade: Range<Int>? { connectionUpgrade ? upgradeValue : nil }

    /// The value of the first field called `name` that is not kept above, trimmed; nil where there is none. Goes through all
    /// lines, so it is for what few requests have.
    public func field(_ name: StaticString, in bytes: Span<UInt8>) -> Range<Int>? {
        var first: Range<Int>?
        forEachField(name, in: bytes) { if first == nil { first = $0 } }
        return first
    }

    /// Calls `body` with the value of each field called `name`, in their order.
    public func forEachField(_ name: StaticString, in bytes: Span<UInt8>, _ body: (Range<Int>) -> Void) {
        var start = fieldLines.lowerBound
        while start < fieldLines.upperBound {
            let end = ByteSearch.firstIndex(of: ASCII.lineFeed, in: bytes, from: start) ?? fieldLines.upperBound
            let length = name.utf8CodeUnitCount
            if end - start > length, bytes[start + length] == UInt8(ascii: ":"), ASCII.equalsIgnoringCase(bytes.extracting(start..<(start + length)), name) {
                let last = end > start && bytes[end - 1] == ASCII.carriageReturn ? end - 1 : end
                body(FieldSyntax.trimmed((start + length + 1)..<last, in: bytes))
            }
            start = end + 1
        }
    }

    /// Whether the request line names a version that is only put up with, so that the connection ends.
    var hasOtherVersion = false
    var connectionClose = false
    var connectionKeepAlive = false
    var connectionUpgrade = false
    @HeadPlace var upgradeValue: Range<Int>?
    var hasTransferEncoding = false
    var hasUnknownCoding = false
    var expects100 = false

    /// Takes over what the fields of `other` say, which are the same `distance` bytes further on.
    mutating func takeFields(of other: RequestHead, movedBy distance: Int) {
        contentLength = other.contentLength
        isChunked = other.isChunked
        expectsContinue = other.expectsContinue
        connectionClose = connectionClose || other.connectionClose
        connectionKeepAlive = other.connectionKeepAlive
        connectionUpgrade = other.connectionUpgrade
        hasTransferEncoding = other.hasTransferEncoding
        hasUnknownCoding = other.hasUnknownCoding
        expects100 = other.expects100
        isOfOtherOrigin = other.isOfOtherOrigin
        fieldLines = (other.fieldLines.lowerBound &+ distance)..<(other.fieldLines.upperBound &+ distance)
        _host = other._host.moved(by: distance)
        _ifNoneMatch = other._ifNoneMatch.moved(by: distance)
        _origin = other._origin.moved(by: distance)
        _accept = other._accept.moved(by: distance)
        _acceptEncoding = other._acceptEncoding.moved(by: distance)
        _range = other._range.moved(by: distance)
        hasContentCoding = other.hasContentCoding
        _upgradeValue = other._upgradeValue.moved(by: distance)
    }

    /// Takes so many bytes off the beginning of the target, which is at least as long.
    public mutating func dropTargetPrefix(_ count: Int) { target = (target.lowerBound + min(count, target.count))..<target.upperBound }

    /// Whether the client wants the connection kept after the response (RFC 9112, section 9.3).
    public var keepAlive: Bool { !connectionClose && (minorVersion >= 1 || connectionKeepAlive) }

    /// Whether the request declares a body, an empty one included.
    public var declaresBody: Bool { isChunked || contentLength != nil }
}
