import EventLoop
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Whatever a client says on its connection, nothing of it is left on a link that the next client gets. The program under
    /// test is a debug build, which asks each link by CLIENT INFO before it is lent again.
    @Suite struct CleanLinks {
        /// What would end or replace the server that the test runs on.
        private static let left: Set<String> = ["shutdown", "replicaof", "slaveof"]
        /// Beside every row of the table with 0, enough and too many arguments: forms that Redis accepts, or half accepts.
        private static let accepted: [[String]] = [
            ["SELECT", "5"], ["HELLO", "3"], ["HELLO", "2", "AUTH", "alice", "pw"], ["HELLO", "3", "AUTH", "alice", "pw", "SETNAME", "bad name"],
            ["HELLO", "3", "SETNAME", "x", "FOO"], ["AUTH", "alice", "pw"], ["AUTH", "alice", "no"], ["CLIENT", "SETNAME", "x"], ["CLIENT", "REPLY", "OFF"],
            ["CLIENT", "REPLY", "SKIP"], ["CLIENT", "TRACKING", "ON", "BCAST"], ["CLIENT", "NO-EVICT", "ON"], ["CLIENT", "NO-TOUCH", "ON"],
            ["CLIENT", "PAUSE", "1", "WRITE"], ["CLIENT", "SETINFO", "LIB-NAME", "x"], ["CLIENT", "REPLY\0", "OFF"], ["CLIENT", "REPLY", "OFF\0"],
            ["SUBSCRIBE", "a", "b"], ["PSUBSCRIBE", "a*"], ["SSUBSCRIBE", "s"], ["DISCARD", "x"], ["SCRIPT", "DEBUG", "YES"], ["EVAL", "return redis.call('select', 5)", "0"],
            ["EVAL", "return redis.status_reply('QUEUED')", "0"], ["XREAD", "BLOCK", "1", "STREAMS", "s", "$"], ["BLPOP", "l", "0.001"], ["NOSUCH"], ["MONITOR"],
        ]

        private let redis: RedisServer
        private let proxy: MastergateProcess

        init() throws {
            redis = try RedisServer()
            try redis.client().command("ACL", "SETUSER", "alice", "on", ">pw", "+@all", "~*", "&*")
            proxy = try redis.mastergate(["--threads", "1", "--redis-named-links", "2"])
        }

        private static var commands: [[String]] {
            var all = accepted
            CommandTable.standard.forEachRow { name, place in
                guard !left.contains(name) else { return }
                let words = name.split(separator: "|").map { $0.uppercased() }
                let enough = max(0, abs(CommandTable.standard[place].arity) - words.count)
                for count in Set([0, enough, enough + 9]) { all.append(words + Array(repeating: "1", count: count)) }
            }
            return all
        }

        @Test func everyCommandLeavesLinksClean() throws {
            for command in Self.commands {
                try say([command])
                try say([["MULTI"], command, ["EXEC"]])
                try say([["MULTI"], ["DISCARD", "x"], command, ["EXEC"], ["EVAL", "return 1", "0"]])
            }
            try expectClean()
        }

        @Test func everyCommandOverHTTPLeavesLinksClean() throws {
            for command in Self.commands {
                let words = command.map { "\"\($0 == "OFF\0" || $0 == "REPLY\0" ? String($0.dropLast()) + "\\u0000" : $0)\"" }.joined(separator: ",")
                for batch in ["[[\(words)]]", "[[\"DISCARD\"],[\(words)],[\"GET\",\"k\"]]"] { try ask("/multi-exec", batch) }
                try ask("/pipeline", "[[\(words)]]")
                try sayOverWebSocket("[\(words)]")
            }
            try expectClean()
        }

        /// Sends requests over a connection of their own, and goes away once all are answered, or nothing more comes.
        private func say(_ requests: [[String]]) throws {
            let client = try proxy.resp(timeoutMilliseconds: 15)
            for request in requests { try client.send(request.map { Array($0.utf8) }) }
            try? { for _ in requests { _ = try client.reply() } }()
        }

        private func ask(_ path: String, _ body: String) throws {
            let client = try proxy.http(timeoutMilliseconds: 25)
            _ = try? client.request("POST", path, body: Array(body.utf8))
        }

        private func sayOverWebSocket(_ text: String) throws {
            let client = try proxy.http(timeoutMilliseconds: 15)
            try client.send(
                "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            guard (try? client.response(hasBody: false))?.status == 101 else { return }
            let count = text.utf8.count
            var frame: [UInt8] = count < 126 ? [0x81, 0x80 | UInt8(count)] : [0x81, 0xFE, UInt8(count >> 8), UInt8(count & 0xFF)]
            frame += [0, 0, 0, 0] + Array(text.utf8)
            try client.send(bytes: frame)
            _ = try? client.readSome()
        }

        /// Nothing was found when links were given back, and those that lie ready are as new.
        private func expectClean() throws {
            try Patience.wait("every client to have left") { try proxy.metric("mastergate_client_connections") ?? 0 == 0 }
            #expect(try proxy.metric("mastergate_upstream_errors_total{kind=\"unclean\"}") ?? 0 == 0)
            #expect(!proxy.log.contains("given back in a state"), "\(proxy.log.split(separator: "\n").first { $0.contains("given back in a state") } ?? "")")
            let direct = try redis.client()
            try Patience.wait("links to be as new") { try Self.unclean(direct).isEmpty }
            #expect(try proxy.resp().command("ACL", "WHOAMI") == .bulk("default"))
        }

        /// The connections to Redis that carry more than a database and a protocol version.
        private static func unclean(_ direct: RESPClient) throws -> [String] {
            let own = try direct.command("CLIENT", "ID")
            guard case .integer(let id) = own, let list = try direct.command("CLIENT", "LIST").text else { return ["no list"] }
            return list.split(separator: "\n").map(String.init).filter { line in
                guard !line.hasPrefix("id=\(id) ") else { return false }
                return !line.contains(" name= ") || !line.contains(" flags=N ") || !line.contains(" user=default ") || !line.contains(" sub=0 psub=0 ")
                    || !line.contains(" multi=-1 ")
            }
        }
    }
}
