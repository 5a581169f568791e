import Bytes

/// The forms in which a reply leaves over HTTP, chosen by the extension of a URL's last segment as in Webdis.
public enum RenderFormat: UInt8, CaseIterable, Equatable, Sendable {
    case json, javaScript, raw, messagePack, plainText, html, xhtml, xml, png, jpg, jpeg, css, binary

    /// Which renderer writes a format.
    public enum Renderer: Equatable, Sendable { case json, raw, messagePack, text, xml }

    /// The format whose extension is exactly `name`, without the dot; nil for any other, which then is no extension.
    public init?(extension name: Span<UInt8>) {
        guard name.count >= 2, name.count <= 5 else { return nil }
        for format in Self.allCases where name.spells(format.fileExtension) {
            self = format
            return
        }
        return nil
    }

    /// The extension, without the dot. Lower case only: `.TXT` is a part of the key.
    public var fileExtension: StaticString {
        switch self {
        case .json: "json"
        case .javaScript: "js"
        case .raw: "raw"
        case .messagePack: "msg"
        case .plainText: "txt"
        case .html: "html"
        case .xhtml: "xhtml"
        case .xml: "xml"
        case .png: "png"
        case .jpg: "jpg"
        case .jpeg: "jpeg"
        case .css: "css"
        case .binary: "bin"
        }
    }

    /// The value of Content-Type, as Webdis sends it: without a charset.
    public var contentType: StaticString {
        switch self {
        case .json: "application/json"
        case .javaScript: "application/javascript"
        case .raw, .binary: "binary/octet-stream"
        case .messagePack: "application/x-msgpack"
        case .plainText: "text/plain"
        case .html: "text/html"
        case .xhtml: "application/xhtml+xml"
        case .xml: "text/xml"
        case .png: "image/png"
        case .jpg, .jpeg: "image/jpeg"
        case .css: "text/css"
        }
    }

    /// The same in our own dialect, which says that text is UTF-8. XML says so itself.
    public func contentType(isWebdis: Bool) -> StaticString {
        switch self {
        case .javaScript where !isWebdis: "application/javascript; charset=utf-8"
        case .plainText where !isWebdis: "text/plain; charset=utf-8"
        case .html where !isWebdis: "text/html; charset=utf-8"
        case .css where !isWebdis: "text/css; charset=utf-8"
        default: contentType
        }
    }

    /// Whether what is in it is worth being compressed: images are already.
    public var isCompressible: Bool { self != .png && self != .jpg && self != .jpeg }

    /// Which renderer writes this format in our own way.
    public var renderer: Renderer { renderer(RenderRules()) }

    /// Which renderer writes this format under `rules`: to Webdis, XML is one more content type for text.
    public func renderer(_ rules: RenderRules) -> Renderer {
        switch self {
        case .json, .javaScript: .json
        case .raw: .raw
        case .messagePack: .messagePack
        case .xml: rules.isWebdis ? .text : .xml
        case .plainText, .html, .xhtml, .png, .jpg, .jpeg, .css, .binary: .text
        }
    }
}

/// What came of rendering one reply.
public enum RenderOutcome: Equatable, Sendable {
    case rendered
    /// Rendered, with U+FFFD in place of bytes that are no UTF-8.
    case renderedWithReplacements
    /// Nothing was appended: the reply is nil, which this format cannot say. HTTP answers 404.
    case missing
    /// Nothing was appended: the bytes are no complete reply, or one nested deeper than ``ReplyNesting/depthMax``.
    case unrenderable
}
