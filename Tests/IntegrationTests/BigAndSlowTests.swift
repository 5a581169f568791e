import EventLoop
import Foundation
import Glibc
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// Large values and clients that do not read cost neither much memory nor anybody else's time.
    @Suite struct BigAndSlow {
        private static let bigBytes = 512 << 20

        private let redis: RedisServer

        init() throws { redis = try RedisServer() }

        /// Memory of the proxy now, in megabytes.
        private func residentMegabytes(_ proxy: MastergateProcess) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(proxy.process.processID)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS") })
            return try #require(Int(line.split(separator: " ").dropLast().last ?? "")) >> 10
        }

        /// A value too large for every buffer, each part of it different.
        private func makeBig() throws {
            let direct = try RESPClient(port: redis.port, timeoutMilliseconds: 20_000)
            try direct.command("SETRANGE", "big", "\(Self.bigBytes - 1)", ".")
            for place in 0..<512 { try direct.command("SETRANGE", "big", "\(place << 20)", "part \(place)") }
        }

        @Test func aValueOf512MegabytesIsReadWhileOthersWorkOnTheSameLink() throws {
            try makeBig()
            let proxy = try redis.mastergate(["--threads", "1", "--redis-shared-links", "1"])
            let others = Others(try (0..<8).map { _ in try proxy.resp() })
            // Redis itself answers nobody while it copies the value.
            let direct = Others([try redis.client()])
            let reader = try proxy.resp(timeoutMilliseconds: 20_000)
            try reader.send("GET", "big")
            let total = Self.bigBytes + "$\(Self.bigBytes)\r\n\r\n".utf8.count
            var received = 0
            var peak = 0
            var head: [UInt8] = []
            var parts = 0
            while received < total {
                let bytes = try reader.stream.read(bytesMax: 1 << 20)
                guard !bytes.isEmpty else { break }
                if head.count < 32 { head += bytes.prefix(32) }
                // The parts stand at known places: the bytes came in order, and none was lost.
                let first = (received - 12 + (1 << 20) - 1) >> 20
                for place in max(0, first)..<512 {
                    let at = place << 20 + 12 - received
                    guard at + 8 <= bytes.count else { break }
                    guard at >= 0 else { continue }
                    #expect(bytes[at..<(at + 8)].elementsEqual("part \(place)\0\0\0".utf8.prefix(8)))
                    parts += 1
                }
                received += bytes.count
                if received & 0xFF_FFFF < 1 << 16 { peak = max(peak, try residentMegabytes(proxy)) }
            }
            peak = max(peak, try residentMegabytes(proxy))
            let (worst, count) = try others.stop()
            #expect(received == total)
            #expect(head.starts(with: "$\(Self.bigBytes)\r\npart 0".utf8))
            #expect(parts > 400)
            #expect(try reader.command("PING") == .simpleString("PONG"))
            #expect(peak < 150, "\(peak) MB")
            let (worstOfRedis, _) = try direct.stop()
            #expect(worst < worstOfRedis + 1000, "\(worst) ms, directly \(worstOfRedis) ms")
            print("512 MB read: \(peak) MB resident, others waited \(worst) ms at worst over \(count) commands, directly \(worstOfRedis) ms")
        }

        @Test func aValueOf512MegabytesIsWrittenWhileOthersWork() throws {
            let proxy = try redis.mastergate(["--threads", "1", "--redis-shared-links", "1"])
            let others = Others(try (0..<8).map { _ in try proxy.resp() })
            let writer = try proxy.resp(timeoutMilliseconds: 20_000)
            try writer.stream.write(Array("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$\(Self.bigBytes)\r\n".utf8))
            var peak = 0
            for place in 0..<512 {
                var part = [UInt8](repeating: UInt8(ascii: "."), count: 1 << 20)
                part.replaceSubrange(0..<4, with: Array("\(1000 + place)".utf8))
                try writer.stream.write(part)
                if place % 16 == 0 { peak = max(peak, try residentMegabytes(proxy)) }
            }
            try writer.stream.write(Array("\r\n".utf8))
            #expect(try writer.reply() == .ok)
            let (worst, count) = try others.stop()
            let direct = try redis.client()
            #expect(try direct.command("STRLEN", "big") == .integer(Int64(Self.bigBytes)))
            for place in [0, 17, 511] { #expect(try direct.command("GETRANGE", "big", "\(place << 20)", "\(place << 20 + 3)") == .bulk("\(1000 + place)")) }
            #expect(peak < 150, "\(peak) MB")
            #expect(worst < 1000 && count > 100, "\(worst) ms, \(count) commands")
            print("512 MB written: \(peak) MB resident, others waited \(worst) ms at worst over \(count) commands")
        }

        @Test func aClientThatDoesNotReadHoldsUpNobodyAndTakesLittleMemory() throws {
            try redis.client().command([Array("SET".utf8), Array("k".utf8), [UInt8](repeating: 0x76, count: 1 << 20)])
            let proxy = try redis.mastergate(["--threads", "1", "--redis-shared-links", "1", "--client-output-grace", "100ms"])
            let others = Others(try (0..<4).map { _ in try proxy.resp() })
            let direct = Others([try redis.client()])
            let slow = try (0..<3).map { _ in try proxy.resp() }
            for client in slow { for _ in 0..<128 { try client.send("GET", "k") } }
            others.await(500)
            let (worst, count) = try others.stop()
            let resident = try residentMegabytes(proxy)
            let (worstOfRedis, _) = try direct.stop()
            // What had been asked for goes over the shared link first; who is held up by a client that does not read waits for ever.
            #expect(worst < worstOfRedis + 2000 && count >= 500, "\(worst) ms, directly \(worstOfRedis) ms, \(count) commands")
            // Three clients, each within its limit, and what the kernel would not take.
            #expect(resident < 300, "\(resident) MB")
            print("3 clients that do not read: \(resident) MB resident, others waited \(worst) ms at worst over \(count) commands, directly \(worstOfRedis) ms")
            // Whoever was left connected gets all that it has asked for.
            let cut = try #require(try proxy.metric("mastergate_client_output_limit_disconnects_total"))
            var whole = 0
            for client in slow {
                let replies = try? (0..<128).map { _ in try client.reply() }
                if let replies, replies.allSatisfy({ if case .bulkString(let value) = $0 { value.count == 1 << 20 } else { false } }) { whole += 1 }
            }
            #expect(whole + cut == slow.count)
        }

        @Test func aClientOverItsLimitIsDisconnectedWhenOthersWaitBehindIt() throws {
            try redis.client().command([Array("SET".utf8), Array("k".utf8), [UInt8](repeating: 0x76, count: 400_000)])
            let proxy = try redis.mastergate([
                "--threads", "1", "--redis-shared-links", "1", "--client-output-limit", "1mb", "--client-output-grace", "100ms",
            ])
            let slow = try proxy.resp()
            let other = try proxy.resp(timeoutMilliseconds: 3000)
            #expect(try slow.command("PING") == .simpleString("PONG"))
            #expect(try other.command("PING") == .simpleString("PONG"))
            // Both are sent while the server stands still, so that the second waits behind the first.
            redis.process.signal(SIGSTOP)
            for _ in 0..<60 { try slow.send("GET", "k") }
            usleep(20_000)
            try other.send("ECHO", "behind")
            usleep(20_000)
            redis.process.signal(SIGCONT)
            #expect(try other.reply() == .bulk("behind"))
            try Patience.wait("the slow client to be cut") { try proxy.metric("mastergate_client_output_limit_disconnects_total") == 1 }
            #expect(throws: (any Error).self) { for _ in 0..<60 { _ = try slow.reply() } }
            #expect(proxy.log.contains("it does not read its replies"))
        }

        @Test func anHTTPClientThatDoesNotReadIsHeldBackToo() throws {
            try redis.client().command([Array("SET".utf8), Array("k".utf8), [UInt8](repeating: 0x76, count: 4 << 20)])
            let proxy = try redis.mastergate(["--threads", "1", "--redis-shared-links", "1", "--client-output-limit", "16mb"])
            let slow = try proxy.http()
            for _ in 0..<64 { try slow.send("GET /GET/k.txt HTTP/1.1\r\nHost: h\r\n\r\n") }
            usleep(700_000)
            let resident = try residentMegabytes(proxy)
            #expect(resident < 100, "\(resident) MB")
            #expect(try proxy.http().get("/PING.txt").text == "+PONG")
            for _ in 0..<64 { #expect(try slow.response().body.count == 4 << 20) }
        }

        @Test func tenThousandIdleClientsCostNobodyAnythingAndOneMoreIsRefused() throws {
            let proxy = try redis.mastergate(["--listen-max-clients", "10000"])
            let empty = try residentMegabytes(proxy)
            var clients = try (0..<10_000).map { _ in try proxy.resp() }
            for index in stride(from: 0, to: 10_000, by: 50) { #expect(try clients[index].command("ECHO", "\(index)") == .bulk("\(index)")) }
            let start = MonotonicClock.nowMicroseconds()
            for index in stride(from: 25, to: 10_000, by: 50) { try clients[index].send("ECHO", "\(index)") }
            for index in stride(from: 25, to: 10_000, by: 50) { #expect(try clients[index].reply() == .bulk("\(index)")) }
            let elapsed = (MonotonicClock.nowMicroseconds() - start) / 1000
            #expect(elapsed < 1000, "\(elapsed) ms")
            let resident = try residentMegabytes(proxy)
            #expect(resident - empty < 60, "\(resident) MB")
            print("10,000 clients: \(resident) MB resident, \(empty) MB without them; 200 commands in \(elapsed) ms")
            let tooMany = try proxy.resp()
            #expect(try tooMany.reply() == .error("ERR max number of clients reached"))
            #expect(throws: (any Error).self) { try tooMany.reply() }
            clients.removeLast(1000)
            try Patience.wait("room for another") { try proxy.resp().command("PING") == .simpleString("PONG") }
        }

        @Test func aScriptWithoutEndIsHeardOfByAllAndCanBeEnded() throws {
            let proxy = try redis.mastergate(["--threads", "1", "--redis-shared-links", "1"])
            let others = try (0..<10).map { _ in try proxy.resp() }
            for other in others { #expect(try other.command("PING") == .simpleString("PONG")) }
            try redis.client().command("CONFIG", "SET", "busy-reply-threshold", "300")
            let endless = try proxy.resp()
            try endless.send("EVAL", "while true do end", "0")
            usleep(500_000)
            for (index, other) in others.enumerated() {
                let reply = try index % 2 == 0 ? other.command("GET", "k") : other.command("BLPOP", "none", "1")
                guard case .error(let text) = reply else { return #expect(Bool(false), "a word of Redis was due") }
                #expect(text.hasPrefix("BUSY "))
            }
            #expect(try others[0].command("SCRIPT", "KILL") == .ok)
            guard case .error(let text) = try endless.reply() else { return #expect(Bool(false), "the script was ended") }
            #expect(text.contains("Script killed"))
            for other in others { #expect(try other.command("GET", "k") == .null) }
        }
    }
}

private func > (reply: ReplyValue, number: Int64) -> Bool {
    if case .integer(let value) = reply { value > number } else { false }
}
