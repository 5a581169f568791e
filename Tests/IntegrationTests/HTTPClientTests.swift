import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct HTTPClients {
        @Test func commandsAreUrlsAndRepliesHaveFormats() throws {
            let redis = try RedisServer()
            let http = try redis.mastergate().http()
            #expect(try http.get("/SET/hello/world").text == #"{"SET":[true,"OK"]}"#)
            let answer = try http.get("/GET/hello")
            #expect(answer.text == #"{"GET":"world"}"#)
            #expect(answer.fields["content-type"] == "application/json")
            #expect(try http.get("/GET/hello.raw").text == "$5\r\nworld\r\n")
            #expect(try http.get("/GET/hello.txt").text == "world")
            #expect(try http.get("/RPUSH/list/a/b%2Fc").text == #"{"RPUSH":2}"#)
            #expect(try http.get("/LRANGE/list/0/-1").text == #"{"LRANGE":["a","b/c"]}"#)
            let document = try http.get("/LRANGE/list/0/-1.xml")
            #expect(document.fields["content-type"] == "text/xml")
            #expect(try http.get("/GET/hello.txt").fields["content-type"] == "text/plain; charset=utf-8")
            #expect(document.text.contains("<string>a</string><string>b/c</string>"))
            #expect(try http.get("/NOSUCH/x").text.hasPrefix(#"{"NOSUCH":[false,"ERR unknown command"#))
            #expect(try http.get("/GET/none.txt").status == 404)
            #expect(try http.get("/MULTI").status == 403)
        }

        @Test func bodiesCarryValuesAndCommands() throws {
            let redis = try RedisServer()
            let http = try redis.mastergate().http()
            #expect(try http.request("PUT", "/SET/doc", body: Array("<a>1 + 1</a>\r\n".utf8)).status == 200)
            #expect(try http.get("/GET/doc.xml").text == "<a>1 + 1</a>\r\n")
            #expect(try http.request("POST", "/", body: Array("INCRBY/n/41".utf8)).text == #"{"INCRBY":41}"#)
            try http.send("PUT /SET/parts HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            #expect(try http.response().status == 200)
            #expect(try http.get("/GET/parts").text == #"{"GET":"abcde"}"#)
            try http.send("PUT /SET/asked HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            #expect(try http.response().status == 100)
            try http.send("ok")
            #expect(try http.response().status == 200)
            let options = try http.request("OPTIONS", "/anything")
            #expect(options.status == 200 && options.fields["allow"]?.contains("PUT") == true)
            #expect(options.fields["access-control-allow-origin"] == nil)
        }

        @Test func theHTTPPortSaysWhetherThereIsAMasterWhereThatIsWanted() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-health", "true", "--http-password", "pw", "--http-base-path", "/redis"])
            let http = try proxy.http()
            #expect(try http.get("/livez").text == "ok\n")
            #expect(try http.get("/redis/readyz").status == 200)
            #expect(try http.request("GET", "/redis/PING", fields: ["Authorization": "Basic OnB3"]).text == #"{"PING":[true,"PONG"]}"#)
            #expect(try http.request("GET", "/PING", fields: ["Authorization": "Basic OnB3"]).status == 404)
            _ = try? redis.client().command("SHUTDOWN", "NOSAVE")
            try Patience.wait("the loss to be noticed") { try http.get("/readyz").status == 503 }
            #expect(try http.get("/livez").status == 200)
        }

        @Test func partsOfValuesAndHowLongTheyLiveAreAskedForBeforeThem() throws {
            let redis = try RedisServer()
            let http = try redis.mastergate(["--http-cache-ttl", "true", "--http-error-status", "true"]).http()
            let direct = try redis.client()
            try direct.command("SET", "film", "0123456789", "EX", "100")
            let part = try http.request("GET", "/GET/film.bin", fields: ["Range": "bytes=2-4"])
            #expect(part.status == 206 && part.text == "234" && part.fields["content-range"] == "bytes 2-4/10")
            #expect(try http.request("GET", "/GET/film.bin", fields: ["Range": "bytes=99-"]).fields["content-range"] == "bytes */10")
            #expect(try http.request("GET", "/GET/none.bin", fields: ["Range": "bytes=0-"]).status == 404)
            let whole = try http.get("/GET/film")
            #expect(whole.text == #"{"GET":"0123456789"}"# && ["max-age=99", "max-age=100"].contains(whole.fields["cache-control"]))
            #expect(try http.get("/INCR/n").fields["cache-control"] == "no-store")
            #expect(try http.get("/GET/n").fields["cache-control"] == "no-cache")
            #expect(try http.get("/LPUSH/film/x").status == 409)
            // Answers keep the order of requests, with and without such questions.
            for number in 0..<100 { try direct.command("SET", "k\(number)", "\(number)") }
            var requests = ""
            for number in 0..<100 { requests += "GET /GET/k\(number)\(number % 3 == 0 ? ".txt" : "") HTTP/1.1\r\nHost: h\r\n\(number % 3 == 0 ? "Range: bytes=0-0\r\n" : "")\r\n" }
            try http.send(requests)
            for number in 0..<100 { #expect(try http.response().text == (number % 3 == 0 ? String("\(number)".prefix(1)) : #"{"GET":"\#(number)"}"#)) }
        }

        @Test func databasesArePickedByUrlAndNeverLeak() throws {
            let redis = try RedisServer()
            let http = try redis.mastergate().http()
            #expect(try http.get("/7/SET/k/seven").status == 200)
            #expect(try http.get("/GET/k").text == #"{"GET":null}"#)
            #expect(try http.get("/7/GET/k").text == #"{"GET":"seven"}"#)
            #expect(try http.get("/99/SET/k/lost").text == #"{"SET":[false,"ERR DB index is out of range"]}"#)
            #expect(try redis.client().command("EXISTS", "k") == .integer(0))
        }

        @Test func pipelinedRequestsAreAnsweredInOrder() throws {
            let redis = try RedisServer()
            let http = try redis.mastergate().http()
            var requests = ""
            for index in 0..<300 {
                // Two databases, answers of our own and blocking commands among them: order must hold all the same.
                switch index % 4 {
                case 0: requests += "GET /ECHO/\(index) HTTP/1.1\r\nHost: h\r\n\r\n"
                case 1: requests += "GET /3/ECHO/\(index) HTTP/1.1\r\nHost: h\r\n\r\n"
                case 2: requests += "GET /SELECT/\(index) HTTP/1.1\r\nHost: h\r\n\r\n"
                default: requests += "GET /WAIT/0/0 HTTP/1.1\r\nHost: h\r\n\r\n"
                }
            }
            try http.send(requests)
            for index in 0..<300 {
                let answer = try http.response()
                switch index % 4 {
                case 0, 1: #expect(answer.text == #"{"ECHO":"\#(index)"}"#)
                case 2: #expect(answer.status == 403)
                default: #expect(answer.text == #"{"WAIT":0}"#)
                }
            }
        }

        @Test func aBlockingCommandHoldsUpNobodyElse() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1"])
            let waiting = try proxy.http()
            try waiting.send("GET /BLPOP/queue/0 HTTP/1.1\r\nHost: h\r\n\r\n")
            let direct = try redis.client()
            try Patience.wait("the client to block") { try direct.command("INFO", "clients").text?.contains("blocked_clients:1") == true }
            #expect(try proxy.http().get("/RPUSH/queue/job").text == #"{"RPUSH":1}"#)
            #expect(try waiting.response().text == #"{"BLPOP":["queue","job"]}"#)
        }

        @Test func whatOneClientSettlesOnItsConnectionReachesNoOther() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1", "--redis-client-name", "gateway"])
            let (one, other) = (try proxy.http(), try proxy.http())
            for poison in ["CLIENT/SETNAME/mine", "HELLO/3", "CLIENT/NO-EVICT/on", "RESET", "QUIT", "CLIENT/INFO"] {
                #expect(try one.get("/\(poison)").status == 200)
                #expect(try other.get("/SET/k/v").text == #"{"SET":[true,"OK"]}"#)
                let name = try other.get("/CLIENT/GETNAME").text
                #expect(name == #"{"CLIENT":"gateway"}"#, "after \(poison)")
            }
            #expect(try one.get("/SSUBSCRIBE/news").status == 501)
            for withheld in ["CLIENT/REPLY/off", "CLIENT/TRACKING/on", "SCRIPT/DEBUG/yes"] { #expect(try one.get("/\(withheld)").status == 501) }
            #expect(try other.get("/GET/k").text == #"{"GET":"v"}"#)
        }

        @Test func malformedRequestsGetTheirStatusAndAReason() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-max-body", "1kb", "--http-max-head", "4kb", "--http-max-request-line", "2kb"])
            for (request, status) in [
                ("GET /PING\r\n\r\n", 400), ("GET /PING HTTP/2.0\r\n\r\n", 505), ("GET /PING HTTP/1.1\r\n\r\n", 400),
                ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
                ("PUT /SET/k HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n", 413),
                ("GET /PING HTTP/1.1\r\nHost: h\r\nX: \(String(repeating: "x", count: 5000))\r\n\r\n", 431),
                ("GET /\(String(repeating: "x", count: 3000)) HTTP/1.1\r\nHost: h\r\n\r\n", 414),
                ("DELETE /k HTTP/1.1\r\nHost: h\r\n\r\n", 405),
            ] {
                let http = try proxy.http()
                try http.send(request)
                let answer = try http.response()
                #expect(answer.status == status, "\(request.prefix(40))")
                #expect(answer.text.hasPrefix(#"{"error":{"status":\#(status),"message":""#))
            }
            #expect(try proxy.http().get("/PING").status == 200)
        }

        @Test func aHeadThatDripsInIsGivenUp() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-header-timeout", "300ms"])
            let http = try proxy.http()
            try http.send("GET /PING HT")
            #expect(try http.response().status == 408)
        }

        @Test func aValueOf64MegabytesGoesBothWays() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let http = try proxy.http(timeoutMilliseconds: 60_000)
            let value = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 20)
            #expect(try http.request("PUT", "/SET/big", body: value).text == #"{"SET":[true,"OK"]}"#)
            #expect(try http.get("/STRLEN/big").text == #"{"STRLEN":67108864}"#)
            #expect(try http.get("/GET/big.txt").body.count == 64 << 20)
        }

        @Test func curlWorksWithIt() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            func curl(_ words: String...) throws -> String {
                let address = "http://127.0.0.1:\(proxy.httpPort)"
                return try Tool.run(["curl", "-s"] + words.dropLast() + [address + (words.last ?? "")], in: redis.folder).output
            }
            #expect(try curl("/SET/k/v") == #"{"SET":[true,"OK"]}"#)
            #expect(try curl("-d", "GET/k", "/") == #"{"GET":"v"}"#)
            let file = try redis.folder.write("a file's content", to: "upload")
            #expect(try curl("-T", file, "/SET/file") == #"{"SET":[true,"OK"]}"#)
            #expect(try curl("/GET/file.txt") == "a file's content")
            #expect(try curl("--http1.0", "/PING.txt") == "+PONG")
            #expect(try curl("-I", "/GET/k").hasPrefix("HTTP/1.1 200 OK"))
        }
    }
}
