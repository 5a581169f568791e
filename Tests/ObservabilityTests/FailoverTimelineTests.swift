import Observability
import Testing

@Suite("The story of a failover") struct FailoverTimelineTests {
    private func counters(_ change: (inout LoopCounters) -> Void) -> LoopCounters {
        var counters = LoopCounters()
        change(&counters)
        return counters
    }

    @Test("it runs from the first sign until a moment behind the switch, and tells what became of links and commands meanwhile")
    func story() {
        var timeline = FailoverTimeline()
        timeline.note("before", from: "s", now: 900)
        let isFirst4 = timeline.sign("+odown", from: "sentinel a", master: "m1", now: 1000, wallMilliseconds: 5_000_000)
        #expect(isFirst4)
        timeline.began(with: counters { $0.linksFenced = 3; $0.requestsRunAgain = 1 })
        let isFirst5 = timeline.sign("+selected-slave", from: "sentinel b", master: "m1", now: 1100, wallMilliseconds: 0)
        #expect(!isFirst5)
        timeline.note("commands wait", from: "mastergate", now: 1101)
        timeline.switched(to: "m2", now: 2000)
        timeline.note("+switch-master", from: "sentinel a", now: 2050)
        #expect(!timeline.isOver(now: 2999))
        #expect(timeline.isOver(now: 3000))
        let record = timeline.ended(
            with: counters {
                $0.linksFenced = 10
                $0.clientsHeld = 4
                $0.requestsRunAgain = 6
                $0.refusedNoMaster = 2
                $0.unknownOutcomes = 1
            })
        #expect(record?.number == 1)
        #expect(record?.beganAtMilliseconds == 5_000_000)
        #expect(record?.oldMaster == "m1")
        #expect(record?.newMaster == "m2")
        #expect(record?.switchedAfterMilliseconds == 1000)
        #expect([record?.linksCut, record?.clientsHeld, record?.requestsRunAgain, record?.requestsRefused, record?.outcomesUnknown] == [7, 4, 5, 2, 1])
        #expect(record?.story == "0 ms sentinel a: +odown; 100 ms sentinel b: +selected-slave; 101 ms mastergate: commands wait; 1050 ms sentinel a: +switch-master")
        #expect(timeline.current == nil)
        #expect(!timeline.isOver(now: 9000))
        #expect(timeline.records == [record])
    }

    @Test("a trouble that leads to no other master ends when it has been quiet for long")
    func quiet() {
        var timeline = FailoverTimeline()
        _ = timeline.sign("+sdown", from: "s", master: "m1", now: 0, wallMilliseconds: 0)
        _ = timeline.sign("+odown", from: "s", master: "m1", now: 10_000, wallMilliseconds: 0)
        #expect(!timeline.isOver(now: 39_999))
        #expect(timeline.isOver(now: 40_000))
        #expect(timeline.ended(with: LoopCounters())?.newMaster == nil)
        let isFirst6 = timeline.sign("+sdown", from: "s", master: "m1", now: 50_000, wallMilliseconds: 0)
        #expect(isFirst6)
        #expect(timeline.current?.number == 2)
    }

    @Test("what is told late goes into the story that has just ended, and begins none; what is told later still goes nowhere")
    func afterword() {
        var timeline = FailoverTimeline()
        timeline.note("early", from: "s", now: 0)
        _ = timeline.sign("+odown", from: "s", master: "m1", now: 1000, wallMilliseconds: 0)
        timeline.switched(to: "m2", now: 2000)
        _ = timeline.ended(with: LoopCounters())
        timeline.note("+switch-master", from: "sentinel b", now: 3900)
        #expect(timeline.current == nil)
        #expect(timeline.records.last?.story == "0 ms s: +odown; 2900 ms sentinel b: +switch-master")
        timeline.note("+slave", from: "sentinel b", now: 8001)
        #expect(timeline.records.last?.entries.count == 2)
    }

    @Test("memory is bounded: so many entries, and the last so many failovers")
    func bounded() {
        var timeline = FailoverTimeline(recordsMax: 3, entriesMax: 5)
        for round in 0..<10 {
            _ = timeline.sign("+odown", from: "s", master: "m", now: round * 10_000, wallMilliseconds: 0)
            for index in 0..<20 { timeline.note("\(index)", from: "s", now: round * 10_000) }
            timeline.switched(to: "n", now: round * 10_000)
            let record = timeline.ended(with: LoopCounters())
            #expect(record?.entries.count == 5)
            #expect(record?.droppedEntries == 16)
        }
        #expect(timeline.records.map(\.number) == [8, 9, 10])
    }
}
