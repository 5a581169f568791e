import Bytes
import HTTP1
import RESP
import Rendering

/// The answer to several commands, as far as their replies have come. It lives on one loop, with the connection that it is for.
///
/// A short answer is sent as one response with its length. One that grows beyond ``partBytes`` leaves in parts as the replies
/// come, in chunks (RFC 9112, section 7.1), so that no more than a part of it is ever held. Of a transaction there is one reply.
///
///     collecting ──part is full──▶ begun: head and chunks ──last reply──▶ whole
///         └──────────────last reply─────────────────────────────────────────▲
///
/// All of it is bounded: behind ``bytesMax``, the places of the commands that are left say so, and those that have not been sent
/// are not run.
public final class BatchAnswer: Equatable {
    /// Bytes that are collected before they are sent.
    private static let partBytes = 64 << 10
    /// Commands that may be in flight at a time, and how many while replies are large.
    private static let windowUsual = 64
    private static let windowLarge = 4
    /// Replies from this size on are large.
    private static let largeReplyBytes = 64 << 10
    private static let tooLarge: StaticString = "the answer is larger than http.max_reply allows"

    public let isTransaction: Bool
    /// How the whole is shown.
    public private(set) var presentation: ReplyPresentation
    private let look: UpstashRules
    private let bytesMax: Int
    private var remaining: Int
    private var body: [UInt8] = []
    /// Bytes of the body that have been sent.
    private var sentBytes = 0
    /// Whether a part of the answer has been sent.
    public private(set) var hasBegun = false
    private var isFirst = true
    /// Why a command of the transaction was not even queued.
    private var queueError: [UInt8] = []
    private var status = 200
    /// How many of its commands may be in flight at a time: fewer while replies are large.
    public private(set) var window = BatchAnswer.windowUsual

    /// - Parameter bytesMax: of the whole body, about: what is said of the commands behind it comes on top.
    init(count: Int, _ presentation: ReplyPresentation, _ look: UpstashRules, isTransaction: Bool, bytesMax: Int) {
        self.presentation = presentation
        self.look = look
        self.isTransaction = isTransaction
        self.bytesMax = bytesMax
        // Of a transaction MULTI, each command and EXEC are answered.
        remaining = isTransaction ? count + 2 : count
        if !isTransaction { body.append(contentsOf: look.isRESP2 ? Array("*\(count)\r\n".utf8) : [UInt8(ascii: "[")]) }
    }

    /// The answer is to say that it is the connection's last.
    public func endConnection() { presentation.framing.keepAlive = false }

    /// Why no more of its commands are run; nil where they are.
    public var refusal: GatewayAnswer? { isFull ? .batchTooLarge : nil }

    private var isFull: Bool { !isTransaction && sentBytes + body.count > bytesMax }

    /// Takes the next reply; true when it was the last one.
    public func add(_ reply: Span<UInt8>) -> Bool {
        remaining -= 1
        window = reply.count >= Self.largeReplyBytes ? Self.windowLarge : min(Self.windowUsual, window + 1)
        guard isTransaction else {
            appendSeparator()
            if isFull {
                appendError(Self.tooLarge)
            } else if UpstashRenderer.append(reply, rules: look, to: &body) == .unrenderable {
                appendError("the reply cannot be shown")
            }
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

    // MARK: Sending

    /// HTTP/1.0 has no chunks: there the answer ends with the connection.
    private var isChunked: Bool { presentation.framing.minorVersion > 0 }

    /// Whether the connection stays open behind an answer that has left in parts.
    public var keepsConnection: Bool { presentation.framing.keepAlive && isChunked }

    /// Whether so much of the body is there that a part of it is to be sent.
    public var hasPart: Bool { !isTransaction && remaining > 0 && body.count >= Self.partBytes }

    /// Appends what there is of the response, the head first; true where that was its beginning.
    public func appendPart(_ rules: GatewayRules, to output: inout [UInt8]) -> Bool {
        let begins = !hasBegun
        if begins {
            appendHead(rules, to: &output)
            if isChunked { ResponseHead.appendField("Transfer-Encoding", "chunked", to: &output) }
            (keepsConnection ? presentation.framing : presentation.framing.closing).appendConnection(isWebdis: rules.isWebdis, to: &output)
            output.append("\r\n" as StaticString)
            hasBegun = true
        }
        appendChunk(to: &output)
        return begins
    }

    private func appendChunk(to output: inout [UInt8]) {
        guard !body.isEmpty else { return }
        if isChunked {
            output.append(contentsOf: String(body.count, radix: 16).utf8)
            output.append("\r\n" as StaticString)
        }
        output.append(contentsOf: body)
        if isChunked { output.append("\r\n" as StaticString) }
        sentBytes += body.count
        body.removeAll(keepingCapacity: body.capacity <= 2 * Self.partBytes)
    }

    private func appendHead(_ rules: GatewayRules, to output: inout [UInt8]) {
        rules.fields.appendStart(status, presentation.framing, to: &output)
        ResponseHead.appendField("Content-Type", look.isRESP2 ? "application/octet-stream" : "application/json", to: &output)
        rules.appendSyncToken(to: &output)
    }

    /// Appends the response, or the rest of it, and tells its status; all replies must have come.
    public func append(_ rules: GatewayRules, to output: inout [UInt8]) -> Int {
        if hasBegun {
            appendChunk(to: &output)
            if isChunked { output.append("0\r\n\r\n" as StaticString) }
            return status
        }
        let framing = presentation.framing
        appendHead(rules, to: &output)
        framing.appendConnection(isWebdis: rules.isWebdis, to: &output)
        let length = ContentLengthField(expecting: body.count, in: &output)
        output.append(contentsOf: body)
        length.close(keepingBody: !framing.omitsBody, in: &output)
        return status
    }

    public static func == (left: BatchAnswer, right: BatchAnswer) -> Bool { left === right }
}
