import Forwarding
import RESP
import Testing

@Suite("Kinds of commands") struct CommandKindTests {
    private func kind(_ line: String) -> CommandKind {
        let words = line.split(separator: " ").map { bytes(String($0)) }
        let second = words.count > 1 ? words[1] : []
        let name = words[0]
        return CommandKinds.standard.kind(of: name.span, second: second.span)
    }

    private func placement(_ line: String) -> CommandPlacement? {
        let input = request(line)
        var scanner = RequestScanner()
        guard case .complete(let frame) = scanner.scan(input.span, limits: RESPLimits()) else { return nil }
        return CommandPlacement(input.span, name: frame.name, second: frame.second, kinds: .standard)
    }

    @Test("commands that leave something behind are known", arguments: [
        ("MULTI", CommandKind.multi), ("WATCH k", .watch), ("UNWATCH", .unwatch), ("EXEC", .exec), ("DISCARD", .discard),
        ("SELECT 1", .select), ("AUTH p", .auth), ("HELLO 3", .hello), ("RESET", .reset), ("QUIT", .quit),
        ("ASKING", .unknown), ("READONLY", .unknown), ("READWRITE", .unknown), ("REPLCONF x", .stays), ("SCRIPT DEBUG YES", .scriptDebug),
        ("CLIENT SETNAME x", .clientSetName), ("CLIENT TRACKING on", .clientTracking), ("CLIENT NO-EVICT on", .clientNoEvict),
        ("CLIENT NO-TOUCH on", .clientNoTouch), ("CLIENT SETINFO lib-name x", .clientSetInfo), ("CLIENT REPLY off", .clientReply),
        ("CLIENT KILL x", .spending), ("NOSUCH.COMMAND", .unknown), ("CLIENT LIST", .spending), ("CLIENT UNBLOCK 3", .spending), ("CLIENT ID", .clientID),
        ("SUBSCRIBE c", .subscribe), ("PSUBSCRIBE c", .psubscribe), ("SSUBSCRIBE c", .ssubscribe), ("UNSUBSCRIBE", .unsubscribe),
        ("PUNSUBSCRIBE", .punsubscribe), ("SUNSUBSCRIBE", .sunsubscribe), ("MONITOR", .monitor), ("SYNC", .endless), ("PSYNC ? -1", .endless),
    ])
    func kinds(line: String, expected: CommandKind) {
        #expect(kind(line) == expected)
        #expect(kind(line.lowercased()) == expected)
        #expect(placement(line) == .last)
    }

