import Forwarding
import Testing

@Suite("Request ledger") struct RequestLedgerTests {
    private func owner(_ slot: UInt32, _ generation: UInt32 = 0) -> RequestLedger.Owner { .init(slot: slot, generation: generation) }

    @Test("replies go to the owners in the order of their requests")
    func order() {
        var ledger = RequestLedger()
        let owners = [1, 1, 2, 1, 3, 3, 3, 2].map { owner($0) }
        for owner in owners { ledger.append(owner) }
        #expect(ledger.count == 8)
        for (index, owner) in owners.enumerated() {
            #expect(ledger.next == owner)
            #expect(ledger.removeFirst() == owner)
            #expect(ledger.count == 7 - index)
        }
        #expect(ledger.isEmpty)
    }

    @Test("a reply that nobody awaits has no owner")
    func empty() {
        var ledger = RequestLedger()
        #expect(ledger.isEmpty)
        #expect(ledger.next == nil)
        #expect(ledger.removeFirst() == nil)
        #expect(ledger.count == 0)
        ledger.append(owner(1))
        #expect(ledger.removeFirst() == owner(1))
        #expect(ledger.removeFirst() == nil)
        #expect(ledger.count == 0)
    }

    @Test("whoever has the slot now is not whoever had it then")
    func generations() {
        var ledger = RequestLedger()
        ledger.append(owner(5, 1))
        ledger.append(owner(5, 2))
        #expect(ledger.removeFirst() == owner(5, 1))
        #expect(ledger.removeFirst() == owner(5, 2))
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
                #expect(ledger.removeFirst() == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(ledger.count == model.count)
            #expect(ledger.next == model.first)
        }
    }
}
