import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Clients that listen to more channels than most.
    @Suite struct ManyChannels {
        private func webSocket(_ proxy: MastergateProcess) throws -> CorpusConnection {
            let connection = try CorpusConnection(port: proxy.httpPort, timeoutMilliseconds: 30_000)
            connection.send(Array((
                "GET /.json HTTP/1.1\r\nHost: gw\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").utf8))
            #expect(try connection.response(headOnly: true)["status"] as? Int == 101)
            return connection
        }

        private func say(_ words: [String], to connection: CorpusConnection) {
            let payload = Array(("[" + words.map { "\"\($0)\"" }.joined(separator: ",") + "]").utf8)
            let lengthCount = payload.count < 126 ? 0 : payload.count < 65_536 ? 2 : 8
            let length = (0..<lengthCount).reversed().map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) }
            connection.send([0x81, 0x80 | (lengthCount == 0 ? UInt8(payload.count) : lengthCount == 2 ? 126 : 127)] + length + [0, 0, 0, 0] + payload)
        }

        private func heard(_ connection: CorpusConnection) throws -> String {
            String(decoding: try #require(try connection.frame()["payload"] as? [UInt8]), as: UTF8.self)
        }

        private func channelCount(_ redis: RedisServer) throws -> Int {
            guard case .array(let names) = try redis.client().command("PUBSUB", "CHANNELS") else { return -1 }
            return names.count
        }

        @Test func theirNamesAreBoundedOverAllCommandsOfAClient() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1", "--failover-client-memory", "4kb"])
            let socket = try webSocket(proxy)
            // A name of 8 bytes takes 40.
            let names = (0..<60).map { "name\(1000 + $0)" }
            say(["SUBSCRIBE"] + names, to: socket)
            for index in 1...60 { #expect(try heard(socket).hasSuffix(",\(index)]}")) }
            say(["PSUBSCRIBE"] + names, to: socket)
            let refusal = try heard(socket)
            #expect(refusal.contains(#""http_status":413"#) && refusal.contains("failover.client_memory"))
            say(["UNSUBSCRIBE"], to: socket)
            for _ in 0..<60 { #expect(try heard(socket).contains("unsubscribe")) }
            say(["PSUBSCRIBE"] + names, to: socket)
            for index in 1...60 { #expect(try heard(socket).hasSuffix(",\(index)]}")) }
            let http = try proxy.http()
            let body = "SUBSCRIBE/" + (0..<200).map { "name\($0)" }.joined(separator: "/")
            let answer = try http.request("POST", "/", body: Array(body.utf8))
            #expect(answer.status == 413 && answer.text.contains("failover.client_memory"))
            #expect(try http.get("/PING").status == 200)
        }

        @Test func thousandsAreConfirmedInOrderAndGivenUpWithTheirClientWhileOthersAreServed() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--threads", "1"])
            let names = (0..<5000).map { "c\($0)" }
            var socket: CorpusConnection? = try webSocket(proxy)
            var stream: CorpusConnection? = try CorpusConnection(port: proxy.httpPort, timeoutMilliseconds: 30_000)
            let body = "SUBSCRIBE/" + names.joined(separator: "/")
            stream?.send(Array("POST / HTTP/1.1\r\nHost: gw\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8))
            say(["SUBSCRIBE"] + names, to: try #require(socket))
            let http = try proxy.http()
            for _ in 0..<50 { #expect(try http.get("/PING").status == 200) }
            #expect(try #require(stream).response(headOnly: true)["status"] as? Int == 200)
            for (index, name) in names.enumerated() {
                let expected = #"{"SUBSCRIBE":["subscribe","\#(name)",\#(index + 1)]}"#
                #expect(try heard(#require(socket)) == expected)
                #expect(String(decoding: try #require(stream).chunk(), as: UTF8.self) == expected)
            }
            try redis.client().command("PUBLISH", "c4999", "last")
            #expect(try heard(#require(socket)) == #"{"SUBSCRIBE":["message","c4999","last"]}"#)
            #expect(String(decoding: try #require(stream).chunk(), as: UTF8.self) == #"{"SUBSCRIBE":["message","c4999","last"]}"#)
            #expect(try channelCount(redis) == 5000)
            // One leaves: the other keeps what it listens to.
            socket = nil
            try Patience.wait("the client to be gone") { try proxy.metric("mastergate_client_connections{listener=\"http\"}") == 2 }
            try redis.client().command("PUBLISH", "c0", "still here")
            #expect(String(decoding: try #require(stream).chunk(), as: UTF8.self) == #"{"SUBSCRIBE":["message","c0","still here"]}"#)
            stream = nil
            try Patience.wait("the channels to be given up") { try channelCount(redis) == 0 }
        }
    }
}
