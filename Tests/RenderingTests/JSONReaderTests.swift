import RESP
import Testing

@testable import Rendering

private let narrow = JSONCommandRules(argumentCountMax: 1000, commandCountMax: 100)
private let wide = JSONCommandRules(argumentCountMax: 1000, commandCountMax: 100, nestingDepthMax: 4, acceptsNull: true, acceptsNested: true)

/// What is left in the output of a text, and whether everything is in its place.
private struct Reading {
    var words: [[String]] = []
    var commands: [JSONCommand] = []
    var output: [UInt8] = []
    /// `offset: reason`, if the text was refused.
    var problem: String?

    init(_ text: [UInt8], rules: JSONCommandRules, isList: Bool) {
        output = Array("before".utf8)
        do throws(JSONProblem) {
            if isList {
                commands = try JSONReader.appendCommands(text.span, rules: rules, to: &output)
            } else {
                commands = [try JSONReader.appendCommand(text.span, rules: rules, to: &output)]
            }
        } catch {
            problem = "\(error.offset): \(error.reason)"
            #expect(error.offset >= 0 && error.offset <= text.count)
            #expect(output == Array("before".utf8), "nothing is left of a text that is refused")
        }
        var end = 6
        for command in commands {
            #expect(command.bytes.lowerBound == end)
            end = command.bytes.upperBound
            var reader = ReplyReader(offset: command.bytes.lowerBound)
            guard let elements = ReplyValue(output.span, reader: &reader)?.elements else {
                Issue.record("no command: \(String(decoding: output, as: UTF8.self))")
                continue
            }
            #expect(reader.offset == end)
            #expect(elements.count == command.argumentCount)
            let words = elements.map { $0.text ?? "no string" }
            #expect(String(decoding: output[command.name], as: UTF8.self) == words.first)
            #expect(command.firstArgument.map { String(decoding: output[$0], as: UTF8.self) } == words.dropFirst().first)
            self.words.append(words)
        }
        #expect(output.count == end)
    }
}

private func one(_ text: String, rules: JSONCommandRules = narrow) -> [String]? {
    Reading(Array(text.utf8), rules: rules, isList: false).words.first
}

private func many(_ text: String, rules: JSONCommandRules = narrow) -> [[String]]? {
    let reading = Reading(Array(text.utf8), rules: rules, isList: true)
    return reading.problem == nil ? reading.words : nil
}

private func problem(_ text: String, rules: JSONCommandRules = narrow) -> String? {
    Reading(Array(text.utf8), rules: rules, isList: false).problem
}

