import Testing

@testable import Rendering

@Suite struct JSONValueTests {
    private func value(_ text: String) -> JSONValue? { try? JSONValue(Array(text.utf8).span) }

    @Test func everyKindIsRead() {
        #expect(value(" null ") == .null)
        #expect(value("[true,false]") == .array([.bool(true), .bool(false)]))
        #expect(value("[-1.50e3,0]") == .array([.number("-1.50e3"), .number("0")]))
        #expect(value(#""a\u00e9\n\"""#) == .string("a\u{E9}\n\""))
        #expect(value("[ ]") == .array([]))
        #expect(value("{ }") == .object([:]))
        #expect(value(#"{"a":{"b":[1]},"a":2}"#) == .object(["a": .number("2")]))
    }

    @Test func whatIsThereIsFoundAndWhatIsNotIsNil() throws {
        let tree = try #require(value(#"{"n":42,"f":1.5,"t":"x","yes":true,"list":["a"]}"#))
        #expect(tree["n"]?.integer == 42)
        #expect(tree["f"]?.integer == nil)
        #expect(tree["t"]?.text == "x")
        #expect(tree["yes"]?.isTrue == true)
        #expect(tree["list"]?.elements == [.string("a")])
        #expect(tree["none"] == nil)
        #expect(tree["t"]?["n"] == nil)
        #expect(tree["n"]?.text == nil)
        #expect(tree["n"]?.elements == [])
    }

    @Test(arguments: ["", "nul", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{1:2}", "\"open", "1 2", "[1}", "01", "\u{FEFF}1"])
    func whatIsNoJSONIsRefused(text: String) { #expect(value(text) == nil) }

    @Test func nestingHasABound() {
        #expect(value(String(repeating: "[", count: 31) + String(repeating: "]", count: 31)) != nil)
        #expect(value(String(repeating: "[", count: 100_000)) == nil)
    }
}