    @Test("reads are known, and of those that may replicate none counts as one", arguments: [
        ("GET k", CommandKind.read), ("MGET a b", .read), ("EXISTS k", .read), ("LRANGE l 0 1", .read), ("DBSIZE", .read), ("PFCOUNT k", .plain), ("PING", .plain),
    ])
    func reads(line: String, expected: CommandKind) { #expect(kind(line) == expected) }

    @Test("a script runs apart, so that nobody waits behind it", arguments: ["EVAL x 0", "EVALSHA x 0", "EVAL_RO x 0", "FCALL f 0", "fcall_ro f 0"])
    func scripts(line: String) {
        #expect(kind(line) == (line.hasPrefix("EVAL x") || line.hasPrefix("EVAL_RO") ? .eval : .alone))
        #expect(placement(line) == .exclusive)
    }

    @Test("while the server holds up writes, reads alone are shared")
    func paused() {
        for (line, expected) in [("GET k", CommandPlacement.shared), ("SET k v", .exclusive), ("PUBLISH c m", .exclusive)] {
            let input = request(line)
            var scanner = RequestScanner()
            guard case .complete(let frame) = scanner.scan(input.span, limits: RESPLimits()) else { return }
            #expect(CommandPlacement(input.span, name: frame.name, second: frame.second, kinds: .standard, serverIsPaused: true) == expected)
        }
    }

    @Test("INFO is counted in on a link for itself, which is as good as new afterwards", arguments: ["INFO", "info server"])
    func information(line: String) {
        #expect(kind(line) == .information)
        #expect(placement(line) == .exclusive)
    }

    @Test("commands that leave nothing behind are plain", arguments: [
        "SET k v", "PING", "PUBLISH c m", "SCRIPT KILL", "CONFIG GET x", "DEL k",
        "APPEND k v", "HSET h f v", "RENAME a b", "MOVE k 1", "XADD s x a b", "SPUBLISH c m", "UNLINK k", "FLUSHALL", "SWAPDB 0 1", "PFCOUNT k",
    ])
    func plain(line: String) {
        #expect(kind(line) == .plain)
        #expect(placement(line) == .shared)
    }

    @Test("what running it twice changes nothing about is known, and nothing that is not known counts as such", arguments: [
        ("GET k", true), ("PING", true), ("XREAD BLOCK 0 STREAMS s 0", true), ("EVAL_RO x 0", true), ("CONFIG GET x", true), ("SUBSCRIBE c", true),
        ("CLIENT SETNAME x", true), ("PFCOUNT k", true), ("SORT_RO k", true), ("SET k v", false), ("EVAL x 0", false), ("FCALL f 0", false),
        ("BLPOP k 0", false), ("PUBLISH c m", false), ("CONFIG SET x y", false), ("SORT k STORE l", false), ("WAIT 1 0", false), ("NOSUCH x", false),
        ("GETEX k", false), ("GETDEL k", false), ("SCRIPT FLUSH", false), ("CLIENT KILL x", false), ("FLUSHALL", false), ("XREADGROUP GROUP g c STREAMS s >", false),
    ])
    func repeatable(line: String, expected: Bool) { #expect(CommandKinds.standard.isRepeatable(request(line).span) == expected) }

    @Test("what may block runs on a link of its own", arguments: [
        ("BLPOP a 0", CommandPlacement.exclusive), ("brpop a 0", .exclusive), ("BLMOVE a b LEFT RIGHT 0", .exclusive), ("BZPOPMIN a 0", .exclusive), ("WAIT 1 0", .exclusive),
        ("WAITAOF 1 1 0", .exclusive), ("BLMPOP 0 1 a LEFT", .exclusive), ("XREAD BLOCK 0 STREAMS s $", .exclusive), ("XREAD COUNT 1 block 5 STREAMS s 0", .exclusive),
        ("XREADGROUP GROUP g c BLOCK 0 STREAMS s >", .exclusive), ("XREAD STREAMS s 0", .shared), ("XREADGROUP GROUP g c STREAMS s >", .shared),
        ("LPOP a", .shared), ("GET k", .shared), ("SET k v", .shared), ("NOSUCH x", .last),
    ])
    func blocking(line: String, expected: CommandPlacement) { #expect(placement(line) == expected) }

    @Test("a subcommand that its container does not have is unknown, for every container")
    func unlistedSubcommands() {
        let table = CommandTable.standard
        table.forEachRow { name, place in
            guard table.isContainer(place), name != "command" else { return }
            for subcommand in ["nosuch", "", "help2"] {
                #expect(CommandKinds.standard.kind(of: bytes(name).span, second: bytes(subcommand).span) == .unknown, "\(name) \(subcommand)")
            }
        }
    }

    @Test("a name, or a container's subcommand, with a byte that Redis may not read is in disguise; other arguments may hold any byte")
    func disguises() {
        func kind(_ name: [UInt8], _ second: [UInt8] = []) -> CommandKind { CommandKinds.standard.kind(of: name.span, second: second.span) }
        for odd in [0, 0x01, 0x20, 0x7F, 0x80, 0xFF] as [UInt8] {
            #expect(kind(bytes("GET") + [odd]) == .disguised)
            #expect(kind(bytes("BLPOP") + [odd] + bytes("7")) == .disguised)
            #expect(kind(bytes("SCRIPT"), bytes("DEBUG") + [odd]) == .disguised)
            #expect(kind(bytes("CLIENT"), [odd] + bytes("REPLY")) == .disguised)
            #expect(kind(bytes("GET"), [odd]) == .read)
        }
    }

    @Test("only what cannot touch a connection's state leaves a link clean", arguments: [
        ("GET k", true), ("SET k v", true), ("EVAL x 0", true), ("FCALL f 0", true), ("BLPOP k 0", true), ("MULTI", true), ("EXEC", true), ("WATCH k", true),
        ("XREAD BLOCK 0 STREAMS s $", true), ("WAIT 0 0", true), ("CONFIG GET x", true), ("INFO", true), ("PUBLISH c m", true), ("HELLO 3", false),
        ("AUTH p", false), ("SELECT 0", false), ("CLIENT INFO", false), ("CLIENT LIST", false), ("CLIENT NOSUCH", false), ("SUBSCRIBE c", false),
        ("UNSUBSCRIBE", false), ("RESET", false), ("MONITOR", false), ("SCRIPT DEBUG NO", false), ("SCRIPT NOSUCH", false), ("DEBUG SLEEP 0", false),
        ("SHUTDOWN", false), ("REPLICAOF NO ONE", false), ("FAILOVER", false), ("NOSUCH", false), ("READONLY", false), ("ASKING", false), ("MODULE LOAD x", false),
    ])
    func clean(line: String, expected: Bool) { #expect(kind(line).leavesLinkClean == expected) }

    @Test("PUBLISH to the sentinels' channel is told from every other")
    func sentinelHello() {
        #expect(kind("PUBLISH __sentinel__:hello x") == .sentinelHello)
        #expect(kind("spublish __sentinel__:hello x") == .sentinelHello)
        for line in ["PUBLISH __sentinel__:hell x", "PUBLISH __sentinel__:hello2 x", "PUBLISH __SENTINEL__:hello x", "PUBLISH"] { #expect(kind(line) == .plain) }
    }

    @Test("the words of an HTTP request are known", arguments: ["POST / HTTP/1.1", "post x", "Host: localhost", "HOST: x"])
    func crossProtocol(line: String) { #expect(kind(line) == .crossProtocol) }

    @Test("a made-up name is no known one: neither a longer one nor a subcommand as the table spells it")
    func aliases() {
        for line in ["GETX k", "GE k", "config|set x y", "client|setname x", "SUBSCRIBX c"] { #expect(kind(line) == .unknown, "\(line)") }
    }
}
