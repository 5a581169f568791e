import Bytes
import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Logins of HTTP clients that act as users of Redis's own ACL, and rules that change.
    @Suite struct RedisUsersOfLogins {
        private static let handshake =
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

        private func login(_ pair: String) -> [String: String] { ["Authorization": "Basic " + Data(pair.utf8).base64EncodedString()] }

        /// A Redis with the user alice, who may do anything to `app:*` and to channels that begin so, and Mastergate in front of it.
        private func start(_ acl: [String], _ more: [String] = []) throws -> (RedisServer, MastergateProcess) {
            let redis = try RedisServer(["--user", "alice", "on", ">secret", "~app:*", "&app:*", "+@all", "-@admin", "-@dangerous", "+acl|whoami"])
            try redis.client().command("SET", "other", "theirs")
            return (redis, try redis.mastergate(["--threads", "1"] + acl.flatMap { ["--http-acl", $0] } + more))
        }

        private func connect(_ proxy: MastergateProcess, _ request: String) throws -> CorpusConnection {
            let connection = try CorpusConnection(port: proxy.httpPort, timeoutMilliseconds: 15_000)
            connection.send(Array(request.utf8))
            return connection
        }

        private func webSocket(_ proxy: MastergateProcess, as pair: String? = nil) throws -> CorpusConnection {
            let authorization = pair.map { "Authorization: Basic \(Data($0.utf8).base64EncodedString())\r\n" } ?? ""
            let connection = try connect(proxy, "GET /.json HTTP/1.1\r\nHost: gw\r\n\(Self.handshake)\(authorization)\r\n")
            #expect(try connection.response(headOnly: true)["status"] as? Int == 101)
            return connection
        }

        private func say(_ text: String, to connection: CorpusConnection) throws -> String {
            let payload = Array(text.utf8)
            precondition(payload.count < 126)
            connection.send([0x81, 0x80 | UInt8(payload.count), 1, 2, 3, 4] + payload.enumerated().map { $1 ^ UInt8($0 % 4 + 1) })
            return String(decoding: try #require(try connection.frame()["payload"] as? [UInt8]), as: UTF8.self)
        }

        @Test func everyWayInRunsInTheUsersNameAndNobodyElseDoes() throws {
            let (redis, proxy) = try start(["-*", "auth=web:secret user=alice +*", "auth=own:pw +*"])
            let http = try proxy.http()
            let alice = login("web:secret")
            func ask(_ target: String, _ fields: [String: String]) throws -> String { try http.request("GET", target, fields: fields).text }
            #expect(try ask("/ACL/WHOAMI", alice) == #"{"ACL":"alice"}"#)
            #expect(try ask("/ACL/WHOAMI", login("own:pw")) == #"{"ACL":"default"}"#)
            #expect(try ask("/SET/app:k/v", alice) == #"{"SET":[true,"OK"]}"#)
            #expect(try ask("/GET/other", alice).contains("NOPERM"))
            #expect(try ask("/3/GET/other", alice).contains("NOPERM"))
            #expect(try ask("/BLPOP/app:none/0.01", alice) == #"{"BLPOP":null}"#)
            #expect(try ask("/BLPOP/other/0.01", alice).contains("NOPERM"))
            #expect(try ask("/GET/other", login("own:pw")) == #"{"GET":"theirs"}"#)
            let pipeline = try http.request("POST", "/pipeline", fields: alice, body: Array(#"[["ACL","WHOAMI"],["GET","other"]]"#.utf8)).text
            #expect(pipeline.hasPrefix(#"[{"result":"alice"},{"error":"NOPERM"#))
            let transaction = try http.request("POST", "/multi-exec", fields: alice, body: Array(#"[["ACL","WHOAMI"]]"#.utf8)).text
            #expect(transaction == #"[{"result":"alice"}]"#)
            // On links that lie ready nobody meets the user of another.
            for _ in 0..<20 {
                #expect(try ask("/ACL/WHOAMI", alice) == #"{"ACL":"alice"}"#)
                #expect(try ask("/ACL/WHOAMI", login("own:pw")) == #"{"ACL":"default"}"#)
            }
            let socket = try webSocket(proxy, as: "web:secret")
            #expect(try say(#"["ACL","WHOAMI"]"#, to: socket) == #"{"ACL":"alice"}"#)
            #expect(try say(#"["GET","other"]"#, to: socket).contains("NOPERM"))
            #expect(try say(#"["SUBSCRIBE","news"]"#, to: socket).contains("NOPERM"))
            #expect(try say(#"["SUBSCRIBE","app:1","news"]"#, to: socket).contains("NOPERM"))
            #expect(try say(#"["SUBSCRIBE","app:1"]"#, to: socket) == #"{"SUBSCRIBE":["subscribe","app:1",1]}"#)
            #expect(try ask("/SUBSCRIBE/news", alice).contains("NOPERM"))
            #expect(try redis.client().command("PUBSUB", "NUMSUB", "news", "app:1") == .array([.bulk("news"), .integer(0), .bulk("app:1"), .integer(1)]))
            let stream = try connect(proxy, "GET /SUBSCRIBE/app:1 HTTP/1.1\r\nHost: gw\r\nAuthorization: Basic \(Data("web:secret".utf8).base64EncodedString())\r\n\r\n")
            #expect(try stream.response(headOnly: true)["status"] as? Int == 200)
            // Both listen over one link of the user's.
            #expect(try redis.client().command("PUBLISH", "app:1", "x") == .integer(1))
        }

        @Test func whatRedisRefusesIsSaidWithoutASecret() throws {
            let (redis, proxy) = try start(["auth=web:secret user=alice:wrong-one +*", "auth=none:secret user=nobody +*"])
            defer { withExtendedLifetime(redis) {} }
            for pair in ["web:secret", "none:secret"] {
                for target in ["/GET/app:k", "/BLPOP/app:k/1", "/SUBSCRIBE/app:c", "/XREAD/STREAMS/app:s/0"] {
                    let answer = try proxy.http().request("GET", target, fields: login(pair))
                    #expect(answer.status == 502, "\(target)")
                    #expect(answer.text.contains("Redis refuses the user and password"))
                }
                let socket = try webSocket(proxy, as: pair)
                #expect(try say(#"["GET","app:k"]"#, to: socket).contains(#""http_status":502"#))
                #expect(try say(#"["SUBSCRIBE","app:c"]"#, to: socket).contains(#""http_status":502"#))
            }
            #expect(try proxy.http().get("/PING").status == 200)
            for secret in ["wrong-one", "secret"] { #expect(!proxy.log.contains(secret)) }
        }

        @Test func aScriptInTheUsersNameIsHeldToItsRights() throws {
            let (redis, proxy) = try start(["+* -flushall", "auth=web:secret user=alice +eval"])
            defer { withExtendedLifetime(redis) {} }
            let script = "/EVAL/return%20redis.call(%27get%27,%27other%27)/0"
            #expect(try proxy.http().get(script).status == 401)
            let answer = try proxy.http().request("GET", script, fields: login("web:secret"))
            #expect(answer.status == 200 && !answer.text.contains("theirs"))
        }

        @Test func rulesThatAreReadAgainHoldForWhoeverIsConnected() throws {
            let redis = try RedisServer()
            func write(_ acl: String) throws { _ = try redis.folder.write("http: {acl: [\(acl)], acl_default: deny}\nreload_on_change: false\n", to: "mastergate.yaml") }
            try write("\"+get +set +subscribe\"")
            let proxy = try redis.mastergate(["--threads", "1", "--config", "\(redis.folder.path)/mastergate.yaml"])
            let socket = try webSocket(proxy)
            #expect(try say(#"["SET","k","1"]"#, to: socket) == #"{"SET":[true,"OK"]}"#)
            let listener = try webSocket(proxy)
            #expect(try say(#"["SUBSCRIBE","c"]"#, to: listener).contains("subscribe"))
            let stream = try connect(proxy, "GET /SUBSCRIBE/c HTTP/1.1\r\nHost: gw\r\n\r\n")
            #expect(try stream.response(headOnly: true)["status"] as? Int == 200)
            _ = try stream.chunk()
            try write("\"+get\"")
            proxy.process.signal(SIGHUP)
            try Patience.wait("the new rules to hold") { try proxy.http().get("/SET/other/2").status == 403 }
            #expect(try say(#"["SET","k","3"]"#, to: socket).contains(#""http_status":403"#))
            #expect(try say(#"["GET","k"]"#, to: socket) == #"{"GET":"1"}"#)
            // Who listens to what it may not any more is told, and closed.
            #expect(try listener.frame()["op"] as? Int == 8)
            while try stream.fill() {}
            #expect(try redis.client().command("PUBSUB", "NUMSUB", "c") == .array([.bulk("c"), .integer(0)]))
        }

        @Test func rulesThatCameLaterKnowWhoConnectedBefore() throws {
            let redis = try RedisServer()
            func write(_ acl: String) throws { _ = try redis.folder.write("http: {acl: [\(acl)]}\nreload_on_change: false\n", to: "mastergate.yaml") }
            try write("")
            let proxy = try redis.mastergate(["--threads", "1", "--config", "\(redis.folder.path)/mastergate.yaml"])
            let known = try webSocket(proxy, as: "web:secret")
            let stranger = try webSocket(proxy)
            try write("\"-*\", \"ip=127.0.0.1 auth=web:secret +get\"")
            proxy.process.signal(SIGHUP)
            try Patience.wait("the new rules to hold") { try proxy.http().get("/GET/k").status == 401 }
            #expect(try say(#"["GET","k"]"#, to: known) == #"{"GET":null}"#)
            #expect(try say(#"["GET","k"]"#, to: stranger).contains(#""http_status":401"#))
        }

        @Test func aReadOnlyTokenOnlyReadsOverWebSocketsToo() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-token", "whole", "--http-read-only-token", "reads"])
            for (token, isServed) in [("whole", true), ("reads", false)] {
                let socket = try connect(proxy, "GET /.json?_token=\(token) HTTP/1.1\r\nHost: gw\r\n\(Self.handshake)\r\n")
                #expect(try socket.response(headOnly: true)["status"] as? Int == 101)
                #expect(try say(#"["SET","k","v"]"#, to: socket).contains("OK") == isServed)
                #expect(try say(#"["GET","k"]"#, to: socket) == #"{"GET":"v"}"#)
            }
        }
    }
}
