import EventLoop
import Foundation
import HTTP2Peer
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Clients of HTTP/2 that do whatever comes to a seeded mind: right frames in wrong places, right ones broken, streams taken back at
    /// any time, nothing read, leaving in the midst.
    @Suite struct HTTP2Vandals {
        private static let paths = ["/PING", "/GET/a", "/SET/a/1", "/BLPOP/list/0", "/BLPOP/list/1", "/SUBSCRIBE/news", "/XREAD/STREAMS/s/0", "/GET/big.bin", "/MULTI", "/", "/LPUSH/list/x", "/NOSUCH", "/DEBUG/SLEEP/0.01"]

        private func frame(_ random: inout SplitMix, _ next: inout Int32) -> [UInt8] {
            let old = 2 * Int32(random.next(below: Int(next) / 2 + 2)) + 1
            let bytes = (0..<random.next(below: 40)).map { _ in UInt8(random.next(below: 256)) }
            switch random.next(below: 16) {
            case 0...5:
                defer { next += 2 }
                return HTTP2Frame.request(next, "GET", Self.paths[random.next(below: Self.paths.count)], random.next(below: 4) == 0 ? [("accept", "text/event-stream")] : [])
            case 6, 7:
                defer { next += 2 }
                return HTTP2Frame.request(next, "PUT", "/SET/b", random.next(below: 2) == 0 ? [("content-length", "\(random.next(below: 40))")] : [], ends: false)
            case 8, 9: return HTTP2Frame.data(old, bytes, ends: random.next(below: 2) == 0)
            case 10, 11: return HTTP2Frame.reset(old)
            case 12: return HTTP2Frame.grant(random.next(below: 2) == 0 ? 0 : old, UInt32(random.next(below: 100_000)))
            case 13: return HTTP2Frame(.ping, Array(bytes.prefix(8))).bytes
            case 14: return HTTP2Frame(HTTP2Frame.Kind(rawValue: UInt8(random.next(below: 10))) ?? .unknown, flags: UInt8(random.next(below: 64)), stream: old, bytes).bytes
            default: return HTTP2Frame(.headers, flags: UInt8(random.next(below: 2)) * 4, stream: next, HTTP2Frame.list([(":method", "GET")]) + bytes).bytes
            }
        }

        @Test(arguments: [1, 2, 3, 4] as [UInt64])
        func nothingThatOneLeavesReachesAnother(seed: UInt64) throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--http-max-body", "64kb"])
            let direct = try redis.client()
            try direct.command("SET", "big", String(repeating: "b", count: 500_000))
            try direct.command("XADD", "s", "*", "f", "v")
            var random = SplitMix(seed: seed)
            let honest = try HTTP2Client(port: proxy.httpPort)
            let listening = try honest.open("GET", "/SUBSCRIBE/honest")
            for round in 0..<60 {
                let vandal = try HTTP2Client(port: proxy.httpPort, window: UInt32(random.next(below: 100_000)))
                vandal.grants = random.next(below: 2) == 0
                var (next, bytes): (Int32, [UInt8]) = (1, [])
                for _ in 0..<random.next(below: 120) { bytes += frame(&random, &next) }
                if random.next(below: 3) == 0, !bytes.isEmpty { bytes[random.next(below: bytes.count)] ^= UInt8(1 << random.next(below: 8)) }
                var start = 0
                while start < bytes.count {
                    let end = min(bytes.count, start + 1 + random.next(below: 2000))
                    do { try vandal.send(Array(bytes[start..<end])) } catch { break }
                    start = end
                }
                if random.next(below: 2) == 0 { try? vandal.send(HTTP2Frame(.ping, [UInt8](repeating: 0, count: 8)).bytes); try? vandal.readSome() }
                #expect(try honest.get("/ECHO/\(round)").text == #"{"ECHO":"\#(round)"}"#)
            }
            try direct.command("PUBLISH", "honest", "still here")
            try honest.read { honest.peer.response(listening).text.contains("still here") }
            #expect(honest.peer.response(listening).text.components(separatedBy: "message").count == 2)
            try Patience.wait("the vandals' streams to end") { try proxy.metric("mastergate_http2_streams") == 1 && proxy.metric("mastergate_http2_connections") == 1 }
            try Patience.wait("what they had asked for to end") { try direct.command("CLIENT", "LIST").text?.contains("cmd=blpop") == false }
            #expect(proxy.process.isRunning && proxy.log.contains(" error ") == false)
        }
    }
}
