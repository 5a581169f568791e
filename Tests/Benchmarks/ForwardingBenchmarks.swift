import Forwarding
import RESP

/// Deciding where a command may run, and whose a reply is.
enum ForwardingBenchmarks {
    static var all: [Benchmark] {
        [
            traits("classify/traits of GET", ["GET", "key"]),
            place("classify/GET", ["GET", "key:000000000001"]),
            place("classify/SET", ["SET", "key:000000000001", ProtocolBenchmarks.value]),
            place("classify/MGET of 10", ["MGET"] + (0..<10).map { "key:\($0)" }),
            place("classify/XREAD", ["XREAD", "COUNT", "10", "STREAMS", "stream", "0"]),
            session("session/GET to its shared link", pipelined: 1),
            session("session/16 pipelined GET", pipelined: 16),
            match("ledger/50 owners in turn", owners: 50),
            match("ledger/one owner", owners: 1),
        ]
    }

    private static func traits(_ name: String, _ arguments: [String]) -> Benchmark {
        let command = Input(arguments[0])
        let second = Input(arguments[1])
        return Benchmark(name, isAllocationFree: true) { stopwatch in
            let table = CommandTable.standard
            stopwatch.measure { keep(table.traits(of: command.hidden.span, second: second.hidden.span).arity) }
        }
    }

    private static func place(_ name: String, _ arguments: [String]) -> Benchmark {
        var request: [UInt8] = []
        CommandWriter.append(arguments.map { Array($0.utf8) }, to: &request)
        var scanner = RequestScanner()
        guard case .complete(let frame) = scanner.scan(request.span, limits: RESPLimits()) else {
            preconditionFailure("Cannot scan \(name)")
        }
        let input = Input(request)
        return Benchmark(name, isAllocationFree: true) { stopwatch in
            let kinds = CommandKinds.standard
            stopwatch.measure {
                let placement = CommandPlacement(input.hidden.span, name: frame.name, second: frame.second, kinds: kinds)
                keep(placement == .shared ? 1 : 0)
            }
        }
    }

    /// All that a client's session does for a command that goes over the shared link, scanning and classifying included.
    private static func session(_ name: String, pipelined count: Int) -> Benchmark {
        var requests: [UInt8] = []
        for _ in 0..<count { CommandWriter.append("GET", "key:000000000001", to: &requests) }
        let input = Input(requests)
        return Benchmark(name, isAllocationFree: true) { stopwatch in
            var session = ClientSession(SessionRules(limits: RESPLimits(), authentication: nil))
            stopwatch.measure(commands: count) {
                if case .share(_, let shared, _) = session.next(input.hidden.span, from: 0) {
                    session.shared(shared)
                    session.repliesArrived(shared)
                }
            }
        }
    }

    /// A request of each owner is sent, then a reply for each comes.
    private static func match(_ name: String, owners: Int) -> Benchmark {
        Benchmark(name, isAllocationFree: true) { stopwatch in
            var ledger = RequestLedger()
            let request = Array("*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000042\r\n".utf8)
            stopwatch.measure(commands: 50) {
                for index in 0..<50 {
                    request.withUnsafeBytes { ledger.append(RequestLedger.Owner(slot: UInt32(index % owners), generation: 1), $0) }
                }
                for _ in 0..<50 { keep(Int(ledger.removeFirst()?.slot ?? 0)) }
            }
        }
    }
}