@Suite("Commands in JSON") struct JSONReaderTests {
    @Test("become RESP, with the places of name and first argument")
    func command() throws {
        var output: [UInt8] = [1, 2]
        let command = try JSONReader.appendCommand(Array(#"["SET","k",1]"#.utf8).span, rules: narrow, to: &output)
        #expect(String(decoding: output.dropFirst(2), as: UTF8.self) == "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n1\r\n")
        #expect(command == JSONCommand(bytes: 2..<29, name: 10..<13, firstArgument: 19..<20, argumentCount: 3))
    }

    @Test(
        "a string is what it stands for",
        arguments: [
            (#"["ECHO","\u00e9"]"#, "é"), (#"["ECHO","\ud83c\uDF89"]"#, "🎉"), (#"["ECHO","a\"b\\c\/d\be\ff\ng\rh\ti"]"#, "a\"b\\c/d\u{8}e\u{C}f\ng\rh\ti"), (#"["ECHO","\u0000x\u000A"]"#, "\u{0}x\n"), (#"["ECHO",""]"#, ""),
            (#"["ECHO","héllo ✓ 🎉 and long enough for words"]"#, "héllo ✓ 🎉 and long enough for words"), (#"["ECHO","\uFFFF\u2028"]"#, "\u{FFFF}\u{2028}"), (#"["ECHO","\u007f"]"#, "\u{7F}"), ("[\"ECHO\",\"\u{7F}\"]", "\u{7F}"),
            (" [ \"ECHO\" ,\t\"a\"\r\n] \n", "a"), (#"["ECHO","\uD83D\uDE00\uD83D\uDE00é\u00e9"]"#, "😀😀éé"),
        ])
    func strings(text: String, expected: String) {
        #expect(one(text) == ["ECHO", expected])
    }

    @Test("a number is its digits", arguments: ["3", "-1", "0", "-0", "1.50", "2.5", "1e5", "1E+5", "-1.25e-10", "9223372036854775808", "123456789012345678901234567890.12345678901234567890"])
    func numbers(number: String) {
        #expect(one("[\"SET\",\"k\",\(number)]") == ["SET", "k", number])
        #expect(one("[\"SET\",\(number) ]") == ["SET", number])
    }

    @Test("true and false are their words, unless they are refused")
    func booleans() {
        #expect(one(#"["SET",true,false]"#) == ["SET", "true", "false"])
        let rules = JSONCommandRules(argumentCountMax: 9, commandCountMax: 9, acceptsBooleans: false, acceptsNull: true)
        #expect(problem(#"["SET",true]"#, rules: rules) == "7: an argument is a string or a number")
        #expect(one(#"["SET",null]"#, rules: rules) == ["SET", "null"])
    }

    @Test("null, lists and objects are refused, or their text")
    func options() {
        #expect(problem(#"["SET","k",null]"#) == "11: an argument is a string or a number")
        #expect(problem(#"["SET",["k"]]"#) == "7: an argument is a string or a number")
        #expect(problem(#"["SET",{"k":1}]"#) == "7: an argument is a string or a number")
        #expect(one(#"["SET","k",null]"#, rules: wide) == ["SET", "k", "null"])
        #expect(one(#"["SET",[1, "a\n"] ,{ "k" : {"x":[]}, "l":-1.50 }]"#, rules: wide) == ["SET", #"[1, "a\n"]"#, #"{ "k" : {"x":[]}, "l":-1.50 }"#])
    }

    @Test("more arguments than one digit can count", arguments: [9, 10, 11, 99, 100, 999])
    func count(count: Int) {
        let words = (1...count).map { "w\($0)" }
        let text = "[" + words.map { "\"\($0)\"" }.joined(separator: ",") + "]"
        #expect(one(text) == words)
        #expect(many("[\(text),[\"GET\"],\(text)]") == [words, ["GET"], words])
    }

    @Test("a list of commands is read in its order, an empty one too")
    func list() {
        #expect(many(#"[["SET","a",1],["GET","a"], ["PING"]]"#) == [["SET", "a", "1"], ["GET", "a"], ["PING"]])
        #expect(many(" [ ] ") == [])
        #expect(many(#"["GET","a"]"#) == nil)
        #expect(many(#"[["GET","a"],[]]"#) == nil)
        #expect(many(#"[["GET","a"],]"#) == nil)
    }

    @Test(
        "what is no command is refused, with the place and the reason",
        arguments: [
            ("", "0: a command is a list"), ("{}", "0: a command is a list"), ("\"GET\"", "0: a command is a list"), ("[]", "1: a command begins with its name, a string"), ("[1]", "1: a command begins with its name, a string"),
            (#"[["GET"]]"#, "1: a command begins with its name, a string"), ("[null]", "1: a command begins with its name, a string"), (#"["GET" "k"]"#, "7: a comma or a bracket is missing"), (#"["GET",]"#, "7: this is no value"),
            (#"["GET","k""#, "10: the text ends early"), (#"["GET","k"] x"#, "12: something stands behind the value"), (#"["GET","k"][]"#, "11: something stands behind the value"), (#"["GET","k"#, "7: a string does not end"),
            (#"["GET",'k']"#, "7: this is no value"), (#"["GET",nul]"#, "7: this is no value"), (#"["GET",True]"#, "7: this is no value"), (#"["GET",truex]"#, "11: a comma or a bracket is missing"), (#"["GET",01]"#, "8: a comma or a bracket is missing"),
            (#"["GET",+1]"#, "7: this is no value"), (#"["GET",.5]"#, "7: this is no value"), (#"["GET",1.]"#, "7: this is no value"), (#"["GET",NaN]"#, "7: this is no value"), (#"["GET",-]"#, "7: this is no value"),
            (#"["GET","\x"]"#, "8: there is no such escape in JSON"), (#"["GET","\u12G4"]"#, "8: \\u needs four hexadecimal digits"), (#"["GET","\u123"]"#, "8: \\u needs four hexadecimal digits"),
            (#"["GET","\ud83c"]"#, "8: half a surrogate pair is no character"), (#"["GET","\udf89\ud83c"]"#, "8: half a surrogate pair is no character"), (#"["GET","\ud83c\u0041"]"#, "8: half a surrogate pair is no character"),
            (#"["GET","\ud83cx"]"#, "8: half a surrogate pair is no character"), ("[\"GET\",\"a\nb\"]", "9: a control character in a string has to be escaped"), ("[\"GET\",\"\u{0}\"]", "8: a control character in a string has to be escaped"),
            ("\u{FEFF}[\"GET\"]", "0: a command is a list"), ("[\"GET\"/**/]", "6: a comma or a bracket is missing"), ("\u{A0}[\"GET\"]", "0: a command is a list"),
        ])
    func refused(text: String, expected: String) {
        #expect(problem(text) == expected)
    }

    @Test("text that is not UTF-8 is refused", arguments: [[0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x9C]] as [[UInt8]])
    func invalid(bytes: [UInt8]) {
        let text = Array("[\"GET\",\"a".utf8) + bytes + Array("\"]".utf8)
        #expect(Reading(text, rules: narrow, isList: false).problem == "9: a string is not UTF-8")
    }

    @Test("bounds hold")
    func bounds() {
        let rules = JSONCommandRules(argumentCountMax: 2, commandCountMax: 2, nestingDepthMax: 2, acceptsNested: true)
        #expect(one(#"["GET","k"]"#, rules: rules) == ["GET", "k"])
        #expect(problem(#"["MGET","k","l"]"#, rules: rules) == "12: the command has too many arguments")
        #expect(many(#"[["A"],["B"]]"#, rules: rules)?.count == 2)
        #expect(many(#"[["A"],["B"],["C"]]"#, rules: rules) == nil)
        #expect(one(#"["A",[{"b":1}]]"#, rules: rules) == ["A", #"[{"b":1}]"#])
        #expect(problem(#"["A",[[[]]]]"#, rules: rules) == "7: the text nests too deep")
        #expect(problem(#"["A"]"#, rules: JSONCommandRules(argumentCountMax: 0, commandCountMax: 0)) != nil)
    }

    @Test("nesting is bounded whatever the caller says")
    func depth() {
        let rules = JSONCommandRules(argumentCountMax: 9, commandCountMax: 9, nestingDepthMax: .max, acceptsNested: true)
        func nested(_ depth: Int) -> String { "[\"A\"," + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "]" }
        #expect(one(nested(ReplyNesting.depthMax), rules: rules) != nil)
        #expect(problem(nested(ReplyNesting.depthMax + 1), rules: rules) != nil)
        #expect(problem("[\"A\"," + String(repeating: "{\"a\":", count: 100_000), rules: rules) != nil)
        #expect(problem(String(repeating: "[", count: 100_000), rules: rules) != nil)
        #expect(one("[\"A\",[]]", rules: JSONCommandRules(argumentCountMax: 9, commandCountMax: 9, nestingDepthMax: -1, acceptsNested: true)) == nil)
    }
}

@Suite("JSON that is broken") struct JSONReaderFuzzTests {
    private static let samples: [String] = [
        #"["SET","k",1,true,null,2.5,"\u00e9"]"#, #"["SET" , "a\ud83c\udf89\\" , -1.25e-10 , {"a":[1,{"b":null}],"c":"\n"} ]"#,
        #"["MSET","héllo ✓ 🎉","1","2","3","4","5","6","7","8","9","10"]"#,
    ]

    @Test("every beginning of a command is refused", arguments: samples)
    func truncated(text: String) {
        let bytes = Array(text.utf8)
        #expect(Reading(bytes, rules: wide, isList: false).problem == nil)
        for count in 0..<bytes.count {
            #expect(Reading(Array(bytes[..<count]), rules: wide, isList: false).problem != nil, "cut at \(count)")
            #expect(Reading([UInt8(ascii: "[")] + bytes[..<count], rules: wide, isList: true).problem != nil, "cut at \(count)")
        }
    }

    @Test("whatever a command is changed into, it is a command or refused", arguments: samples)
    func mutated(text: String) {
        var generator = SeededGenerator(seed: 41)
        let pieces: [[UInt8]] = ["\"", "\\", "\\u", "\\ud83c", "[", "]", "{", "}", ",", ":", "1", "-", "e", "null", "true", " ", "\n"].map { Array($0.utf8) } + [[0xFF], [0xC3], [0x00], []]
        for _ in 0..<3000 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let start = Int.random(in: 0...bytes.count, using: &generator)
                let end = min(bytes.count, start + Int.random(in: 0...2, using: &generator))
                bytes.replaceSubrange(start..<end, with: pieces.randomElement(using: &generator) ?? [])
            }
            // The reading itself checks what comes out.
            let command = Reading(bytes, rules: wide, isList: false)
            if command.problem == nil { #expect(String(validating: bytes, as: UTF8.self) != nil) }
            _ = Reading([UInt8(ascii: "[")] + bytes + [UInt8(ascii: "]")], rules: wide, isList: true)
        }
    }

    @Test("what the renderer writes, the reader reads")
    func roundTrip() {
        var generator = SeededGenerator(seed: 5)
        let pieces = ["\"", "\\", "\n", "\u{0}", "é", "🎉", "\u{7F}", "\u{2028}", "plain words here", "/"]
        for _ in 0..<500 {
            let words = ["ECHO"] + (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                (0..<Int.random(in: 0...6, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            }
            var text = Array("[".utf8)
            for (index, word) in words.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                JSONString.append(word, to: &text)
            }
            #expect(Reading(text + [UInt8(ascii: "]")], rules: narrow, isList: false).words == [words])
        }
    }
}
