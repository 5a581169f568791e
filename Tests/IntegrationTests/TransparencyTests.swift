import EventLoop
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct Transparency {
        private static let clientCount = 40

        /// All that comes back until the script's ending.
        private func replies(_ client: RESPClient, _ label: String) throws -> [UInt8] {
            var received: [UInt8] = []
            while !received.suffix(RandomScript.ending.count).elementsEqual(RandomScript.ending) {
                let more = try client.stream.read()
                guard !more.isEmpty else { throw IOError(label, detail: "closed after …\(String(decoding: received.suffix(200), as: UTF8.self))") }
                received += more
            }
            return received
        }

        /// The replies with the ids blanked out that a server gives to its connections.
        private func comparable(_ replies: [UInt8]) -> [UInt8] {
            let marker = Array("$2\r\nid\r\n:".utf8)
            var kept: [UInt8] = []
            var index = 0
            while index < replies.count {
                kept.append(replies[index])
                index += 1
                guard kept.count >= marker.count, kept.suffix(marker.count).elementsEqual(marker) else { continue }
                while index < replies.count, replies[index] != 13 { index += 1 }
            }
            return kept
        }

        private func direct(_ scripts: [RandomScript]) throws -> [[UInt8]] {
            let redis = try RedisServer()
            return try scripts.map { script in
                let client = try RESPClient(port: redis.port, timeoutMilliseconds: 20_000)
                try client.stream.write(script.bytes)
                return try replies(client, "direct")
            }
        }

        /// Clients that come, write part of a script and leave in the middle.
        private func vandalize(_ proxy: MastergateProcess, _ random: inout SplitMix) throws {
            let vandal = try proxy.resp()
            let script = RandomScript(seed: 7, client: 1000 + random.next(below: 1000), commandCount: 20)
            try vandal.stream.write(Array(script.bytes.prefix(1 + random.next(below: script.bytes.count))))
        }

        @Test(arguments: [1, 2, 3, 4] as [UInt64])
        func everyClientGetsWhatItWouldGetFromRedisItselfHoweverManyAreAtWork(seed: UInt64) throws {
            let scripts = (0..<Self.clientCount).map { RandomScript(seed: seed, client: $0) }
            let expected = try direct(scripts)
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            var random = SplitMix(seed: seed)
            let clients = try scripts.map { _ in try proxy.resp(timeoutMilliseconds: 20_000) }
            var sent = scripts.map { _ in 0 }
            var unfinished = Array(scripts.indices)
            while !unfinished.isEmpty {
                let place = random.next(below: unfinished.count)
                let client = unfinished[place]
                let rest = scripts[client].bytes.count - sent[client]
                let count = min(rest, 1 + random.next(below: [3, 60, 500, 20_000][random.next(below: 4)]))
                try clients[client].stream.write(Array(scripts[client].bytes[sent[client]..<(sent[client] + count)]))
                sent[client] += count
                if count == rest { unfinished.remove(at: place) }
                if random.next(below: 40) == 0 { try vandalize(proxy, &random) }
            }
            for (index, client) in clients.enumerated() {
                let received = comparable(try replies(client, "seed \(seed), client \(index)"))
                let wanted = comparable(expected[index])
                guard received != wanted else { continue }
                let at = zip(received, wanted).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(received.count, wanted.count)
                func shown(_ bytes: [UInt8]) -> String { String(decoding: bytes[max(0, at - 120)..<min(bytes.count, at + 120)], as: UTF8.self) }
                Issue.record("seed \(seed), client \(index): differs at byte \(at)\n--- through the proxy\n\(shown(received))\n--- direct\n\(shown(wanted))")
            }
        }
    }
}
