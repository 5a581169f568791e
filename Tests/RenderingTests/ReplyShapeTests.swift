import Testing

@testable import Rendering

/// RESP2 of words and lists of words: what the shapes are told from.
private indirect enum Element: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByNilLiteral {
    case word(String)
    case number(Int64)
    case list([Element])
    case null

    init(stringLiteral value: String) { self = .word(value) }
    init(integerLiteral value: Int64) { self = .number(value) }
    init(arrayLiteral elements: Element...) { self = .list(elements) }
    init(nilLiteral: ()) { self = .null }

    var wire: String {
        switch self {
        case .word(let text): "$\(text.utf8.count)\r\n\(text)\r\n"
        case .number(let number): ":\(number)\r\n"
        case .list(let elements): "*\(elements.count)\r\n" + elements.map(\.wire).joined()
        case .null: "$-1\r\n"
        }
    }
}

private func shaped(_ command: String, _ reply: Element, rules: RenderRules = RenderRules()) -> String {
    json(reply.wire, command: command, rules: rules)
}

@Suite("JSON of streams") struct StreamShapeTests {
    private let messages: Element = [["1-1", ["a", "1", "b", "2"]], ["2-1", ["c", "héllo ✓ 🎉"]]]
    private let messagesText = #"[{"id":"1-1","msg":{"a":"1","b":"2"}},{"id":"2-1","msg":{"c":"héllo ✓ 🎉"}}]"#

    @Test("messages are objects of id and fields, whatever the command's case", arguments: ["XRANGE", "XREVRANGE", "XCLAIM", "xrange", "XRevRange"])
    func messages(command: String) {
        #expect(shaped(command, messages) == "{\"\(command)\":\(messagesText)}")
        #expect(shaped(command, []) == "{\"\(command)\":[]}")
    }

    @Test("streams are an object of their messages", arguments: ["XREAD", "XREADGROUP", "xread"])
    func streams(command: String) {
        #expect(shaped(command, [["st", messages]]) == "{\"\(command)\":{\"st\":\(messagesText)}}")
        #expect(shaped(command, [["a", [["1-1", ["f", "v"]]]], ["b", []]]) == "{\"\(command)\":{\"a\":[{\"id\":\"1-1\",\"msg\":{\"f\":\"v\"}}],\"b\":[]}}")
        #expect(json("*-1\r\n", command: command) == "{\"\(command)\":null}")
    }

    @Test("the values of a field that comes more than once are a list; Webdis writes the field each time")
    func duplicates() {
        #expect(shaped("XRANGE", [["1-1", ["f", "1", "g", "0", "f", "2"]], ["2-1", ["f", "3"]]]) == #"{"XRANGE":[{"id":"1-1","msg":{"f":["1","2"],"g":"0"}},{"id":"2-1","msg":{"f":"3"}}]}"#)
        #expect(shaped("XREAD", [["s", [["1-1", ["f", "1", "f", "1"]]]]]) == #"{"XREAD":{"s":[{"id":"1-1","msg":{"f":["1","1"]}}]}}"#)
        #expect(shaped("XRANGE", [["1-1", ["f", "1", "f", "2"]]], rules: RenderRules(isWebdis: true)) == #"{"XRANGE":[{"id":"1-1","msg":{"f":"1","f":"2"}}]}"#)
        #expect(shaped("XRANGE", [["1-1", ["f", "1", "f", "2"]]], rules: RenderRules(isBase64: true)) == #"{"XRANGE":[{"id":"MS0x","msg":{"Zg==":["MQ==","Mg=="]}}]}"#)
        let many = (0..<1000).flatMap { [Element.word("f\($0 % 500)"), .word("\($0)")] }
        #expect(shaped("XRANGE", .list([.list(["1-1", .list(many)])])).contains(#""f7":["7","507"],"#))
    }

    @Test("field values that are no UTF-8 are replaced, not lost")
    func broken() {
        let reply = Array("*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\n".utf8) + [0xFF] + Array("\r\n".utf8)
        #expect(json(reply, command: "XRANGE").text == "{\"XRANGE\":[{\"id\":\"1-1\",\"msg\":{\"f\":\"\u{FFFD}\"}}]}")
        #expect(json(reply, command: "XRANGE").outcome == .renderedWithReplacements)
    }

    @Test("pending messages are summed up in an object")
    func summary() {
        #expect(
            shaped("XPENDING", [2, "1-1", "2-1", [["alice", "2"]]]) == #"{"XPENDING":{"msgs":2,"idmin":"1-1","idmax":"2-1","msgsperconsumer":{"alice":"2"}}}"#)
        #expect(shaped("XPENDING", [3, "1-1", "2-1", [["alice", "2"], ["bob", "1"]]]).hasSuffix(#""msgsperconsumer":{"alice":"2","bob":"1"}}}"#))
        #expect(json("*4\r\n:0\r\n$-1\r\n$-1\r\n*-1\r\n", command: "XPENDING") == #"{"XPENDING":{"msgs":0}}"#)
    }

