import Observability
import Testing

@Suite("Counters of a loop") struct LoopCountersTests {
    /// Every number that the counters hold, arrays opened up, by the field's name.
    private func numbers(_ counters: LoopCounters) -> [String: Int] {
        var numbers: [String: Int] = [:]
        for child in Mirror(reflecting: counters).children {
            let name = child.label ?? ""
            if let number = child.value as? Int {
                numbers[name] = number
            } else if let list = child.value as? [Int] {
                for (index, number) in list.enumerated() { numbers["\(name)[\(index)]"] = number }
            } else if let durations = child.value as? DurationCounts {
                numbers["\(name).sum"] = durations.sumMicroseconds
                numbers["\(name).count"] = durations.count
            } else {
                Issue.record("\(name) is neither a number nor a list of numbers")
            }
        }
        return numbers
    }

    /// Counters whose fields all differ.
    private var filled: LoopCounters {
        var counters = LoopCounters()
        counters.respConnections = 1
        counters.httpConnections = 2
        counters.respConnectionsTotal = 3
        counters.httpConnectionsTotal = 4
        counters.commands = 5
        counters.bytesFromClients = 6
        counters.bytesToClients = 7
        counters.linksOpened = 8
        counters.linksFailed = 9
        counters.linksFenced = 10
        counters.refusedNoMaster = 11
        counters.unknownOutcomes = 12
        counters.readOnlyReplies = 13
        counters.authenticationFailures = 14
        counters.protocolErrors = 15
        counters.outputLimitDisconnects = 24
        for hundreds in 0...5 { for format in LoopCounters.HTTPFormat.allCases { counters.countResponse(status: 100 * hundreds, format) } }
        counters.httpLatencies.record(38)
        counters.linksShared = 39
        counters.linksIdle = 40
        counters.linksSettling = 41
        counters.linksUnclean = 43
        counters.memoryEvictions = 44
        counters.memoryRefusals = 45
        counters.respHandshakesFailed = 22
        counters.httpHandshakesFailed = 23
        counters.clientsHeld = 25
        counters.inFlightWhileHeld = 27
        counters.requestsRunAgain = 26
        counters.scansRestarted = 46
        counters.http2Connections = 47
        counters.http2ConnectionsTotal = 48
        counters.http2Streams = 49
        counters.errorsByClass = [28, 42]
        counters.clientsWaiting = 29
        counters.clientBufferBytes = 30
        counters.linkBufferBytes = 31
        counters.httpForbidden = 32
        counters.httpMisdirected = 33
        counters.commandsByClass = [34, 35]
        counters.turns.record(36)
        counters.latencies.record(37)
        return counters
    }

    @Test("adding sums every field; none is forgotten")
    func add() {
        let before = numbers(filled)
        #expect(before.count == 82)
        // A field that this test does not fill would be added unseen.
        #expect(before.values.allSatisfy { $0 > 0 }, "not filled: \(before.filter { $0.value == 0 }.keys)")
        var sum = filled
        sum.add(filled)
        sum.add(LoopCounters())
        for (name, number) in numbers(sum) { #expect(number == 2 * (before[name] ?? 0), "\(name)") }
    }

    @Test("responses are counted by the hundreds of their status", arguments: [(100, 1), (200, 2), (204, 2), (304, 3), (404, 4), (599, 5)])
    func responses(status: Int, index: Int) {
        var counters = LoopCounters()
        counters.countResponse(status: status, .text)
        for hundreds in 0...5 {
            for format in LoopCounters.HTTPFormat.allCases {
                #expect(counters.httpResponses(hundreds: hundreds, format) == (hundreds == index && format == .text ? 1 : 0))
            }
        }
    }

    @Test("what the gateway refuses itself is told from what Redis refuses")
    func refusals() {
        var counters = LoopCounters()
        counters.countResponse(status: 403, .json)
        #expect(counters.httpForbidden == 0)
        counters.countResponse(status: 403, .own)
        counters.countResponse(status: 421, .own)
        #expect(counters.httpForbidden == 1)
        #expect(counters.httpMisdirected == 1)
    }

    @Test("a status that is none is not counted, and does not trap", arguments: [600, 999, -100, -1000, Int.max, Int.min])
    func odd(status: Int) {
        var counters = LoopCounters()
        counters.countResponse(status: status, .json)
        #expect(counters == LoopCounters())
    }
}
