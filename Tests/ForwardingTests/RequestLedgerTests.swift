import Forwarding
import Testing

@Suite("Request ledger") struct RequestLedgerTests {
    /// The macro cannot look into what is not copied.
    private func expect<T: Equatable>(_ value: T, _ expected: T, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(value == expected, sourceLocation: sourceLocation)
    }

    private func owner(_ slot: UInt32, _ generation: UInt32 = 0) -> RequestLedger.Owner { .init(slot: slot, generation: generation) }

    @Test("replies go to the owners in the order of their requests")
    func order() {
        var ledger = RequestLedger()
        let owners = [1, 1, 2, 1, 3, 3, 3, 2].map { owner($0) }
        for owner in owners { ledger.append(owner) }
        expect(ledger.count, 8)
        for (index, owner) in owners.enumerated() {
            expect(ledger.next, owner)
            expect(ledger.removeFirst(), owner)
            expect(ledger.count, 7 - index)
        }
        expect(ledger.count, 0)
        expect(ledger.isEmpty, true)
    }

    @Test("a reply that nobody awaits has no owner")
    func empty() {
        var ledger = RequestLedger()
        expect(ledger.count, 0)
        expect(ledger.isEmpty, true)
        expect(ledger.next, nil)
        expect(ledger.removeFirst(), nil)
        expect(ledger.count, 0)
        ledger.append(owner(1))
        expect(ledger.removeFirst(), owner(1))
        expect(ledger.removeFirst(), nil)
        expect(ledger.count, 0)
    }

    @Test("whoever has the slot now is not whoever had it then")
    func generations() {
        var ledger = RequestLedger()
        ledger.append(owner(5, 1))
        ledger.append(owner(5, 2))
        expect(ledger.removeFirst(), owner(5, 1))
        expect(ledger.removeFirst(), owner(5, 2))
    }

