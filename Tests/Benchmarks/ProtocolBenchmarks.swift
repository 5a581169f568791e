import RESP

/// Finding requests and replies in the bytes of a connection.
enum ProtocolBenchmarks {
    /// What redis-benchmark sends for `-t get -r`: 36 bytes.
    static let get = "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000001\r\n"
    static let value = String(repeating: "v", count: 64)
    static let set = "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000001\r\n$64\r\n\(value)\r\n"

    static var all: [Benchmark] {
        [
            scan("scan/GET of 36 bytes", get),
            scan("scan/16 pipelined GET", String(repeating: get, count: 16), commands: 16),
            scan("scan/SET of a 64-byte value", set),
            scan("scan/inline PING", "PING\r\n"),
            frame("framer/+OK", "+OK\r\n"),
            frame("framer/64-byte bulk string", "$64\r\n\(value)\r\n"),
            frame("framer/array of 10 bulk strings", "*10\r\n" + String(repeating: "$3\r\nabc\r\n", count: 10)),
            frame("framer/:integer", ":1234567\r\n"),
        ]
    }

    private static func scan(_ name: String, _ requests: String, commands: Int = 1) -> Benchmark {
        let input = Input(requests)
        return Benchmark(name, isAllocationFree: true) { stopwatch in
            let limits = RESPLimits()
            var scanner = RequestScanner()
            stopwatch.measure(commands: commands) {
                let bytes = input.hidden.span
                var offset = 0
                while offset < bytes.count {
                    guard case .complete(let frame) = scanner.scan(bytes.extracting(droppingFirst: offset), limits: limits) else {
                        preconditionFailure("Cannot scan \(name)")
                    }
                    keep(frame.name.lowerBound)
                    offset &+= frame.byteCount
                }
            }
        }
    }

    /// As many of `reply` as 64 KiB hold, which is what a loop receives at once.
    private static func frame(_ name: String, _ reply: String) -> Benchmark {
        let count = 65536 / reply.utf8.count
        let input = Input(String(repeating: reply, count: count))
        return Benchmark(name, isAllocationFree: true) { stopwatch in
            var framer = ReplyFramer()
            stopwatch.measure(commands: count) {
                let bytes = input.hidden.span
                var offset = 0
                while case .reply(_, let end) = framer.advance(bytes, from: offset) { offset = end }
                precondition(offset == bytes.count, "Cannot frame \(name)")
            }
        }
    }
}
