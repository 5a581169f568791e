import Rendering
import Testing

@testable import Gateway

@Suite("Queries") struct QueryTests {
    private func command(_ query: String, path: String = "/LRANGE/l/0/-1") throws -> GatewayCommand { try get(path + query).command }

    @Test(
        "?type= forces a text format with that content type",
        arguments: [
            ("?type=text/html", "text/html"), ("?type=a%2Fb", "a/b"), ("?type=text%2Fcsv%3B+charset%3Dutf-8", "text/csv; charset=utf-8"), ("?type=image/svg+xml", "image/svg+xml"), ("?type=image%2Fsvg%2Bxml", "image/svg+xml"), ("?type=a/b;+c=d", "a/b; c=d"), ("?type=a/%C3%A9", "a/__"), ("?type=text/plain;charset=utf-8", "text/plain;charset=utf-8"), ("??type=x/y", "x/y"), ("?type=x/y#f", "x/y"), ("?type=a/b&type=x/y", "x/y"),
            ("?a&type=x/y", "x/y"), ("?&type=x/y", "x/y"), ("?foo=1&&type=x=y&", "x=y"),
        ])
    func type(query: String, type: String) throws {
        for path in ["/GET/k", "/GET/k.raw", "/GET/k.xml", "/GET/k.png"] {
            let command = try command(query, path: path)
            #expect(command.format.renderer == .text)
            #expect(command.contentType == Array(type.utf8))
        }
    }

    @Test("parameters that say nothing change nothing", arguments: ["?", "?foo", "?foo=bar", "?TYPE=x/y", "?type", "?type=", "?=x", "?&&&", "?type=x/y&type="])
    func ignored(query: String) throws {
        let command = try command(query)
        #expect(command.format == .json && command.contentType == nil && command.callback == nil && command.filename == nil && command.separator.isEmpty)
    }

    @Test("?sep= and ?filename= are percent-decoded, with a plus sign for a space; Webdis takes them as they stand")
    func separatorAndFilename() throws {
        #expect(try command("?sep=,").separator == Array(",".utf8))
        #expect(try command("?sep=%2C").separator == Array(",".utf8))
        #expect(try command("?sep=%0A").separator == Array("\n".utf8))
        #expect(try command("?sep=,+").separator == Array(", ".utf8))
        #expect(try command("?filename=a%20b+c.txt&sep=").filename == Array("a b c.txt".utf8))
        let webdis = try get("/GET/k.txt?filename=a%20b+c.txt&sep=%2C&type=a%2Fb", GatewayRules(isWebdis: true)).command
        #expect(webdis.filename == Array("a%20b+c.txt".utf8) && webdis.separator == Array("%2C".utf8) && webdis.contentType == Array("a%2Fb".utf8))
    }

    @Test("a JSONP callback is a JavaScript path, the last one given", arguments: ["cb", "my.ns.cb", "cb[0]", "$", "_a1.$b[12][3].c", ""])
    func callback(name: String) throws {
        #expect(try command("?jsonp=\(name)").callback == Array(name.utf8))
        #expect(try command("?jsonp=other&callback=\(name)").callback == Array(name.utf8))
        #expect(try command("?callback=<&jsonp=\(name)", path: "/GET/k.js").callback == Array(name.utf8))
    }

    @Test(
        "any other callback is refused",
        arguments: ["a=b", "<script>alert(1)</script>", "cb?x=1", "%3Cb", "1a", "a.", ".a", "a..b", "a[", "a[]", "a[x]", "a[0]b", "a()", "a;", "a[0", "alert(1)//", "a-b", "[0]"])
    func badCallback(name: String) throws {
        #expect(try get("/GET/k?jsonp=\(name)").status == 400)
        #expect(try get("/GET/k.txt?jsonp=\(name)").status == nil)
        #expect(try get("/GET/k?jsonp=\(name)&type=x/y").status == nil)
    }
}
