import Access
import Bytes
import RESP
import Rendering
import Testing

@testable import Gateway

/// Names of commands without subcommands, as the table has them.
let commandNames: [String] = {
    var names: [String] = []
    CommandTable.standard.forEachRow { name, _ in if !name.contains("|") { names.append(name) } }
    return names
}()

/// Containers with each of their subcommands.
let subcommands: [(container: String, name: String)] = {
    var pairs: [(String, String)] = []
    CommandTable.standard.forEachRow { name, _ in
        let parts = name.split(separator: "|")
        if parts.count == 2 { pairs.append((String(parts[0]), String(parts[1]))) }
    }
    return pairs
}()

@Suite("Words as Redis reads them") struct CommandWordTests {
    /// Ends a C string, or is no visible ASCII in another way.
    static let endings: [[UInt8]] = [[0, 0x78], [0], [0x20], [0x0D, 0x0A], [0x7F], [0x80], Array("é".utf8)]

    /// A way in for a command, and what it makes of it: the status of the refusal, or nil where it runs.
    struct WayIn: Sendable, CustomTestStringConvertible {
        let name: String
        let status: @Sendable ([[UInt8]]) throws -> Int?
        var testDescription: String { name }
    }

    private static let tokens = GatewayRules(token: Secret(utf8: "tok"), hasWebSockets: true)

    private static func json(_ words: [[UInt8]]) -> [UInt8] {
        // Bytes that are no UTF-8 come as they are: no JSON text can hold them otherwise.
        var text = Array("[".utf8)
        for (index, word) in words.enumerated() {
            text += Array((index > 0 ? ",\"" : "\"").utf8)
            for byte in word { text += byte < 0x20 || byte == 0x22 || byte == 0x5C ? Array("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8) : [byte] }
            text.append(UInt8(ascii: "\""))
        }
        return text + [UInt8(ascii: "]")]
    }

    private static func encoded(_ words: [[UInt8]], escaping: Bool) -> [UInt8] {
        Array(words.map { word in
            escaping ? word.flatMap { $0 > 0x20 && $0 < 0x7F && $0 != 0x25 && $0 != 0x2F ? [$0] : Array("%\($0 < 16 ? "0" : "")\(String($0, radix: 16))".utf8) } : word
        }.joined(separator: [UInt8(ascii: "/")]))
    }

    private static func request(_ head: String, _ body: [UInt8], _ rules: GatewayRules = GatewayRules()) throws -> Planned {
        try plan(Array("\(head) HTTP/1.1\r\nHost: gw\r\nAuthorization: Bearer tok\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body, rules)
    }

    private static func refusedPart(_ planned: Planned) -> Int? {
        guard case .batch(let batch) = planned.plan else { return planned.status }
        for case .refused(let answer, _) in batch.takeParts() { return answer.status }
        return nil
    }

    private static func webSocket(_ message: [UInt8], isRaw: Bool) throws -> Int? {
        guard case .commands(let commands) = WebSocketCommands(isRaw: isRaw, database: 0, commandsMax: 10).read(message.span) else { return 400 }
        return commands.compactMap { $0.refusal(of: client(), GatewayRules())?.status }.first
    }

    static let waysIn: [WayIn] = [
        WayIn(name: "body") { words in
            try plan(Array("POST / HTTP/1.1\r\nHost: gw\r\nContent-Length: \(encoded([words[0]], escaping: false).count + encoded(Array([[]] + words.dropFirst()), escaping: true).count)\r\n\r\n".utf8)
                + words[0] + encoded(Array([[]] + words.dropFirst()), escaping: true)).status
        },
        WayIn(name: "Upstash's path") { words in
            try plan(Array("GET /".utf8) + encoded(words, escaping: true) + Array(" HTTP/1.1\r\nHost: gw\r\nAuthorization: Bearer tok\r\n\r\n".utf8), tokens).status
        },
        WayIn(name: "JSON") { try request("POST /", json($0), tokens).status },
        WayIn(name: "pipeline") { try refusedPart(request("POST /pipeline", Array("[".utf8) + json($0) + Array("]".utf8), tokens)) },
        WayIn(name: "transaction") { try refusedPart(request("POST /multi-exec", Array("[".utf8) + json($0) + Array("]".utf8), tokens)) },
        WayIn(name: "WebSocket, JSON") { try webSocket(json($0), isRaw: false) },
        WayIn(name: "WebSocket, raw") { words in
            var request: [UInt8] = []
            CommandWriter.append(words, to: &request)
            return try webSocket(request, isRaw: true)
        },
    ]

    @Test("a name that might be another to Redis is refused, whatever the command and the way in", arguments: waysIn)
    func names(way: WayIn) throws {
        for name in commandNames {
            for ending in Self.endings { #expect(try way.status([Array(name.utf8) + ending, Array("k".utf8)]) == 400, "\(name) + \(ending)") }
        }
    }

    @Test("so is a subcommand of any container", arguments: waysIn)
    func subcommandsOfContainers(way: WayIn) throws {
        for (container, name) in subcommands {
            for ending in Self.endings {
                #expect(try way.status([Array(container.utf8), Array(name.utf8) + ending, Array("k".utf8)]) == 400, "\(container) \(name) + \(ending)")
            }
        }
    }

    @Test("so is an option by which a command waits or reaches another database", arguments: waysIn)
    func options(way: WayIn) throws {
        for words in [
            ["XREAD", "BLOCK\0x", "0", "STREAMS", "s", "$"], ["xread", "COUNT", "1", "block\0", "0", "STREAMS", "s", "$"],
            ["XREAD", "STREAMS\0x", "s", "0"], ["XREADGROUP", "GROUP", "a b", "c", "NOACK", "BLOCK\0", "0", "STREAMS", "s", ">"],
            ["XREADGROUP", "CLAIM", "9", "BLOCK\0", "0", "STREAMS", "s", ">"], ["COPY", "a", "b", "DB\0x", "3"], ["COPY", "a", "b", "REPLACE", "db\0", "3"],
        ] { #expect(try way.status(words.map { Array($0.utf8) }) == 400, "\(words)") }
        for words in [["XREADGROUP", "GROUP", "a b", "c\0d", "COUNT", "1", "STREAMS", "é", ">"], ["XREAD", "STREAMS", "a\0b", "0"], ["GET", "a\0b"], ["COPY", "a\0", "b c", "DB", "3"]] {
            #expect(try way.status(words.map { Array($0.utf8) }) == nil, "\(words)")
        }
    }

    @Test("Webdis's dialect refuses it in Webdis's form")
    func webdis() throws {
        let rules = GatewayRules(isWebdis: true)
        let answer = try #require(try send("POST", "/", body: "FLUSHALL\0n", rules).answer)
        var output: [UInt8] = []
        answer.answer.append(answer.framing, rules, to: &output)
        #expect(String(decoding: output, as: UTF8.self).hasPrefix("HTTP/1.1 400 Bad Request\r\nServer: Webdis\r\n"))
    }

    @Test("where a rule tells commands apart by their first argument, that is such a word")
    func argumentsOfRules() throws {
        let rules = GatewayRules(access: CommandAccess(rules: [try CommandRule(parsing: "+* -debug|sleep -mod.x|wipe")]))
        #expect(try send("POST", "/", body: "DEBUG/SLEEP%00", rules).status == 400)
        #expect(try send("POST", "/", body: "MOD.X/WIPE%00", rules).status == 400)
        #expect(try send("POST", "/", body: "MOD.Y/WIPE%00", rules).status == nil)
    }
}
