import Bytes
import Rendering

/// The head of a usual answer, HTTP/1.1 and keep-alive and nothing special asked for, up to the length of its body: written
/// once for all.
struct ResponseHeadTemplate: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Where the line of the ETag stands, still without a tag; empty where there is none.
    private(set) var tagField = 0..<0

    init(_ format: RenderFormat, isWebdis: Bool, allowsAllOrigins: Bool, hasTag: Bool) {
        var framing = ResponseFraming()
        framing.keepAlive = true
        framing.appendStart(200, isWebdis: isWebdis, allowsAllOrigins: allowsAllOrigins, origin: nil, to: &bytes)
        bytes.append("Content-Type: " as StaticString)
        bytes.append(format.contentType)
        bytes.append("\r\n" as StaticString)
        let start = bytes.count
        if hasTag { bytes.append("ETag: \"00000000000000000000000000000000\"\r\n" as StaticString) }
        tagField = start..<bytes.count
        framing.appendConnection(to: &bytes)
    }
}
