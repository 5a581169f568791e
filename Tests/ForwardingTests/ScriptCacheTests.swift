import Forwarding
import RESP
import Testing

@Suite("Scripts for the next master") struct ScriptCacheTests {
    private func event(_ line: String) -> ScriptEvent? {
        let input = request(line)
        var scanner = RequestScanner()
        guard case .complete(let frame) = scanner.scan(input.span, limits: RESPLimits()) else { return nil }
        let span = input.span
        return ScriptEvent(CommandKinds.standard.kind(of: span.extracting(frame.name), second: span.extracting(frame.second)), span)
    }

    @Test("requests that bring a script are known, and the one that takes all away")
    func events() {
        #expect(event("EVAL body 1 k") == .loaded(bytes("body")))
        #expect(event("eval_ro body 0") == .loaded(bytes("body")))
        #expect(event("SCRIPT LOAD body") == .loaded(bytes("body")))
        #expect(event("SCRIPT FLUSH ASYNC") == .flushed)
        for line in ["EVALSHA x 0", "SCRIPT LOAD", "EVAL", "SCRIPT KILL", "SCRIPT EXISTS x", "FCALL f 0", "GET k"] { #expect(event(line) == nil, "\(line)") }
    }

    @Test("a script is news once, and all of them are loaded by one run of requests")
    func news() {
        var cache = ScriptCache(bytesMax: 10_000)
        let isNew1 = cache.insert(bytes("a"))
        #expect(isNew1)
        let isNew2 = cache.insert(bytes("a"))
        #expect(!isNew2)
        let isNew3 = cache.insert(bytes("b"))
        #expect(isNew3)
        #expect(cache.scripts.count == 2)
        #expect(Set([requests("SCRIPT LOAD a", "SCRIPT LOAD b"), requests("SCRIPT LOAD b", "SCRIPT LOAD a")]).contains(cache.requests))
        cache.removeAll()
        #expect(cache.isEmpty)
        let isNew4 = cache.insert(bytes("a"))
        #expect(isNew4)
    }

    @Test("memory stays bounded, and what is in use stays when others come and go")
    func bounded() {
        var cache = ScriptCache(bytesMax: 20_000)
        for index in 0..<10_000 {
            _ = cache.insert(bytes("in use"))
            _ = cache.insert(bytes("made up \(index)"))
            #expect(cache.scripts.contains(bytes("in use")))
            #expect(cache.scripts.count < 300)
        }
        let isNew5 = cache.insert(Array(repeating: 0, count: 15_000))
        #expect(!isNew5)
        var none = ScriptCache(bytesMax: 0)
        let isNew6 = none.insert(bytes("a"))
        #expect(!isNew6)
        #expect(none.isEmpty)
    }
}
