import Bytes
import Rendering
import Testing

@testable import Gateway

@Suite("The response that is asked for most") struct PlainResponseTests {
    private static let replies: [String] =
        ["$0\r\n\r\n", "$1\r\nv\r\n", "$5\r\na\"b\\c\r\n", "$2\r\n\u{e9}\r\n", "$3\r\n\t\r\n\r\n", "$-1\r\n", "+OK\r\n", "+\r\n", "+a\"b\r\n", "-ERR no\r\n", ":0\r\n", ":-0\r\n", ":007\r\n",
            ":-12\r\n", ":+3\r\n", ":9223372036854775807\r\n", ":-9223372036854775808\r\n", ":123456789012345678\r\n", "*1\r\n$1\r\na\r\n", "*-1\r\n", "_\r\n", "#t\r\n", ",1.5\r\n", "(123\r\n", "=5\r\ntxt:a\r\n",
            "$15\r\na:1\r\nb:two\r\n# c\r\n", "$4000\r\n" + String(repeating: "x", count: 4000) + "\r\n", "$4090\r\n" + String(repeating: "x", count: 4090) + "\r\n",
            "$7\r\nabcdefg\r\n", "$8\r\nabcdefgh\r\n", "$9\r\nabcdefghi\r\n", "$90\r\n" + String(repeating: "y", count: 90) + "\r\n"]
    private static let targets = ["/GET/k", "/get/k", "/INFO", "/info/server", "/INCR/n", "/SE%54/k/v", "/G\"T/k", "/HGETALL/h", "/A_COMMAND_WITH_A_VERY_LONG_NAME/k", "/GET/k.raw", "/GET/k.txt", "/GET/k.js"]
    private static let rules = [
        GatewayRules(etagBytesMax: 1 << 20, digest: digest), GatewayRules(), GatewayRules(etagBytesMax: 10, digest: digest),
        GatewayRules(isWebdis: true, etagBytesMax: 1 << 20, digest: digest),
    ]

    /// Any function will do that tells different bodies apart.
    @Sendable private static func digest(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64) {
        bytes.reduce((17, 23)) { ($0.0 &* 31 &+ UInt64($1), $0.1 &* 131 ^ UInt64($1)) }
    }

    @Test("it is the very response that the way of all others writes", arguments: replies, targets)
    func same(reply: String, target: String) throws {
        let bytes = Array(reply.utf8)
        for rules in Self.rules {
            let command = try plan("GET \(target) HTTP/1.1\r\nHost: gw\r\n\r\n", rules).command
            var expected: [UInt8] = []
            let status = GatewayResponse.appendAny(command.presentation, reply: bytes.span, rules, to: &expected)
            var response: [UInt8] = Array("before".utf8)
            guard PlainResponse.append(command.presentation, reply: bytes.span, rules, to: &response) else {
                #expect(response.count == 6, "nothing is appended where it is not dealt with")
                continue
            }
            #expect(status == 200)
            #expect(String(decoding: response.dropFirst(6), as: UTF8.self) == String(decoding: expected, as: UTF8.self))
        }
    }

    @Test("short strings, statuses and numbers take it", arguments: ["$1\r\nv\r\n", "$0\r\n\r\n", "+OK\r\n", ":-12\r\n", ":0\r\n"])
    func taken(reply: String) throws {
        let command = try plan("GET /GET/k HTTP/1.1\r\nHost: gw\r\n\r\n").command
        var response: [UInt8] = []
        #expect(PlainResponse.append(command.presentation, reply: Array(reply.utf8).span, GatewayRules(), to: &response))
    }

    @Test("the tag of a digest is its hexadecimal digits, the first byte's first")
    func tag() {
        var output = [UInt8](repeating: 0, count: EntityTag.count)
        EntityTag.write((UInt64(littleEndian: 0xEFCD_AB89_6745_2301), UInt64(littleEndian: 0x1032_5476_98BA_DCFE)), at: 0, in: &output)
        #expect(String(decoding: output, as: UTF8.self) == "\"0123456789abcdeffedcba9876543210\"")
    }
}
