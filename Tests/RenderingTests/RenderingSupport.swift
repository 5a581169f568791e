import Bytes
import RESP

@testable import Rendering

/// Renders `reply` into a buffer that already holds something, which must stay.
private func rendered(_ render: (inout [UInt8]) -> RenderOutcome) -> (text: String, bytes: [UInt8], outcome: RenderOutcome) {
    var output = Array("before".utf8)
    let outcome = render(&output)
    precondition(output.starts(with: "before".utf8))
    let bytes = Array(output.dropFirst(6))
    return (String(decoding: bytes, as: UTF8.self), bytes, outcome)
}

func json(
    _ reply: [UInt8], command: String = "X", rules: RenderRules = RenderRules()
) -> (text: String, bytes: [UInt8], outcome: RenderOutcome) {
    let command = Array(command.utf8)
    return rendered { JSONRenderer.append(reply.span, command: command.span, rules: rules, to: &$0) }
}

func json(_ reply: String, command: String = "X", rules: RenderRules = RenderRules()) -> String {
    json(Array(reply.utf8), command: command, rules: rules).text
}

func messagePack(
    _ reply: [UInt8], command: String = "X", rules: RenderRules = RenderRules()
) -> (text: String, bytes: [UInt8], outcome: RenderOutcome) {
    let command = Array(command.utf8)
    return rendered { MessagePackRenderer.append(reply.span, command: command.span, rules: rules, to: &$0) }
}

func raw(_ reply: String, isWebdis: Bool) -> String {
    let reply = Array(reply.utf8)
    return rendered { RawRenderer.append(reply.span, rules: RenderRules(isWebdis: isWebdis), to: &$0) }.text
}

func webdisRawOutcome(_ reply: [UInt8]) -> RenderOutcome {
    rendered { RawRenderer.append(reply.span, rules: RenderRules(isWebdis: true), to: &$0) }.outcome
}

func respTwo(_ reply: [UInt8]) -> (text: String, bytes: [UInt8], outcome: RenderOutcome) {
    rendered { RESP2Renderer.append(reply.span, to: &$0) }
}

func upstash(_ reply: [UInt8], rules: UpstashRules = UpstashRules()) -> (text: String, bytes: [UInt8], outcome: RenderOutcome) {
    rendered { UpstashRenderer.append(reply.span, rules: rules, to: &$0) }
}

func upstash(_ reply: String, rules: UpstashRules = UpstashRules()) -> String { upstash(Array(reply.utf8), rules: rules).text }

func transaction(_ reply: String, rules: UpstashRules = UpstashRules()) -> (text: String, bytes: [UInt8], outcome: RenderOutcome) {
    let reply = Array(reply.utf8)
    return rendered { UpstashRenderer.appendTransaction(reply.span, rules: rules, to: &$0) }
}

func text(_ reply: String, separator: String = "") -> String {
    let reply = Array(reply.utf8)
    let separator = Array(separator.utf8)
    return rendered { TextRenderer.append(reply.span, separator: separator.span, to: &$0) }.text
}

func textOutcome(_ reply: [UInt8]) -> RenderOutcome {
    let separator: [UInt8] = []
    return rendered { TextRenderer.append(reply.span, separator: separator.span, to: &$0) }.outcome
}

func xml(_ reply: [UInt8], command: String = "X") -> (text: String, bytes: [UInt8], outcome: RenderOutcome) {
    let command = Array(command.utf8)
    return rendered { XMLRenderer.append(reply.span, command: command.span, to: &$0) }
}

/// What stands between `<reply …>` and `</reply>`.
func xmlBody(_ reply: String) -> String {
    let text = xml(Array(reply.utf8)).text
    let start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><reply command=\"X\">"
    guard text.hasPrefix(start), text.hasSuffix("</reply>") else { return "not a reply: \(text)" }
    return String(text.dropFirst(start.count).dropLast("</reply>".count))
}

/// Replies of every type, for the tests that hold for all renderers.
let sampleReplies: [String] = [
    "+OK\r\n", "-ERR no\r\n", ":-42\r\n", "$5\r\nhello\r\n", "$0\r\n\r\n", "$-1\r\n", "*-1\r\n", "*0\r\n", "*2\r\n$1\r\na\r\n:5\r\n",
    "*2\r\n*1\r\n*1\r\n$4\r\ndeep\r\n+fine\r\n", "_\r\n", "#t\r\n", ",1.5\r\n", ",inf\r\n", "(123456789012345678901234567890\r\n", "!5\r\nERR a\r\n",
    "=7\r\ntxt:abc\r\n", "~2\r\n:1\r\n:2\r\n", "%1\r\n$1\r\nk\r\n*1\r\n:1\r\n", "|1\r\n+ttl\r\n:60\r\n$1\r\nv\r\n", ">2\r\n+message\r\n$1\r\nc\r\n",
    "$?\r\n;2\r\nab\r\n;1\r\nc\r\n;0\r\n", "*?\r\n:1\r\n:2\r\n.\r\n", "%?\r\n+a\r\n:1\r\n.\r\n",
]

/// One command of each shape.
let shapedCommands = ["HGETALL", "INFO", "XRANGE", "XREAD", "XPENDING", "GEORADIUS"]

/// Every renderer's outcome for `reply`, in JSON under every shape too.
func outcomes(_ reply: [UInt8]) -> [RenderOutcome] {
    let shaped = shapedCommands.map { json(reply, command: $0).outcome }
    let text = String(decoding: reply, as: UTF8.self)
    return shaped + [
        json(reply).outcome, textOutcome(reply), xml(reply).outcome, messagePack(reply).outcome, messagePack(reply, command: "HGETALL").outcome,
        respTwo(reply).outcome, webdisRawOutcome(reply), upstash(reply).outcome, transaction(text).outcome,
    ]
}
