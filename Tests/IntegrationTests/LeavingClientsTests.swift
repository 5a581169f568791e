import EventLoop
import Foundation
import Glibc
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct LeavingClients {
        @Test func aLargeReplyArrivesWholeBehindQuitAndAtTheEndOfAnHTTPConnection() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let value = [UInt8](repeating: UInt8(ascii: "v"), count: 16 << 20)
            let client = try proxy.resp()
            #expect(try client.command([Array("SET".utf8), Array("k".utf8), value]) == .ok)
            try client.send("GET", "k")
            usleep(300_000)
            try client.send("QUIT")
            #expect(try client.reply() == .bulkString(value))
            #expect(try client.reply() == .ok)
            let http = try proxy.http()
            try http.send("GET /GET/k.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            usleep(300_000)
            #expect(try http.response().body == value)
        }

        @Test func refusedAndVanishedClientsLeaveNothingBehind() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            #expect(try proxy.resp().command("PING") == .simpleString("PONG"))
            for _ in 0..<10 {
                let wrong = try proxy.resp()
                try wrong.stream.write(Array("*1\r\n!x\r\n".utf8))
                guard case .error = try wrong.reply() else { return #expect(Bool(false)) }
                // A large value, left in the middle.
                let half = try proxy.resp()
                try half.stream.write(Array("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n".utf8) + [UInt8](repeating: 0x78, count: 300_000))
                // A blocking request, with one behind it that stops the reading.
                let blocked = try proxy.http()
                try blocked.send("GET /BLPOP/none/0 HTTP/1.1\r\nHost: x\r\n\r\nGET /PING HTTP/1.1\r\nHost: x\r\n\r\n")
                usleep(20_000)
            }
            try Patience.wait("every connection to be let go") {
                let resp = try proxy.metric("mastergate_client_connections{listener=\"resp\"}")
                let http = try proxy.metric("mastergate_client_connections{listener=\"http\"}")
                return resp == 0 && http == 0
            }
            let clients = try redis.client().command("CLIENT", "LIST").text ?? ""
            #expect(!clients.contains("cmd=blpop"))
        }

        @Test func aHalfClosedHTTPPipelineIsAnsweredWhole() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let value = [UInt8](repeating: UInt8(ascii: "v"), count: 600_000)
            try redis.client().command([Array("SET".utf8), Array("k".utf8), value])
            let stream = try BlockingStream(SocketAddress(try #require(Resolver.loopbackV4), port: proxy.httpPort), timeoutMilliseconds: 10_000)
            for _ in 0..<200 { try stream.write(Array("GET /GET/k.txt HTTP/1.1\r\nHost: x\r\n\r\n".utf8)) }
            stream.shutdownWriting()
            var total = 0
            while case let bytes = try stream.read(bytesMax: 1 << 20), !bytes.isEmpty { total += bytes.count }
            #expect(total > 200 * value.count)
        }
    }

    @Suite struct SharedLinks {
        @Test func resetOverHTTPChangesNobodysDatabase() throws {
            let redis = try RedisServer()
            let http = try redis.mastergate().http()
            #expect(try http.get("/7/SET/k/seven").status == 200)
            for _ in 0..<8 { #expect(try http.get("/7/RESET").text == #"{"RESET":[true,"RESET"]}"#) }
            for _ in 0..<8 { #expect(try http.get("/7/GET/k.txt").text == "seven") }
        }

        @Test func aLongPipelineIsAnsweredInOrderWhenItsLinkIsLost() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--failover-hold", "1s"])
            let http = try proxy.http()
            for round in 0..<4 {
                #expect(try http.get("/SET/k/v").status == 200)
                let killer = try redis.client()
                redis.process.signal(SIGSTOP)
                for index in 0..<400 { try http.send("GET /ECHO/\(round)-\(index).txt HTTP/1.1\r\nHost: x\r\n\r\n") }
                usleep(100_000)
                try killer.send("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                redis.process.signal(SIGCONT)
                for index in 0..<400 {
                    let response = try http.response()
                    if response.status == 200 { #expect(response.text == "\(round)-\(index)") } else { #expect(response.status >= 503) }
                }
            }
        }
    }

    @Suite struct UnreadAnswers {
        @Test func aClientThatDoesNotReadItsRefusalsIsNotListenedTo() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--client-password", "secret"])
            let stream = try BlockingStream(SocketAddress(try #require(Resolver.loopbackV4), port: proxy.respPort), timeoutMilliseconds: 500)
            let chunk = Array(String(repeating: "x\r\n", count: 20_000).utf8)
            // Sixty megabytes of requests would be answered by seven hundred of refusals.
            #expect(throws: IOError.self) { for _ in 0..<1000 { try stream.write(chunk) } }
            #expect(try proxy.resp().command("AUTH", "secret") == .ok)
        }

        @Test func anUnansweredLoadGoesOnWhenTheServerCatchesUp() throws {
            let redis = try RedisServer()
            let client = try redis.mastergate().resp()
            try client.send("CLIENT", "REPLY", "OFF")
            let value = [UInt8](repeating: UInt8(ascii: "v"), count: 40_000)
            let info = try redis.client().command("INFO", "server").text ?? ""
            let pid = try #require(info.split(separator: "\r\n").first { $0.hasPrefix("process_id:") }?.dropFirst(11))
            for round in 0..<6 {
                redis.process.signal(SIGSTOP)
                redis.folder.entrust(try ChildProcess(["sh", "-c", "sleep 0.3; kill -CONT \(pid)"]))
                for _ in 0..<400 { try client.send([Array("SET".utf8), Array("k\(round)".utf8), value]) }
            }
            redis.process.signal(SIGCONT)
            try client.send("CLIENT", "REPLY", "ON")
            #expect(try client.reply() == .ok)
        }
    }
}
