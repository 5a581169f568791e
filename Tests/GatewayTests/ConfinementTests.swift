import Access
import Bytes
import RESP
import Testing

@testable import Gateway

@Suite("Clients confined to keys and databases") struct ConfinementTests {
    private func rules(_ lines: String..., deny: Bool = false) throws -> GatewayRules {
        GatewayRules(access: CommandAccess(rules: try lines.map { try CommandRule(parsing: $0) }, allowsByDefault: !deny))
    }

    private static let login = "Authorization: Basic d2ViOnNlY3JldA==\r\n"  // web:secret

    /// What runs although it names no key: it tells of no key and no data either.
    private static let harmless: Set = [
        "ping", "echo", "time", "lastsave", "lolwut", "command", "publish", "spublish", "subscribe", "psubscribe", "unsubscribe", "punsubscribe",
    ]

    @Test("no command of the table touches a key that is not allowed, and none runs whose keys or database cannot be told", arguments: ["~app:*", "db=0", "~app:* db=0"])
    func everyCommand(rule: String) throws {
        let rules = try rules("+* \(rule)")
        CommandTable.standard.forEachRow { row, place in
            let words = row.split(separator: "|").map(String.init)
            let traits = CommandTable.standard[place]
            for count in [words.count, max(words.count, abs(traits.arity)), 12] {
                let request = command(words + (words.count..<count).map { _ in "secret" })
                let status = request.refusal(of: client(), rules)?.status
                let isHarmless = Self.harmless.contains(words[0]) || ["script|load", "script|exists"].contains(row)
                let namesKeys = traits.firstKey > 0 && !traits.flags.contains(.movableKeys)
                if rule.hasPrefix("~") {
                    if !isHarmless { #expect(status != nil, "\(row) with \(count) words") }
                } else if !isHarmless, !namesKeys, CommandKeys.all(of: request.arguments.span)?.isEmpty ?? true {
                    #expect(status != nil, "\(row) with \(count) words")
                }
            }
        }
    }

    @Test("whatever is about all keys, another database or a script is refused under ~ and under db=", arguments: ["~*", "db=0"])
    func byName(rule: String) throws {
        let rules = try rules("+* \(rule)")
        for words in [
            "EVAL x 0", "EVAL x 1 k", "EVALSHA x 1 k", "EVAL_RO x 1 k", "EVALSHA_RO x 1 k", "FCALL f 1 k", "FCALL_RO f 1 k", "KEYS *", "SCAN 0", "RANDOMKEY", "FLUSHALL", "FLUSHDB",
            "SWAPDB 0 1", "MOVE k 1", "COPY a b DB 1", "COPY a b REPLACE DB 1", "DEBUG OBJECT k", "MIGRATE h 1 k 0 10", "REPLICAOF h 1", "SLAVEOF h 1", "SORT k BY w_*", "SORT k GET x_*",
            "SORT k STORE d", "SORT_RO k", "FUNCTION LOAD x", "SCRIPT FLUSH", "DBSIZE", "INFO", "CONFIG GET *", "ACL LIST", "CLIENT LIST", "MODULE.CMD k", "SHUTDOWN", "SAVE",
            "TS.MGET FILTER a=b", "FT.SEARCH i q", "SUBSCRIBE __keyspace@0__:secret", "PSUBSCRIBE *", "PSUBSCRIBE __key*", "PSUBSCRIBE [_]_key*", "HELLO 3", "AUTH u p",
        ] { #expect(command(words.split(separator: " ").map(String.init)).refusal(of: client(), rules)?.status == 403, "\(words)") }
        for words in ["GET k", "COPY a b", "COPY a b REPLACE", "PING", "ECHO x", "TIME", "PUBLISH news x", "SUBSCRIBE news", "PSUBSCRIBE news.*", "SCRIPT LOAD x", "SCRIPT EXISTS x", "XREAD STREAMS s 0", "ZUNION 1 k"] {
            #expect(command(words.split(separator: " ").map(String.init)).refusal(of: client(), rules) == nil, "\(words)")
        }
    }

    @Test("a group or consumer that is called as an option is none")
    func groups() throws {
        let rules = try rules("+* ~s*")
        for words in ["XREADGROUP GROUP streams s STREAMS other >", "XREADGROUP GROUP g streams STREAMS other >", "XREAD COUNT streams STREAMS other 0"] {
            #expect(command(words.split(separator: " ").map(String.init)).refusal(of: client(), rules)?.status == 403, "\(words)")
        }
        #expect(command(["XREADGROUP", "GROUP", "streams", "c", "NOACK", "STREAMS", "s", ">"]).refusal(of: client(), rules) == nil)
    }

    @Test("the sources of a merge are keys as its destination is", arguments: ["CMS.MERGE", "TDIGEST.MERGE"])
    func merges(name: String) throws {
        let rules = try rules("+* ~app:*")
        #expect(command([name, "app:a", "1", "app:b"]).refusal(of: client(), rules) == nil)
        #expect(command([name, "app:a", "1", "secret"]).refusal(of: client(), rules)?.status == 403)
    }

    @Test("a script runs only where all that it could call is allowed", arguments: [
        ("+*", nil), ("+* -flushall", 403), ("+* -get", 403), ("+* -config -shutdown -debug -client|kill", nil), ("+* -client", nil), ("+* -object|freq", 403), ("+* -no.such", 403),
        ("-*;+eval +eval_ro +fcall +fcall_ro +get", 403), ("-*;+*", nil), ("+* -flushall;+flushall", nil), ("-xgroup|create;+xgroup", nil), ("+* +eval -flushall", 403),
    ])
    func scripts(lines: String, status: Int?) throws {
        let access = CommandAccess(rules: try lines.split(separator: ";").map { try CommandRule(parsing: String($0)) })
        for name in ["EVAL", "EVAL_RO", "FCALL", "FCALL_RO"] {
            #expect(command([name, "x", "0"]).refusal(of: client(), GatewayRules(access: access))?.status == status, "\(name)")
        }
        #expect(command(["SCRIPT", "LOAD", "x"]).refusal(of: client(), try rules("+* -flushall")) == nil)
    }

    @Test("Webdis's rules are about names alone: a script that is allowed by its name runs there")
    func webdisScripts() throws {
        let named = GatewayRules(isWebdis: true, access: CommandAccess(rules: [try CommandRule(parsing: "-* "), try CommandRule(parsing: "+eval +get")]))
        #expect(command(["EVAL", "x", "0"]).refusal(of: client(), named) == nil)
        let unnamed = GatewayRules(isWebdis: true, access: CommandAccess(rules: [try CommandRule(parsing: "+* -flushall")]))
        #expect(command(["EVAL", "x", "0"]).refusal(of: client(), unnamed)?.status == 403)
    }

    @Test("by default nothing is allowed, so a script might call what is not")
    func defaultDeny() throws {
        #expect(command(["EVAL", "x", "0"]).refusal(of: client(), try rules("+eval +get", deny: true))?.status == 403)
    }

    @Test("a rule that names the script's command lets it run in the name of a Redis user, whose rights hold within it")
    func mappedScripts() throws {
        let mapped = try rules("auth=web:secret user=alice +* +eval -flushall", "auth=other:pw +* +eval -flushall")
        #expect(command(["EVAL", "x", "0"]).refusal(of: client(Self.login, mapped), mapped) == nil)
        // Not by the name of another, not with all, and not in the proxy's own name.
        #expect(command(["EVALSHA", "x", "0"]).refusal(of: client(Self.login, mapped), mapped)?.status == 403)
        let unnamed = try rules("auth=web:secret user=alice +* -flushall")
        #expect(command(["EVAL", "x", "0"]).refusal(of: client(Self.login, unnamed), unnamed)?.status == 403)
        let other = "Authorization: Basic b3RoZXI6cHc=\r\n"
        #expect(command(["EVAL", "x", "0"]).refusal(of: client(other, mapped), mapped)?.status == 403)
        // No Redis user is bound to a database.
        let confined = try rules("auth=web:secret user=alice +* +eval db=0")
        #expect(command(["EVAL", "x", "0"]).refusal(of: client(Self.login, confined), confined)?.status == 403)
    }

    @Test("a login acts as the Redis user of the last rule that holds, with its own password or another")
    func redisUsers() throws {
        let rules = try rules("ip=127.0.0.1 user=local:pw%3A1", "auth=web:secret user=alice", "ip=10.0.0.0/8 user=far:x")
        func user(_ fields: String, from peer: String = "127.0.0.1") -> String? {
            CommandGate(client(fields, rules, from: peer), rules).redisUser.map { String(decoding: $0.name + [0x20] + $0.password.revealedBytes, as: UTF8.self) }
        }
        #expect(user("") == "local pw:1")
        #expect(user(Self.login) == "alice secret")
        #expect(user(Self.login, from: "10.1.1.1") == "far x")
        #expect(user("", from: "8.8.8.8") == nil)
        let planned = try plan("GET /GET/k HTTP/1.1\r\nHost: gw\r\n\(Self.login)\r\n", rules).command
        #expect(planned.presentation.redisUser?.name == Array("alice".utf8))
    }

    @Test("nobody publishes to the channel of the sentinels, under whatever rules", arguments: ["PUBLISH", "spublish", "Publish"])
    func helloChannel(name: String) throws {
        for way in CommandWordTests.waysIn where way.name != "body" {
            #expect(try way.status([Array(name.utf8), Array("__sentinel__:hello".utf8), Array("x".utf8)]) == 403, "\(way.name)")
            #expect(try way.status([Array(name.utf8), Array("__sentinel__:hell".utf8), Array("x".utf8)]) == nil, "\(way.name)")
        }
        #expect(try get("/\(name)/__sentinel__:hello/x").status == 403)
        #expect(try send("PUT", "/\(name)/__sentinel__%3Ahello", body: "x").status == 403)
        #expect(try send("POST", "/", body: "\(name)/__sentinel__:hello/x", GatewayRules(isWebdis: true)).status == 403)
    }
}
