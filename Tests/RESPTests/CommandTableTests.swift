import Testing

@testable import RESP

@Suite("Command table") struct CommandTableTests {
    private let table = CommandTable.standard

    private func traits(_ name: String, _ second: String = "") -> CommandTraits {
        table.traits(of: bytes(name).span, second: bytes(second).span)
    }

    @Test("every row is found under its name, in any case")
    func rows() throws {
        let rows = CommandTable.rows.description.split(separator: "\n")
        #expect(rows.count > 350)
        #expect(table.count == rows.count)
        #expect(Set(rows.compactMap { $0.split(separator: " ").first }).count == rows.count)
        for row in rows {
            let fields = row.split(separator: " ")
            let parts = fields[0].split(separator: "|").map(String.init)
            let second = parts.count > 1 ? parts[1] : ""
            let found = traits(parts[0], second)
            #expect(found.isKnown, "\(row)")
            #expect(found.arity == Int(fields[1]), "\(row)")
            #expect([found.firstKey, found.lastKey, found.keyStep] == fields[3...].map { Int($0) }, "\(row)")
            #expect(found.flags.rawValue.nonzeroBitCount == fields[2].count { $0 != "-" }, "\(row)")
            #expect(traits(parts[0].uppercased(), second.uppercased()) == found, "\(row)")
        }
    }

    @Test("what the proxy depends on is right")
    func known() {
        #expect(traits("get") == traits("GeT"))
        #expect(traits("GET").isReadOnly)
        #expect(traits("GET").arity == 2)
        #expect(traits("SET").flags.contains(.write))
        #expect(!traits("SET").isReadOnly)
        #expect(traits("BLPOP").flags.contains(.blocking))
        #expect(traits("XREAD").flags.contains(.blocking))
        #expect(traits("SUBSCRIBE").flags.contains(.pubSub))
        #expect(traits("CONFIG", "SET").flags.contains(.admin))
        #expect(traits("CONFIG", "SET") != traits("CONFIG", "GET"))
        #expect(traits("HELLO").flags.contains(.noAuth))
        #expect(traits("EVAL").flags.contains(.movableKeys))
    }

    @Test("the commands of Redis 8 and its modules are known as reads or writes", arguments: [
        ("JSON.GET", true), ("json.mget", true), ("FT.SEARCH", true), ("TS.RANGE", true), ("BF.EXISTS", true), ("CMS.QUERY", true), ("TOPK.LIST", true),
        ("TDIGEST.QUANTILE", true), ("VSIM", true), ("HTTL", true), ("DIGEST", true), ("JSON.SET", false), ("FT.CREATE", false), ("TS.ADD", false), ("BF.ADD", false),
        ("CF.COMPACT", false), ("CMS.MERGE", false), ("TOPK.ADD", false), ("TDIGEST.MERGE", false), ("VADD", false), ("HGETEX", false), ("DELEX", false),
    ])
    func newer(name: String, isReadOnly: Bool) {
        #expect(traits(name).isKnown)
        #expect(traits(name).isReadOnly == isReadOnly)
        #expect(traits(name).flags.contains(.write) == !isReadOnly)
    }

    @Test("no command is both a read and a write")
    func exclusive() {
        for row in CommandTable.rows.description.split(separator: "\n") {
            let flags = row.split(separator: " ")[2]
            #expect(!(flags.contains("r") && flags.contains("w")), "\(row)")
        }
    }

    @Test("a container's unknown subcommand has the container's own traits", arguments: ["", "nosuch", "set|x", "se", "sett"])
    func containers(second: String) {
        #expect(traits("CONFIG", second) == traits("CONFIG"))
        #expect(traits("CONFIG", second).isKnown)
    }

    @Test("a second argument that happens to be a subcommand's name changes nothing where there are no subcommands")
    func noContainer() { #expect(traits("GET", "set") == traits("GET")) }

    @Test(
        "no made-up name passes for a known one",
        arguments: [
            ("", ""), ("ge", ""), ("gett", ""), ("get ", ""), (" get", ""), ("g\u{0}t", ""), ("config|set", ""), ("CONFIG|SET", "x"), ("client|reply", "off"),
            ("acl|", "cat"), ("|", ""), ("|set", ""), ("conf", "ig|set"), ("config|", "set"), ("ｇｅｔ", ""), ("GET\n", ""),
        ])
    func unknown(name: String, second: String) {
        let found = traits(name, second)
        #expect(found == .unknown)
        #expect(!found.isKnown)
        #expect(!found.isReadOnly)
        #expect(found.flags.contains(.write))
    }

    @Test("names as long as a client may send are looked up too")
    func long() { #expect(traits(String(repeating: "get", count: 10_000)) == .unknown) }
}