    @Test("pending messages one by one are objects, four of them too")
    func extended() {
        let one: Element = ["1-1", "alice", 74642, 1]
        let oneText = #"{"id":"1-1","owner":"alice","elapsedtime":74642,"deliveries":1}"#
        #expect(shaped("XPENDING", [one]) == "{\"XPENDING\":[\(oneText)]}")
        #expect(shaped("xpending", [one, one, one, one]) == "{\"xpending\":[\(oneText),\(oneText),\(oneText),\(oneText)]}")
        #expect(shaped("XPENDING", []) == #"{"XPENDING":[]}"#)
    }

    @Test(
        "a reply of another form stays as it stands",
        arguments: [
            ("XCLAIM", ["1-1", "2-1"], #"["1-1","2-1"]"#), ("XRANGE", [["1-1", nil]], #"[["1-1",null]]"#), ("XRANGE", [["1-1", ["f"]]], #"[["1-1",["f"]]]"#), ("XRANGE", [nil], "[null]"), ("XRANGE", 5, "5"),
            ("XRANGE", [["1-1", ["a", "1"]], ["2-1", nil]], #"[["1-1",["a","1"]],["2-1",null]]"#), ("XRANGE", [[1, ["f", "v"]]], #"[[1,["f","v"]]]"#), ("XRANGE", [["1-1", ["f", "v"], "more"]], #"[["1-1",["f","v"],"more"]]"#),
            ("XREAD", [["st", nil]], #"[["st",null]]"#), ("XREAD", ["st"], #"["st"]"#), ("XREAD", [["st", [["1-1", nil]]]], #"[["st",[["1-1",null]]]]"#), ("XPENDING", [2, "1-1", "2-1"], #"[2,"1-1","2-1"]"#),
            ("XPENDING", [2, 1, "2-1", []], #"[2,1,"2-1",[]]"#), ("XPENDING", [2, "1-1", "2-1", ["alice"]], #"[2,"1-1","2-1",["alice"]]"#), ("XPENDING", [["1-1", "alice", "1", 1]], #"[["1-1","alice","1",1]]"#),
            ("XPENDING", [2, "a", "b", [["alice", ["2"]]]], #"[2,"a","b",[["alice",["2"]]]]"#), ("XAUTOCLAIM", ["2-1", [["1-1", ["a", "1"]]], []], #"["2-1",[["1-1",["a","1"]]],[]]"#), ("XINFO", [["name", "g1"]], #"[["name","g1"]]"#),
        ] as [(String, Element, String)])
    fileprivate func others(command: String, reply: Element, expected: String) {
        #expect(shaped(command, reply) == "{\"\(command)\":\(expected)}")
        #expect(json(Array(reply.wire.utf8), command: command).outcome == .rendered)
    }

    @Test("a map of RESP3 stays one")
    func map() {
        #expect(json("%1\r\n$2\r\nst\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n", command: "XREAD") == #"{"XREAD":{"st":[["1-1",["f","v"]]]}}"#)
    }

    @Test("an error is an error", arguments: ["XRANGE", "XREAD", "XPENDING", "GEORADIUS", "HGETALL", "INFO"])
    func errors(command: String) {
        for rules in [RenderRules(), RenderRules(isWebdis: true)] {
            #expect(json("-ERR no\r\n", command: command, rules: rules) == "{\"\(command)\":[false,\"ERR no\"]}")
        }
    }
}

@Suite("JSON of places") struct PlaceShapeTests {
    @Test(
        "a place's fields are told by their types",
        arguments: [
            (["Palermo", "190.4424"], #"{"name":"Palermo","dist":"190.4424"}"#), (["Palermo", 3_479_099_956_230_698], #"{"name":"Palermo","hash":3479099956230698}"#),
            (["Palermo", ["13.36", "38.11"]], #"{"name":"Palermo","coords":["13.36","38.11"]}"#), (["p", 5, ["1", "2"]], #"{"name":"p","hash":5,"coords":["1","2"]}"#),
            (["p", "190.4424", 5, ["1", "2"]], #"{"name":"p","dist":"190.4424","hash":5,"coords":["1","2"]}"#), (["p", "1", ["1", "2"]], #"{"name":"p","dist":"1","coords":["1","2"]}"#),
        ] as [(Element, String)])
    fileprivate func fields(place: Element, expected: String) {
        for command in ["GEORADIUS", "GEORADIUS_RO", "georadiusbymember", "GEORADIUSBYMEMBER_RO"] {
            #expect(shaped(command, [place, place]) == "{\"\(command)\":[\(expected),\(expected)]}")
        }
    }

    @Test("coordinates of RESP3 are strings too")
    func respThree() {
        #expect(json("*1\r\n*2\r\n$1\r\np\r\n*2\r\n,13.5\r\n,38\r\n", command: "GEORADIUS") == #"{"GEORADIUS":[{"name":"p","coords":["13.5","38"]}]}"#)
    }

    @Test(
        "a reply of another form stays as it stands",
        arguments: [
            ("GEORADIUS", ["Palermo"], #"["Palermo"]"#), ("GEORADIUS", [], "[]"), ("GEORADIUS", 2, "2"), ("GEORADIUS", [["p"]], #"[["p"]]"#), ("GEORADIUS", [["p", 5, "1"]], #"[["p",5,"1"]]"#), ("GEORADIUS", [["p", nil]], #"[["p",null]]"#),
            ("GEORADIUS", [["p", "1"], "q"], #"[["p","1"],"q"]"#), ("GEORADIUS", [["p", ["1"]]], #"[["p",["1"]]]"#), ("GEORADIUS", [["p", "1", "2"]], #"[["p","1","2"]]"#), ("GEOSEARCH", [["p", "1"]], #"[["p","1"]]"#), ("GEORADIU", [["p", "1"]], #"[["p","1"]]"#),
        ] as [(String, Element, String)])
    fileprivate func others(command: String, reply: Element, expected: String) {
        #expect(shaped(command, reply) == "{\"\(command)\":\(expected)}")
    }
}

@Suite("JSON under other rules") struct RenderRulesTests {
    private let webdis = RenderRules(isWebdis: true)
    private let base64 = RenderRules(isBase64: true)

    @Test("an error within an aggregate is null to Webdis, and itself to us")
    func errors() {
        let reply = "*2\r\n$1\r\nx\r\n-bad thing\r\n"
        #expect(json(reply, command: "EVAL", rules: webdis) == #"{"EVAL":["x",null]}"#)
        #expect(json(reply, command: "EVAL") == #"{"EVAL":["x",[false,"bad thing"]]}"#)
        #expect(json("*1\r\n*1\r\n!1\r\ne\r\n", rules: webdis) == #"{"X":[[null]]}"#)
        #expect(json("*2\r\n+fine\r\n:1\r\n", rules: webdis) == #"{"X":["fine",1]}"#)
    }

    @Test("base64 carries every string of the reply, and nothing else changes")
    func strings() {
        #expect(json("$1\r\na\r\n", command: "GET", rules: base64) == #"{"GET":"YQ=="}"#)
        #expect(json("=5\r\ntxt:a\r\n", rules: base64) == #"{"X":"YQ=="}"#)
        #expect(json("$?\r\n;1\r\na\r\n;1\r\nb\r\n;0\r\n", rules: base64) == #"{"X":"YWI="}"#)
        #expect(json("$0\r\n\r\n", rules: base64) == #"{"X":""}"#)
        #expect(json("*4\r\n+fine\r\n:5\r\n$-1\r\n-no\r\n", rules: base64) == #"{"X":["fine",5,null,[false,"no"]]}"#)
        #expect(json("+OK\r\n", rules: base64) == #"{"X":[true,"OK"]}"#)
        #expect(json("*3\r\n,1.5\r\n,inf\r\n#t\r\n", rules: base64) == #"{"X":[1.5,"inf",true]}"#)
    }

    @Test("base64 carries keys too, but not the names that the shapes give")
    func keys() {
        #expect(json("*2\r\n$1\r\na\r\n$1\r\nb\r\n", command: "HGETALL", rules: base64) == #"{"HGETALL":{"YQ==":"Yg=="}}"#)
        #expect(json("%2\r\n$1\r\na\r\n:1\r\n:2\r\n$1\r\nb\r\n", rules: base64) == #"{"X":{"YQ==":1,"2":"Yg=="}}"#)
        #expect(shaped("XRANGE", [["1-1", ["a", "b"]]], rules: base64) == #"{"XRANGE":[{"id":"MS0x","msg":{"YQ==":"Yg=="}}]}"#)
        #expect(shaped("GEORADIUS", [["a", "b"]], rules: base64) == #"{"GEORADIUS":[{"name":"YQ==","dist":"Yg=="}]}"#)
        #expect(json("$5\r\na:b\r\n\r\n", command: "INFO", rules: base64) == #"{"INFO":{"YQ==":"Yg=="}}"#)
    }

    @Test("base64 keeps what is no UTF-8")
    func binary() {
        let rendered = json([0x24, 0x32, 0x0D, 0x0A, 0xFF, 0x00, 0x0D, 0x0A], rules: base64)
        #expect(rendered.text == #"{"X":"/wA="}"#)
        #expect(rendered.outcome == .rendered)
    }
}
