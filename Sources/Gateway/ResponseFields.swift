import Bytes
import HTTP1
import Rendering

/// The fields that every response begins with: who answers, which pages may read it, and what caches may do.
struct ResponseFields: Sendable {
    let isWebdis: Bool
    let origins: OriginRules
    /// Whether bodies are compressed for clients who ask for it.
    let mayCompress: Bool

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

    /// What a script may read beside the fields that each may.
    private static let exposedFields: StaticString = """
        Access-Control-Expose-Headers: ETag, Retry-After, X-Mastergate-Encoding, Content-Disposition, Content-Encoding, Content-Range, Upstash-Sync-Token\r

        """

    /// What a cache may do with a response. The field is of the same length for both.
    enum Caching: Sendable {
        /// Keep nothing: the answer to what writes, and whatever is no reply.
        case nothing
        /// Keep it, and ask by its ETag before each use.
        case whenAsked
        /// Keep it for so many seconds; a shared cache only where all clients get the same.
        case seconds(Int, isPrivate: Bool)
    }

    /// Whether the origin of the page is always among what the response depends on.
    var dependsOnOrigin: Bool { !isWebdis && !origins.allowsAll && !origins.isEmpty }

    /// Whether a body of so many bytes might have been compressed for others, and the head does not say so yet.
    @inline(__always) func varies(_ bodyCount: Int, _ format: RenderFormat, _ rules: borrowing GatewayRules) -> Bool {
        mayCompress && bodyCount >= rules.compressionBytesMin && !isWebdis && format.isCompressible && !dependsOnOrigin
    }

    /// Appends the status line and the fields.
    ///
    /// - Parameter varies: whether the body may be compressed for others.
    func appendStart(_ status: Int, _ framing: ResponseFraming, _ caching: Caching = .nothing, varies: Bool = false, to output: inout [UInt8]) {
        ResponseHead.appendStatusLine(status, minorVersion: Int(framing.minorVersion), to: &output)
        guard !isWebdis else { return output.append(Self.webdisFields) }
        output.append(Self.ownFields)
        if origins.allowsAll {
            output.append("Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: *\r\n" as StaticString)
        } else if let origin = origins.name(framing.originNumber) {
            ResponseHead.appendField("Access-Control-Allow-Origin", untrusted: origin.span, to: &output)
            output.append(Self.exposedFields)
        } else {
            output.append("Cross-Origin-Resource-Policy: same-origin\r\n" as StaticString)
        }
        // One field: some caches look at the last one alone.
        if dependsOnOrigin { output.append(varies && mayCompress ? "Vary: Origin, Accept-Encoding\r\n" : "Vary: Origin\r\n" as StaticString) }
        Self.append(caching, to: &output)
    }

    private static func append(_ caching: Caching, to output: inout [UInt8]) {
        switch caching {
        case .nothing: output.append("Cache-Control: no-store\r\n" as StaticString)
        case .whenAsked: output.append("Cache-Control: no-cache\r\n" as StaticString)
        case .seconds(let seconds, let isPrivate):
            output.append(isPrivate ? "Cache-Control: private, max-age=" : "Cache-Control: max-age=" as StaticString)
            Decimal.append(seconds, to: &output)
            output.append("\r\n" as StaticString)
        }
    }
}
