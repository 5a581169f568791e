import Bytes
import Rendering

/// The head of a usual answer, HTTP/1.1 and keep-alive and nothing special asked for, up to the length of its body: written
/// once for all.
struct ResponseHeadTemplate: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Where the line of the ETag stands, still without a tag; empty where there is none.
    private(set) var tagField = 0..<0

    init(_ format: RenderFormat, _ fields: ResponseFields, isRead: Bool, hasTag: Bool) {
        var framing = ResponseFraming()
        framing.keepAlive = true
        fields.appendStart(200, framing, isRead ? .whenAsked : .nothing, varies: format.isCompressible, to: &bytes)
        bytes.append("Content-Type: " as StaticString)
        bytes.append(format.contentType(isWebdis: fields.isWebdis))
        bytes.append("\r\n" as StaticString)
        let start = bytes.count
        if hasTag { bytes.append("ETag: \"00000000000000000000000000000000\"\r\n" as StaticString) }
        tagField = start..<bytes.count
        framing.appendConnection(isWebdis: fields.isWebdis, to: &bytes)
    }

    /// Those of all formats: for what writes, and behind each the one for what reads.
    static func all(_ fields: ResponseFields, hasTag: Bool) -> [ResponseHeadTemplate] {
        RenderFormat.allCases.flatMap { format in [false, true].map { ResponseHeadTemplate(format, fields, isRead: $0, hasTag: hasTag) } }
    }

    /// Where the head for `shown` stands among ``all(_:hasTag:)``.
    @inline(__always) static func place(_ shown: borrowing ReplyPresentation) -> Int { Int(shown.format.rawValue) &<< 1 | (shown.framing.isRead ? 1 : 0) }
}
