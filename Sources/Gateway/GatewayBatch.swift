import Bytes
import HTTP1
import RESP
import Rendering

/// Several commands of one request, and the answer that is made of their replies.
public struct GatewayBatch {
    public enum Part {
        case command(GatewayCommand)
        /// It is not run, and its place in the answer says why.
        case refused(GatewayAnswer, ReplyPresentation)
    }

    public let parts: [Part]
    public let answer: BatchAnswer

    /// The commands that are run.
    public var commands: [GatewayCommand] {
        parts.compactMap { if case .command(let command) = $0 { command } else { nil } }
    }

    /// The commands as one transaction: MULTI, all of them, EXEC; with the number of replies to come.
    public var transaction: (requests: [UInt8], count: Int) {
        var requests = CommandWriter.encode("MULTI")
        for case .command(let command) in parts { requests += command.arguments }
        requests += CommandWriter.encode("EXEC")
        return (requests, parts.count + 2)
    }
}

/// The answer to several commands, as far as their replies have come. It lives on one loop, with the connection that it is for.
public final class BatchAnswer: Equatable {
    public let isTransaction: Bool
    /// How the whole is shown.
    public private(set) var presentation: ReplyPresentation
    private let look: UpstashRules
    private var remaining: Int
    private var body: [UInt8] = []
    private var isFirst = true
    /// Why a command of the transaction was not even queued.
    private var queueError: [UInt8] = []
    private var status = 200

    init(count: Int, _ presentation: ReplyPresentation, _ look: UpstashRules, isTransaction: Bool) {
        self.presentation = presentation
        self.look = look
        self.isTransaction = isTransaction
        // Of a transaction MULTI, each command and EXEC are answered.
        remaining = isTransaction ? count + 2 : count
        if !isTransaction { body.append(contentsOf: look.isRESP2 ? Array("*\(count)\r\n".utf8) : [UInt8(ascii: "[")]) }
    }

    /// The answer is to say that it is the connection's last.
    public func endConnection() { presentation.framing.keepAlive = false }

    /// Takes the next reply; true when it was the last one.
    public func add(_ reply: Span<UInt8>) -> Bool {
        remaining -= 1
        guard isTransaction else {
            appendSeparator()
            if UpstashRenderer.append(reply, rules: look, to: &body) == .unrenderable { appendError("the reply cannot be shown") }
            return finish()
        }
        if remaining > 0 {
            if queueError.isEmpty, reply.count > 0, reply[0] == UInt8(ascii: "-") { queueError.append(reply) }
        } else if !queueError.isEmpty {
            status = 400
            let error = queueError
            _ = UpstashRenderer.append(error.span, rules: look, to: &body)
        } else {
            if reply.count > 0, reply[0] == UInt8(ascii: "-") { status = 400 }
            if UpstashRenderer.appendTransaction(reply, rules: look, to: &body) == .unrenderable { appendError("the reply cannot be shown") }
        }
        return remaining == 0
    }

    /// Takes what became of a command that has no reply; true when it was the last one.
    public func add(_ answer: GatewayAnswer) -> Bool {
        remaining -= 1
        appendSeparator()
        appendError(answer.message)
        return finish()
    }

    private func appendError(_ message: StaticString) {
        if look.isRESP2 {
            body.append("-ERR " as StaticString)
            body.append(message)
            body.append("\r\n" as StaticString)
        } else {
            UpstashRenderer.appendError(Array(message.description.utf8).span, to: &body)
        }
    }

    private func appendSeparator() {
        if !isFirst, !look.isRESP2 { body.append(UInt8(ascii: ",")) }
        isFirst = false
    }

    private func finish() -> Bool {
        guard remaining == 0 else { return false }
        if !look.isRESP2 { body.append(UInt8(ascii: "]")) }
        return true
    }

    /// Appends the whole response, and tells its status; all replies must have come.
    public func append(_ rules: GatewayRules, to output: inout [UInt8]) -> Int {
        let framing = presentation.framing
        framing.appendStart(status, rules, origin: presentation.origin, to: &output)
        ResponseHead.appendField("Content-Type", look.isRESP2 ? "application/octet-stream" : "application/json", to: &output)
        framing.appendConnection(to: &output)
        let length = ContentLengthField(expecting: body.count, in: &output)
        output.append(contentsOf: body)
        length.close(keepingBody: !framing.omitsBody, in: &output)
        return status
    }

    public static func == (left: BatchAnswer, right: BatchAnswer) -> Bool { left === right }
}
