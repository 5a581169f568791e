import Forwarding
import Testing

@Suite("Whether Redis serves who shows no password") struct DefaultUserAccessTests {
    @Test("what was seen holds for a second, and the later look counts")
    func fresh() {
        var access = DefaultUserAccess()
        #expect(access.verdict(now: 0) == .unknown)
        access.saw(served: true, at: 1000)
        #expect(access.verdict(now: 1999) == .served)
        #expect(access.verdict(now: 2000) == .unknown)
        access.saw(served: false, at: 2000)
        access.saw(served: true, at: 1500)
        #expect(access.verdict(now: 2100) == .refused)
        #expect(access.wasRefused)
        access.forget(now: 2100)
        #expect(access.verdict(now: 2100) == .unknown)
    }

    @Test("a link that set out before the change says nothing of how it is behind it")
    func overtaken() {
        var access = DefaultUserAccess()
        access.forget(now: 1000)
        access.saw(served: true, at: 990)
        access.saw(served: true, at: 1000)
        #expect(access.verdict(now: 1001) == .unknown)
        access.saw(served: false, at: 1001)
        #expect(access.verdict(now: 1002) == .refused)
    }

    @Test("it is looked at anew only while clients come")
    func due() {
        var access = DefaultUserAccess()
        access.saw(served: true, at: 0)
        #expect(!access.isDue(now: 10_000))
        access.newcomer(at: 10_000)
        #expect(access.isDue(now: 10_000))
        access.saw(served: true, at: 10_000)
        #expect(!access.isDue(now: 10_599))
        #expect(access.isDue(now: 10_600))
        #expect(!access.isDue(now: 12_000))
        // Who waits to be judged comes before all else that wants a link.
        access.forget(now: 13_000)
        #expect(!access.isDue(now: 13_001))
        access.newcomer(at: 13_001)
        #expect(access.isDue(now: 13_002))
    }

    @Test("where it cannot be looked at, what was seen holds on for a minute")
    func unseen() {
        var access = DefaultUserAccess()
        access.holdsOn(now: 0)
        #expect(access.verdict(now: 0) == .unknown)
        access.saw(served: true, at: 0)
        for now in stride(from: 500, to: 60_000, by: 500) {
            access.holdsOn(now: now)
            #expect(access.verdict(now: now) == .served)
        }
        access.holdsOn(now: 61_000)
        #expect(access.verdict(now: 61_000) == .unknown)
        access.saw(served: false, at: 61_000)
        #expect(access.verdict(now: 61_000) == .refused)
    }
}