    @Test("the ring grows and wraps around without losing the order")
    func ring() {
        var ledger = RequestLedger()
        var model: [RequestLedger.Owner] = []
        var state: UInt64 = 7
        for round in 0..<50_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // Fills for a while, then drains for a while, so that the head stands everywhere.
            let fills = round / 200 % 2 == 0 ? 3 : 1
            if Int(state >> 33) % 4 < fills {
                let next = owner(UInt32(state >> 40) % 3, UInt32(state >> 50) % 2)
                ledger.append(next)
                model.append(next)
            } else {
                expect(ledger.removeFirst(), (model.isEmpty ? nil : model.removeFirst()))
            }
            expect(ledger.count, model.count)
            expect(ledger.next, model.first)
        }
    }

    // MARK: What comes back

    private func sent(_ ledger: inout RequestLedger, _ owner: RequestLedger.Owner, _ lines: String...) {
        let bytes = lines.flatMap { request($0) }
        bytes.withUnsafeBytes { ledger.append(owner, $0, count: lines.count) }
    }

    @Test("what is lost comes back by owner in the order sent: reads run again, writes that may have run are unknown")
    func lost() {
        var ledger = RequestLedger()
        sent(&ledger, owner(1), "GET a", "SET a 1", "GET a")
        sent(&ledger, owner(2), "INCR n")
        sent(&ledger, owner(1), "PING")
        for _ in 0..<1 { _ = ledger.removeFirst() }
        let all = ledger.removeAll(unsentBytes: 0, kinds: .standard)
        #expect(all.map(\.owner) == [owner(1), owner(2)])
        #expect(all[0].requests == [.unknown, .rerun(request("GET a")), .rerun(request("PING"))])
        #expect(all[1].requests == [.unknown])
        expect(ledger.isEmpty, true)
        expect(ledger.keptBytes, 0)
    }

    @Test("a request whose last byte never reached the kernel runs again, whatever it is", arguments: [0, 1, 5, 26, 27, 28, 100])
    func unsent(unsentBytes: Int) {
        var ledger = RequestLedger()
        let request = request("INCR n")
        sent(&ledger, owner(1), "INCR n", "INCR n")
        let all = ledger.removeAll(unsentBytes: unsentBytes, kinds: .standard)
        let unsentRequests = min(2, (unsentBytes + request.count - 1) / request.count)
        let expected = Array(repeating: ReturnedRequest.unknown, count: 2 - unsentRequests) + Array(repeating: .runAgain(request), count: unsentRequests)
        #expect(all.map(\.requests) == [expected])
    }

    @Test("what is answered is let go, however the requests fall into entries")
    func keptBytes() {
        var ledger = RequestLedger()
        var model: [(RequestLedger.Owner, [UInt8])] = []
        var state: UInt64 = 11
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            if state >> 63 == 0 || model.isEmpty {
                let owner = owner(UInt32(state >> 40) % 2, 1)
                let line = "SET k " + String(repeating: "x", count: Int(state >> 50) % 3000)
                sent(&ledger, owner, line)
                model.append((owner, request(line)))
            } else if state >> 62 & 1 == 0 {
                let taken = ledger.takeFirst()
                let (owner, bytes) = model.removeFirst()
                #expect(taken?.owner == owner)
                #expect(taken?.request == bytes)
            } else {
                #expect(ledger.removeFirst() == model.removeFirst().0)
            }
            if model.count > 60 {
                let all = ledger.removeAll(unsentBytes: .max, kinds: .standard)
                for (owner, requests) in all {
                    #expect(requests == model.filter { $0.0 == owner }.map { .runAgain($0.1) })
                }
                model = []
            }
        }
        while ledger.removeFirst() != nil {}
        expect(ledger.keptBytes, 0)
    }

    @Test("where requests are not kept, all that is lost is unknown")
    func unkept() {
        var ledger = RequestLedger(keepsRequests: false)
        sent(&ledger, owner(1), "GET a", "SET a 1")
        expect(ledger.keptBytes, 0)
        #expect(ledger.removeAll(unsentBytes: 0, kinds: .standard).map(\.requests) == [[.unknown, .unknown]])
    }

    @Test("a server that turns out to be no master: writes it refused and reads run again, replies to writes keep their place")
    func disowned() {
        var ledger = RequestLedger()
        var disowned = DisownedRequests()
        sent(&ledger, owner(1), "SET a 1", "GET a", "SET b 1", "INCR c")
        let replies = ["-READONLY You can't write against a read only replica.\r\n", "$1\r\n0\r\n", "-LOADING Redis is loading\r\n", ":1\r\n"]
        for reply in replies {
            guard let (owner, request) = ledger.takeFirst() else { 
                Issue.record("nothing is awaited")
                return
            }
            let whole = bytes(reply)
            disowned.append(whole.span.extracting(0..<2))
            disowned.answered(owner, request, whole.span.extracting(2..<whole.count), kinds: .standard)
        }
        #expect(disowned.requests.map(\.requests) == [[
            .runAgain(request("SET a 1")), .runAgain(request("GET a")), .runAgain(request("SET b 1")), .reply(bytes(":1\r\n")),
        ]])
    }

    @Test("only Redis's own words count as a server's that ran nothing")
    func words() {
        for (reply, expected) in [
            ("-READONLY You can't write against a read only replica.\r\n", true), ("-READONLY by a script\r\n", false),
            ("-LOADING Redis is loading the dataset in memory\r\n", true), ("-MASTERDOWN Link with MASTER is down\r\n", true),
            ("-READONLY You can't write against a read only slave.\r\n", true), ("-REDIRECT 10.0.0.2:6379\r\n", true), ("-REDIRECTED\r\n", false),
            ("-NOREPLICAS Not enough good replicas to write.\r\n", false), ("-ERR READONLY\r\n", false), ("$8\r\n-LOADING\r\n", false), ("-", false),
        ] {
            let matches = NotMasterReply.matches(bytes(reply).span)
            #expect(matches == expected, "\(reply)")
        }
        let isForced = NotMasterReply.isForcedUnblocking(bytes("-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)\r\n").span)
        #expect(isForced)
        let isForcedByClient = NotMasterReply.isForcedUnblocking(bytes("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n").span)
        #expect(!isForcedByClient)
    }

    @Test("a request is alone where its owner has sent nothing behind it")
    func alone() {
        let (a, b) = (RequestLedger.Owner(slot: 1, generation: 1), RequestLedger.Owner(slot: 2, generation: 1))
        for (owners, expected) in [([], false), ([a], true), ([a, b, b], true), ([a, a], false), ([a, b, a], false), ([a, b, b, b, a], false)] as [([RequestLedger.Owner], Bool)] {
            var ledger = RequestLedger()
            for owner in owners { ledger.append(owner) }
            let isAlone = ledger.isNextAlone
            #expect(isAlone == expected, "\(owners.map(\.slot))")
        }
        var ledger = RequestLedger()
        ledger.append(a, count: 2)
        _ = ledger.passFirst()
        let isAlone = ledger.isNextAlone
        #expect(isAlone)
    }

    @Test("a large request is kept as it is, and comes back as it was, alone or with others")
    func adopted() {
        let kinds = CommandKinds(.standard)
        let large = Array("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n".utf8)
        let small = Array("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n".utf8)
        for unsent in [0, 1, large.count] {
            var ledger = RequestLedger()
            ledger.adopt(owner(1), large, count: 1)
            expect(ledger.keptBytes, large.count)
            expect(ledger.expectsReply(unsentBytes: unsent), unsent == 0)
            expect(ledger.removeAll(unsentBytes: unsent, kinds: kinds).map(\.requests), [[unsent == 0 ? .unknown : .runAgain(large)]])
            expect(ledger.keptBytes, 0)
        }
        var mixed = RequestLedger()
        mixed.adopt(owner(1), large, count: 1)
        small.withUnsafeBytes { mixed.append(owner(2), $0) }
        mixed.adopt(owner(1), small, count: 1)
        expect(mixed.keptBytes, large.count + 2 * small.count)
        expect(mixed.takeFirst()?.request, large)
        expect(mixed.takeFirst()?.request, small)
        expect(mixed.takeFirst()?.request, small)
        expect(mixed.takeFirst()?.request, nil)
        var transaction = RequestLedger()
        transaction.adopt(owner(1), small + large + small, count: 3)
        expect(transaction.passFirst(), true)
        expect(transaction.nextKind(kinds) == .plain, true)
        expect(transaction.takeFirst()?.request, large)
        expect(transaction.removeFirst(), owner(1))
        expect(transaction.isEmpty, true)
    }

    @Test("a read is run once more only if it was sent lately, and never a third time")
    func reruns() {
        for (age, expected) in [(0, ReturnedRequest.rerun(request("GET a"))), (1000, .rerun(request("GET a"))), (1001, .unknown)] {
            var ledger = RequestLedger()
            let bytes = request("GET a")
            bytes.withUnsafeBytes { ledger.append(owner(1), $0, at: 5) }
            expect(ledger.removeAll(unsentBytes: 0, kinds: .standard, now: 5 + age, ageMax: 1000).map(\.requests), [[expected]])
        }
        #expect(ReturnedRequest.rerun(request("GET a")).afterRerun == .unknown)
        #expect(ReturnedRequest.runAgain(request("GET a")).afterRerun == .rerun(request("GET a")))
        #expect(ReturnedRequest.unknown.afterRerun == .unknown)
    }
}
