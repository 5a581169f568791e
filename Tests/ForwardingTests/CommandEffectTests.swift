import Forwarding
import RESP
import Testing

@Suite("Effect and placement of commands") struct CommandEffectTests {
    @Test("RESET and QUIT never run on a link that others share", arguments: ["RESET", "quit", "AUTH p", "SELECT 1", "HELLO 3"])
    func neverShared(line: String) throws {
        let input = request(line)
        var scanner = RequestScanner()
        guard case .complete(let frame) = scanner.scan(input.span, limits: RESPLimits()) else {
            Issue.record("a whole request was given")
            return
        }
        #expect(CommandPlacement(input.span, name: frame.name, second: frame.second, table: .standard) == .exclusive)
    }

    private func effect(_ line: String) -> ConnectionEffect {
        let words = line.split(separator: " ").map { bytes(String($0)) }
        let second = words.count > 1 ? words[1] : []
        let name = words[0]
        let traits = CommandTable.standard.traits(of: name.span, second: second.span)
        return ConnectionEffect(traits, name: name.span, second: second.span)
    }

    private func placement(_ line: String) -> CommandPlacement? {
        let input = request(line)
        var scanner = RequestScanner()
        guard case .complete(let frame) = scanner.scan(input.span, limits: RESPLimits()) else { return nil }
        return CommandPlacement(input.span, name: frame.name, second: frame.second, table: .standard)
    }

    @Test("commands that leave something behind are known", arguments: [
        ("MULTI", ConnectionEffect.beginsTransaction), ("WATCH k", .watches), ("UNWATCH", .unwatches), ("EXEC", .endsTransaction), ("DISCARD", .endsTransaction),
        ("SELECT 1", .stays), ("AUTH p", .stays), ("HELLO 3", .stays), ("ASKING", .stays), ("READONLY", .stays), ("READWRITE", .stays), ("REPLCONF x", .stays), ("RESET", .stays), ("QUIT", .stays),
        ("SCRIPT DEBUG YES", .stays), ("CLIENT SETNAME x", .stays), ("CLIENT TRACKING on", .stays), ("CLIENT NO-EVICT on", .stays), ("CLIENT CACHING yes", .stays),
        ("CLIENT SETINFO lib-name x", .stays), ("CLIENT NOSUCH", .stays), ("CLIENT", .stays),
        ("SUBSCRIBE c", .unmatchedReplies), ("PSUBSCRIBE c", .unmatchedReplies), ("SSUBSCRIBE c", .unmatchedReplies), ("UNSUBSCRIBE", .unmatchedReplies),
        ("PUNSUBSCRIBE", .unmatchedReplies), ("SUNSUBSCRIBE", .unmatchedReplies), ("MONITOR", .unmatchedReplies), ("CLIENT REPLY off", .unmatchedReplies),
        ("SYNC", .unmatchedReplies), ("PSYNC ? -1", .unmatchedReplies), ("NOSUCH.COMMAND", .stays),
    ])
    func effects(line: String, expected: ConnectionEffect) {
        #expect(effect(line) == expected)
        #expect(effect(line.lowercased()) == expected)
        if expected != .none { #expect(placement(line) == .exclusive) }
    }

    @Test("commands that leave nothing behind are known", arguments: [
        "GET k", "SET k v", "MGET a b", "PING", "PUBLISH c m", "EVAL x 0", "SCRIPT LOAD x", "CLIENT ID", "CLIENT LIST", "CLIENT KILL x", "CLIENT GETNAME", "CLIENT INFO",
        "CONFIG GET x", "DEL k", "EXISTS k", "APPEND k v", "HSET h f v", "RENAME a b", "MOVE k 1", "XADD s x a b", "INFO", "DBSIZE", "SPUBLISH c m", "UNLINK k", "WAIT 1 1",
    ])
    func nothing(line: String) { #expect(effect(line) == .none) }

    @Test("what may block runs on a link of its own", arguments: [
        ("BLPOP a 0", CommandPlacement.exclusive), ("brpop a 0", .exclusive), ("BLMOVE a b LEFT RIGHT 0", .exclusive), ("BZPOPMIN a 0", .exclusive), ("WAIT 1 0", .exclusive),
        ("WAITAOF 1 1 0", .exclusive), ("BLMPOP 0 1 a LEFT", .exclusive), ("XREAD BLOCK 0 STREAMS s $", .exclusive), ("XREAD COUNT 1 block 5 STREAMS s 0", .exclusive),
        ("XREADGROUP GROUP g c BLOCK 0 STREAMS s >", .exclusive), ("XREAD STREAMS s 0", .shared), ("XREADGROUP GROUP g c STREAMS s >", .shared),
        ("LPOP a", .shared), ("GET k", .shared), ("SET k v", .shared), ("EVAL x 0", .shared), ("CLIENT LIST", .shared), ("NOSUCH x", .exclusive),
    ])
    func blocking(line: String, expected: CommandPlacement) { #expect(placement(line) == expected) }
}
