import Access
import Bytes
import HTTP1
import Rendering
import Testing

@testable import Gateway

private let value = "$30\r\n\(String(repeating: "x", count: 30))\r\n"

@Suite("Caches and browsers") struct CacheTests {
    private static let rules = GatewayRules(origins: OriginRules(["https://app.example"]), etagBytesMax: 1000, compressionBytesMin: 10)

    private func response(_ target: String, _ reply: String, _ rules: GatewayRules = GatewayRules(), isRead: Bool = false, fields: String = "") throws -> String {
        var command = try get(target, rules, fields: fields).command
        command.presentation = command.presentation.reading(isRead)
        return command.response(to: reply, rules)
    }

    @Test("caches keep what only reads, and ask again each time; of the rest they keep nothing", arguments: ["/GET/k", "/GET/k.txt", "/GET/k?type=a/b", "/get/k?_token=tok"])
    func cacheControl(target: String) throws {
        #expect(try response(target, value, isRead: true).contains("\r\nCache-Control: no-cache\r\n"))
        #expect(try response(target, value).contains("\r\nCache-Control: no-store\r\n"))
        #expect(try response(target, "-ERR no\r\n", isRead: true).contains("\r\nCache-Control: no-store\r\n"))
        #expect(try !response(target, value, GatewayRules(isWebdis: true), isRead: true).contains("Cache-Control"))
    }

    @Test("what depends on the page or on the coding says so, whoever asks", arguments: ["", "Origin: https://app.example\r\n", "Accept-Encoding: gzip\r\n"])
    func vary(fields: String) throws {
        for target in ["/GET/k", "/GET/k.txt", "/GET/k.raw?filename=x"] {
            let listed = try response(target, value, Self.rules, fields: fields)
            #expect(listed.contains("\r\nVary: Origin, Accept-Encoding\r\n") && listed.ranges(of: "Vary").count == 1)
            let unlisted = try response(target, value, GatewayRules(compressionBytesMin: 10), fields: fields)
            #expect(unlisted.ranges(of: "\r\nVary: Accept-Encoding\r\n").count == 1)
        }
        #expect(try response("/GET/k.png", value, Self.rules, fields: fields).contains("\r\nVary: Origin\r\n"))
        #expect(try !response("/GET/k", "$1\r\nv\r\n", GatewayRules(compressionBytesMin: 12), fields: fields).contains("Vary"))
        #expect(try !response("/GET/k", value, fields: fields).contains("Vary"))
    }

    @Test("a page that may read an answer may read an error too, and the fields that matter")
    func errorsToPages() throws {
        let rules = GatewayRules(
            limits: { var limits = HTTPLimits(); limits.bodyBytesMax = 10; limits.headerCountMax = 4; return limits }(),
            credentials: Credentials(user: "u", password: Secret(utf8: "p")), origins: OriginRules(["https://app.example"]))
        let page = "Host: gw\r\nOrigin: https://app.example\r\n"
        let right = "Authorization: Basic dTpw\r\n"
        for (request, status) in [
            ("GET /GET/k HTTP/1.1\r\n\(page)\r\n", 401), ("GET /MULTI HTTP/1.1\r\n\(page)\(right)\r\n", 403), ("PUT /SET/k HTTP/1.1\r\n\(page)\(right)Content-Length: 11\r\n\r\n", 413),
            ("PUT /SET/k HTTP/1.1\r\n\(page)\(right)Content-Length: 1\r\nContent-Encoding: br\r\n\r\n", 431), ("GET /GET/k HTTP/1.1\r\n\(page)Host: gw\r\n\r\n", 400), ("TRACE /GET/k HTTP/1.1\r\n\(page)\(right)\r\n", 405),
        ] {
            var (intake, command, memo) = (HTTPIntake(), GatewayCommand(), FieldMemo())
            guard case .plan(.respond(let answer, let framing)) = intake.next(Array(request.utf8).span, rules, peer: nil, &memo, into: &command).0 else {
                Issue.record("nothing is answered to \(request)")
                continue
            }
            #expect(answer.status == status)
            var output: [UInt8] = []
            answer.append(framing, rules, to: &output)
            let text = String(decoding: output, as: UTF8.self)
            #expect(text.contains("\r\nAccess-Control-Allow-Origin: https://app.example\r\nAccess-Control-Expose-Headers: ETag, Retry-After"), "\(text)")
            #expect(text.contains("\r\nVary: Origin\r\n") && text.contains("\r\nCache-Control: no-store\r\n"))
        }
    }

