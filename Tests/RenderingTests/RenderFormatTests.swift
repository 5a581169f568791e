import Testing

@testable import Rendering

@Suite("Formats") struct RenderFormatTests {
    @Test(
        "extensions have Webdis's content types",
        arguments: [
            ("json", "application/json"), ("js", "application/javascript"), ("raw", "binary/octet-stream"), ("bin", "binary/octet-stream"), ("txt", "text/plain"), ("html", "text/html"),
            ("xhtml", "application/xhtml+xml"), ("xml", "text/xml"), ("msg", "application/x-msgpack"), ("png", "image/png"), ("jpg", "image/jpeg"), ("jpeg", "image/jpeg"), ("css", "text/css"),
        ])
    func known(name: String, contentType: String) {
        let format = RenderFormat(extension: Array(name.utf8).span)
        #expect(format?.contentType.description == contentType)
        #expect(format?.fileExtension.description == name)
    }

    @Test("each has one renderer, and XML is text to Webdis")
    func renderers() {
        let webdis = RenderRules(isWebdis: true)
        for format in RenderFormat.allCases where format != .xml { #expect(format.renderer(webdis) == format.renderer) }
        #expect(RenderFormat.xml.renderer == .xml)
        #expect(RenderFormat.xml.renderer(webdis) == .text)
        #expect(RenderFormat.messagePack.renderer == .messagePack)
        #expect(RenderFormat.javaScript.renderer == .json)
    }

    @Test("anything else is no extension", arguments: ["", "TXT", "pdf", "MSG", "gif", "jsonp", "j", "14", "xhtmlx"])
    func unknown(name: String) {
        #expect(RenderFormat(extension: Array(name.utf8).span) == nil)
    }
}
