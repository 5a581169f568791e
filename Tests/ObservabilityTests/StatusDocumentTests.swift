import Foundation
import Observability
import Testing

@Suite("Status page") struct StatusDocumentTests {
    private func facts() -> StatusFacts {
        var facts = StatusFacts()
        facts.version = "1.2.3"
        facts.stateText = "Serving"
        var master = StatusFacts.Master()
        master.name = "my<b>master"
        master.address = "10.0.0.1:6379"
        master.epoch = 7
        master.held = "3 min 2 s"
        master.sentinels = [
            StatusFacts.Sentinel(address: "s1:26379", isAnswering: true, isSubscribed: true, claim: "10.0.0.1:6379", epoch: 7, agrees: true, lastEvent: "+<script>alert(1)</script>"),
            StatusFacts.Sentinel(address: "s2:26379", isAnswering: true, isSubscribed: true, claim: "10.0.0.2:6379", epoch: 6, agrees: false, lastEvent: nil),
            StatusFacts.Sentinel(address: "s3:26379", isAnswering: false, isSubscribed: false, claim: nil, epoch: nil, agrees: false, lastEvent: nil),
        ]
        master.replicas = [StatusFacts.Replica(address: "10.0.0.2:6379", isOnline: true, lagBytes: 42)]
        var timeline = FailoverTimeline()
        _ = timeline.sign("+sdown \"x\" & y", from: "sentinel s1", master: "10.0.0.3:6379", now: 1000, wallMilliseconds: 5)
        timeline.note("commands wait", from: "mastergate", now: 1100)
        timeline.switched(to: "10.0.0.1:6379", now: 2500)
        if let record = timeline.ended(with: LoopCounters()) { master.failovers = [record] }
        facts.masters = [master]
        facts.problems = ["2026 warning <i>bad</i>"]
        facts.configuration = "client:\n  password: \"***\"\n"
        return facts
    }

    @Test("it says who is master, what each sentinel says, and how far replicas are, in words and not by colour alone")
    func content() {
        let page = StatusDocument.html(facts(), nonce: "n0nce")
        for part in [
            "10.0.0.1:6379</h1>", "Master for 3 min 2 s, config epoch 7.", "✓ agrees", "✗ names 10.0.0.2:6379", "✗ does not answer", "✓ online", "42 B",
            "Failover 1: 10.0.0.3:6379 → 10.0.0.1:6379 in 1500 ms", "Mastergate 1.2.3",
        ] { #expect(page.contains(part), "\(part)") }
    }

    @Test("what others have named stands in it as text")
    func escaping() {
        let page = StatusDocument.html(facts(), nonce: "n0nce")
        #expect(page.contains("my&lt;b&gt;master"))
        #expect(page.contains("+&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(page.contains("&lt;i&gt;bad&lt;/i&gt;"))
        #expect(page.contains("+sdown &quot;x&quot; &amp; y"))
        #expect(!page.contains("<script>"))
    }

    @Test("its style and its script are let in by the nonce, and nothing comes from elsewhere")
    func policy() {
        let page = StatusDocument.html(facts(), nonce: "n0nce")
        #expect(page.components(separatedBy: "nonce=\"n0nce\"").count == 3)
        #expect(!page.contains(" style="))
        #expect(!page.contains("http://") && !page.contains("https://"))
    }

    @Test("the picture has a mark for each event in its lane, and a line where the master was switched")
    func picture() throws {
        let svg = FailoverPicture.svg(try #require(facts().masters.first?.failovers.first))
        #expect(svg.components(separatedBy: "<circle").count == 3)
        #expect(svg.contains("class=\"switch\""))
        #expect(svg.contains("cy=\"21\" r=\"4\" class=\"mark\"><title>0 ms, sentinel s1"))
        #expect(svg.contains("cy=\"89\" r=\"4\" class=\"mark\"><title>100 ms, mastergate: commands wait"))
    }

    @Test("the history keeps a quarter of an hour, and a step is what was counted in it")
    func history() {
        var history = TrafficHistory()
        var counters = LoopCounters()
        for index in 0...200 {
            counters.commands += index
            counters.latencies.record(100)
            history.add(counters)
        }
        #expect(history.steps.count == TrafficHistory.stepsMax)
        #expect(history.steps.last?.commands == 200)
        #expect(history.steps.last?.errors == 0)
        #expect(history.steps.last?.latencyMicroseconds == 100)
        #expect(history.steps.first?.commands == 21)
    }

    @Test("a sparkline breaks where nothing was measured, and needs no values at all")
    func sparkline() {
        #expect(!Sparkline.svg([], label: "x").contains("polyline"))
        #expect(Sparkline.svg([1, 2, nil, 3, 4], label: "x").components(separatedBy: "<polyline").count == 3)
        #expect(Sparkline.svg([Int.max, 0], label: "<").contains("aria-label=\"&lt;\""))
    }
}