    @Test("text says that it is UTF-8; what is no text, and Webdis's, says nothing", arguments: [
        ("txt", "text/plain"), ("html", "text/html"), ("css", "text/css"), ("js", "application/javascript"),
    ])
    func charset(name: String, type: String) throws {
        #expect(try response("/GET/k.\(name)", value).contains("\r\nContent-Type: \(type); charset=utf-8\r\n"))
        #expect(try response("/GET/k.\(name)", value, GatewayRules(isWebdis: true)).contains("\r\nContent-Type: \(type)\r\n"))
    }

    @Test("an error is text, whatever was asked for, and no file", arguments: ["/GET/k.png", "/GET/k.css", "/GET/k.html", "/GET/k.bin", "/GET/k?type=text/css", "/GET/k.jpg?filename=a.jpg"])
    func errorsAreText(target: String) throws {
        let text = try response(target, "-WRONGTYPE no\r\n")
        #expect(text.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n") && !text.contains("Content-Disposition"))
        #expect(text.body == "-WRONGTYPE no" && text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(try !response(target, "-WRONGTYPE no\r\n", GatewayRules(isWebdis: true)).contains("text/plain"))
    }

    @Test("with http.error_status errors of Redis have a status of their own", arguments: [
        ("-ERR unknown command\r\n", 400), ("-ERR no such key\r\n", 404), ("-WRONGTYPE no\r\n", 409), ("-NOPERM no\r\n", 403), ("-LOADING no\r\n", 503), ("-OOM no\r\n", 507), ("-NOAUTH no\r\n", 502),
        ("!14\r\nNOSCRIPT blah.\r\n", 404), ("-\r\n", 400), ("-BUSY\r\n", 503), ("-BUSYGROUP x\r\n", 409), ("-OOMX no\r\n", 400),
    ])
    func errorStatus(reply: String, status: Int) throws {
        let rules = GatewayRules(etagBytesMax: 1000, mapsErrors: true)
        for target in ["/GET/k", "/GET/k.png", "/GET/k.raw"] {
            let text = try response(target, reply, rules, fields: "If-None-Match: *\r\n")
            #expect(text.hasPrefix("HTTP/1.1 \(status) \(HTTPStatus.reason(status))\r\n"))
            #expect(text.contains("\r\nRetry-After: 1\r\n") == (status == 503))
            #expect(text.contains("\r\nContent-Length: \(text.body.utf8.count)\r\n\r\n") && !text.contains("ETag"))
        }
        #expect(HTTPStatus.reason(status).description != "Unknown")
        #expect(try response("/GET/k", value, rules).hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test("a file's name in other letters has a form for browsers; no byte of it ends its field")
    func filenames() throws {
        func disposition(_ query: String) throws -> String {
            let text = try response("/GET/k.txt?filename=\(query)", value)
            return text.split(separator: "\r\n").first { $0.hasPrefix("Content-Disposition") }.map(String.init) ?? ""
        }
        #expect(try disposition("Gr%C3%BC%C3%9Fe.txt") == "Content-Disposition: attachment; filename=\"Gr____e.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt")
        #expect(try disposition("%FF.txt") == "Content-Disposition: attachment; filename=\"_.txt\"")
        #expect(try disposition("a%22%0D%0AX-Evil:%201") == "Content-Disposition: attachment; filename=\"a___X-Evil: 1\"")
        #expect(try disposition("%C3%BC%0D%0A%22") == "Content-Disposition: attachment; filename=\"_____\"; filename*=UTF-8''%C3%BC__%22")
        #expect(try !response("/GET/k?type=text/html%0D%0AX-Evil:%201", value).contains("\r\nX-Evil"))
    }

    @Test("files that browsers ask for by themselves are not there, and no commands", arguments: ["/favicon.ico", "/robots.txt", "/apple-touch-icon.png", "/apple-touch-icon-120x120.png", "/.well-known/security.txt", "/sitemap.xml"])
    func files(path: String) throws {
        #expect(try get(path).status == 404)
        #expect(try get(path, method: "HEAD").status == 404)
        #expect(try get(path, GatewayRules(isWebdis: true)).status == nil)
        #expect(try send("PUT", path, body: "x").status == nil)
    }

    @Test("names of commands are none of those files", arguments: ["/FT._LIST", "/GET/favicon.ico", "/JSON.GET/k", "/DBSIZE.json", "/ROLE"])
    func commands(path: String) throws { #expect(try get(path).status == nil) }

    @Test("a body that is compressed is refused", arguments: [("gzip", 415), ("x-gzip", 415), ("br", 415), ("identity", nil), ("", nil), ("identity\r\nContent-Encoding: deflate", 415), ("gzip, identity", 415)] as [(String, Int?)])
    func encodedBody(coding: String, status: Int?) {
        #expect(taken("PUT /SET/k HTTP/1.1\r\nHost: gw\r\nContent-Encoding: \(coding)\r\nContent-Length: 1\r\n\r\nx", GatewayRules()) == status)
        #expect(taken("PUT /SET/k HTTP/1.1\r\nHost: gw\r\nContent-Encoding: \(coding)\r\nContent-Length: 1\r\n\r\nx", GatewayRules(isWebdis: true)) == nil)
        #expect(taken("GET /GET/k HTTP/1.1\r\nHost: gw\r\nContent-Encoding: \(coding)\r\n\r\n", GatewayRules()) == nil)
    }
}

@Suite("Parts of values, and for how long they live") struct PrefacedCommandTests {
    private func answered(_ target: String, _ fields: String, preface: String, reply: String, _ rules: GatewayRules = GatewayRules(hasCacheTTL: true)) throws -> (words: [[String]], text: String) {
        let command = try get(target, rules, fields: fields).command
        guard let asked = command.preface else { return ([command.words], command.response(to: reply, rules)) }
        asked.presentation.takePreface(Array(preface.utf8).span)
        var shown = command
        shown.presentation = command.presentation.reading(true)
        return ([asked.words, command.words], shown.response(to: reply, rules))
    }

    @Test("one range of bytes of a string is 206", arguments: [
        ("bytes=0-1", "0", "1", "ab", "0-1/10"), ("bytes=8-", "8", "-1", "ij", "8-9/10"), ("bytes=-3", "-3", "-1", "hij", "7-9/10"), ("BYTES=8-100", "8", "100", "ij", "8-9/10"), ("bytes=-99", "-99", "-1", "abcdefghij", "0-9/10"),
    ])
    func ranges(range: String, first: String, last: String, part: String, content: String) throws {
        for target in ["/GET/k.txt", "/get/k.png", "/GET/k?type=video/mp4"] {
            let (words, text) = try answered(target, "Range: \(range)\r\n", preface: ":10\r\n", reply: "$\(part.utf8.count)\r\n\(part)\r\n")
            #expect(words == [["STRLEN", "k"], ["GETRANGE", "k", first, last]])
            #expect(text.hasPrefix("HTTP/1.1 206 Partial Content\r\n") && text.contains("\r\nContent-Range: bytes \(content)\r\n") && text.body == part)
            #expect(text.contains("\r\nContent-Length: \(part.utf8.count)\r\n\r\n") && !text.contains("ETag"))
        }
    }

    @Test("a range behind the end is 416, of no value 404, of what is no string the error")
    func outside() throws {
        let behind = try answered("/GET/k.txt", "Range: bytes=10-\r\n", preface: ":10\r\n", reply: "$0\r\n\r\n").text
        #expect(behind.hasPrefix("HTTP/1.1 416 Range Not Satisfiable\r\n") && behind.contains("\r\nContent-Range: bytes */10\r\n"))
        #expect(try answered("/GET/k.txt", "Range: bytes=0-\r\n", preface: ":0\r\n", reply: "$0\r\n\r\n").text.hasPrefix("HTTP/1.1 404 Not Found\r\n"))
        let error = try answered("/GET/k.png", "Range: bytes=0-\r\n", preface: "-WRONGTYPE no\r\n", reply: "-WRONGTYPE no\r\n").text
        #expect(error.hasPrefix("HTTP/1.1 200 OK\r\n") && error.contains("text/plain") && error.body == "-WRONGTYPE no")
        let grown = try answered("/GET/k.txt", "Range: bytes=0-9\r\n", preface: ":5\r\n", reply: "$10\r\nabcdefghij\r\n").text
        #expect(grown.contains("\r\nContent-Range: bytes 0-9/*\r\n"))
    }

    @Test("what is no such range gets the whole", arguments: [
        "bytes=", "bytes=-", "bytes=-0", "bytes=2-1", "bytes=0-1,3-4", "bytes=a-b", "items=0-1", "bytes=0--1", "bytes=99999999999999999999-", "bytes=-99999999999999999999", "bytes=+1-2", "bytes= 0-1",
    ])
    func noRange(range: String) throws { #expect(try get("/GET/k.txt", fields: "Range: \(range)\r\n").command.words == ["GET", "k"]) }

    @Test("so does every other format, method, condition and command, and who may not run what a part takes")
    func whole() throws {
        let range = "Range: bytes=0-1\r\n"
        for target in ["/GET/k", "/GET/k.raw", "/GET/k.xml", "/GET/k.msg", "/LRANGE/l/0/1.txt", "/GET.txt"] { #expect(try get(target, fields: range).command.preface == nil, "\(target)") }
        for condition in ["If-None-Match: \"x\"\r\n", "If-Range: \"x\"\r\n"] { #expect(try get("/GET/k.txt", fields: range + condition).command.words == ["GET", "k"]) }
        #expect(try send("PUT", "/GET.txt", body: "k", fields: range).command.words == ["GET", "k"])
        #expect(try get("/GET/k.txt", GatewayRules(isWebdis: true), fields: range).command.words == ["GET", "k"])
        let only = GatewayRules(access: CommandAccess(rules: [try CommandRule(parsing: "+get +getrange")], allowsByDefault: false), hasCacheTTL: true)
        #expect(try get("/GET/k.txt", only, fields: range).command.words == ["GET", "k"])
        #expect(try get("/GET/k.txt", only).command.preface == nil)
    }

    @Test("a read of one key says by the key's life how long caches may keep it", arguments: [
        (":90500\r\n", "max-age=90"), (":999\r\n", "no-cache"), (":-1\r\n", "no-cache"), (":-2\r\n", "no-cache"), ("-ERR no\r\n", "no-cache"), (":9223372036854775807\r\n", "max-age=9223372036854775"),
    ])
    func lifetime(life: String, control: String) throws {
        for target in ["/GET/k", "/HGETALL/k", "/GET/k.txt"] {
            let (words, text) = try answered(target, "", preface: life, reply: "$1\r\nv\r\n")
            #expect(words.first == ["PTTL", "k"] && text.contains("\r\nCache-Control: \(control)\r\n"), "\(text)")
        }
        let some = GatewayRules(credentials: Credentials(password: Secret(utf8: "p")), hasCacheTTL: true)
        #expect(try answered("/GET/k", "", preface: ":5000\r\n", reply: "$1\r\nv\r\n", some).text.contains("\r\nCache-Control: private, max-age=5\r\n"))
    }

    @Test("nothing is asked before what writes, reads several keys or none, or where nobody wants it", arguments: ["/SET/k/v", "/MGET/a/b", "/PING", "/INCR/k", "/SUBSCRIBE/c", "/EVAL/x/1/k"])
    func noLifetime(target: String) throws {
        #expect(try get(target, GatewayRules(hasCacheTTL: true)).command.preface == nil)
        #expect(try get("/GET/k").command.preface == nil)
        #expect(try send("POST", "/GET/k", body: "", GatewayRules(hasCacheTTL: true)).command.preface == nil)
    }
}
