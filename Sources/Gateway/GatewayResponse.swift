import Bytes
import HTTP1
import Rendering

/// Writes the HTTP response to a command whose reply has arrived.
///
/// Every reply is 200, an error of Redis included, as in Webdis, unless `http.error_status` says otherwise; a nil reply in a format
/// that cannot say nil is 404. Fields stand in Webdis's order.
public enum GatewayResponse {
    /// Appends the whole response, and tells its status. `reply` must be one complete reply; what cannot be rendered is answered
    /// with 502.
    @discardableResult
    public static func append(_ shown: ReplyPresentation, reply: Span<UInt8>, _ rules: GatewayRules, to output: inout [UInt8]) -> Int {
        if shown.options == nil, shown.framing.isUsual, PlainResponse.append(shown, reply: reply, rules, to: &output) { return 200 }
        return appendAny(shown, reply: reply, rules, to: &output)
    }

    /// The same for the responses that are asked for most, written where there is `place` for so many bytes. Tells how many they are;
    /// nil, and nothing written, where ``append(_:reply:_:to:)`` has to write the response.
    public static func write(
        _ shown: borrowing ReplyPresentation, reply: Span<UInt8>, _ rules: GatewayRules, at place: (_ room: Int) -> UnsafeMutableRawPointer?
    ) -> Int? {
        guard shown.options == nil, shown.framing.isUsual else { return nil }
        var count: Int?
        _ = PlainResponse.write(shown, reply: reply, rules) { room, write in
            guard let start = place(room) else { return false }
            count = write(start)
            return true
        }
        return count
    }

    /// The same, for replies and requests of all kinds.
    static func appendAny(_ shown: ReplyPresentation, reply: Span<UInt8>, _ rules: GatewayRules, to output: inout [UInt8]) -> Int {
        if let upstash = shown.options?.values.upstash { return appendUpstash(shown, upstash, reply: reply, rules, to: &output) }
        if !rules.isWebdis, ErrorReply.isError(reply) {
            return appendWhole(shown.ofError(), status: rules.mapsErrors ? ErrorReply.status(reply) : 200, reply: reply, rules, to: &output)
        }
        if case .range(let range)? = shown.options?.values.preface?.question {
            return RangeResponse.append(shown, range, reply: reply, rules, to: &output)
        }
        return appendWhole(shown, status: 200, reply: reply, rules, to: &output)
    }

    /// The response with all of the body.
    private static func appendWhole(_ shown: ReplyPresentation, status: Int, reply: Span<UInt8>, _ rules: GatewayRules, to output: inout [UInt8]) -> Int {
        let start = output.count
        let framing = shown.framing
        let options = shown.options?.values
        let hasTag = rules.etagBytesMax > 0 && status == 200
        var tagField = 0..<0
        if options == nil, framing.isUsual, status == 200 {
            let head = rules.heads[ResponseHeadTemplate.place(shown)]
            output.append(contentsOf: head.bytes)
            tagField = (start + head.tagField.lowerBound)..<(start + head.tagField.upperBound)
        } else {
            tagField = appendHead(shown, status, rules, hasTag: hasTag, to: &output)
        }
        let tag = max(0, tagField.upperBound - 2 - EntityTag.count)..<max(0, tagField.upperBound - 2)

        let length = ContentLengthField(expecting: expectedLength(shown, reply: reply), in: &output)
        let bodyStart = output.count
        let outcome = shown.withName { render(shown, name: $0, reply: reply, rules, to: &output) }
        switch outcome {
        case .rendered, .renderedWithReplacements:
            let isTagged = hasTag && output.count - bodyStart <= rules.etagBytesMax
            if isTagged {
                let digest = output.withUnsafeBytes { rules.digest(UnsafeRawBufferPointer(rebasing: $0[bodyStart...])) }
                EntityTag.write(digest, at: tag.lowerBound, in: &output)
                if framing.isConditional, let condition = options?.ifNoneMatch, EntityTag.matches(condition.span, output.span.extracting(tag)) {
                    appendNotModified(shown, rules, tag: Array(output[tag]), from: start, to: &output)
                    return 304
                }
            }
            var extra: [StaticString] = []
            if outcome != .rendered, !rules.isWebdis { extra.append("X-Mastergate-Encoding: utf-8-replaced\r\n") }
            if rules.fields.varies(output.count - bodyStart, shown.format, rules) { extra.append("Vary: Accept-Encoding\r\n") }
            if framing.takesGzip, compress(from: bodyStart, shown, rules, in: &output) {
                extra.append(rules.isWebdis ? "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n" : "Content-Encoding: gzip\r\n")
                if isTagged {
                    // What is sent is another representation than the one the tag was made of.
                    output[tag.lowerBound - 2] = UInt8(ascii: "W")
                    output[tag.lowerBound - 1] = UInt8(ascii: "/")
                }
            }
            if status == 503 { extra.append("Retry-After: 1\r\n") }
            length.close(keepingBody: !framing.omitsBody, extra: extra, in: &output)
            if hasTag, !isTagged { output.removeSubrange(tagField) }
            return status
        case .missing: return appendMissing(shown, rules, from: start, to: &output)
        case .unrenderable:
            output.removeSubrange(start...)
            GatewayAnswer.unrenderable.append(framing, rules, to: &output)
            return 502
        }
    }

    /// Puts a 404 without a body in place of what stands behind `start`.
    static func appendMissing(_ shown: ReplyPresentation, _ rules: GatewayRules, from start: Int, to output: inout [UInt8]) -> Int {
        output.removeSubrange(start...)
        rules.fields.appendStart(404, shown.framing, shown.caching(rules), varies: shown.format.isCompressible, to: &output)
        shown.framing.appendConnection(isWebdis: rules.isWebdis, to: &output)
        output.append("Content-Length: 0\r\n\r\n" as StaticString)
        return 404
    }

    /// The response in Upstash's dialect, in which an error is 400.
    private static func appendUpstash(
        _ shown: ReplyPresentation, _ look: UpstashRules, reply: Span<UInt8>, _ rules: GatewayRules, to output: inout [UInt8]
    ) -> Int {
        let start = output.count
        let status = ErrorReply.isError(reply) && !look.isRESP2 ? 400 : 200
        rules.fields.appendStart(status, shown.framing, shown.caching(rules), to: &output)
        ResponseHead.appendField("Content-Type", look.isRESP2 ? "application/octet-stream" : "application/json", to: &output)
        rules.appendSyncToken(to: &output)
        shown.framing.appendConnection(isWebdis: rules.isWebdis, to: &output)
        let length = ContentLengthField(expecting: reply.count + 8, in: &output)
        guard UpstashRenderer.append(reply, rules: look, to: &output) != .unrenderable else {
            output.removeSubrange(start...)
            GatewayAnswer.unrenderable.append(shown.framing, rules, to: &output)
            return 502
        }
        length.close(keepingBody: !shown.framing.omitsBody, in: &output)
        return status
    }

    /// Puts the gzip coding in place of the body, where that is worth it; images are compressed already.
    private static func compress(from start: Int, _ shown: ReplyPresentation, _ rules: GatewayRules, in output: inout [UInt8]) -> Bool {
        guard output.count - start >= rules.compressionBytesMin, shown.format.isCompressible else { return false }
        guard let compressed = output.withUnsafeBytes({ rules.compress(UnsafeRawBufferPointer(rebasing: $0[start...])) }) else { return false }
        output.replaceSubrange(start..., with: compressed)
        return true
    }

    private static func appendNotModified(
        _ shown: ReplyPresentation, _ rules: GatewayRules, tag: [UInt8], from start: Int, to output: inout [UInt8]
    ) {
        output.removeSubrange(start...)
        rules.fields.appendStart(304, shown.framing, shown.caching(rules), varies: shown.format.isCompressible, to: &output)
        ResponseHead.appendField("ETag", untrusted: tag.span, to: &output)
        if rules.fields.mayCompress, !rules.isWebdis, !rules.fields.dependsOnOrigin, shown.format.isCompressible { ResponseHead.appendField("Vary", "Accept-Encoding", to: &output) }
        shown.framing.appendConnection(isWebdis: rules.isWebdis, to: &output)
        // Webdis's 304 says so, and it is not the length that the 200 would have had: none is safer than a wrong one.
        output.append(rules.isWebdis ? "Content-Length: 0\r\n\r\n" : "\r\n" as StaticString)
    }

    /// Appends the head up to the length of its body; where in the output the line of its ETag stands, still without a
    /// tag, and empty where there is none.
    static func appendHead(_ shown: ReplyPresentation, _ status: Int = 200, _ rules: GatewayRules, hasTag: Bool, to output: inout [UInt8]) -> Range<Int> {
        rules.fields.appendStart(status, shown.framing, shown.caching(rules), varies: shown.format.isCompressible, to: &output)
        ContentFields.append(shown, rules, to: &output)
        let tagStart = output.count
        if hasTag {
            // Two blanks more where the tag may turn out to be a weak one.
            output.append(shown.framing.takesGzip ? "ETag:   " : "ETag: " as StaticString)
            output.append("\"00000000000000000000000000000000\"\r\n" as StaticString)
        }
        let tagField = tagStart..<output.count
        shown.framing.appendConnection(isWebdis: rules.isWebdis, to: &output)
        return tagField
    }

    /// Appends the body alone.
    static func render(
        _ shown: ReplyPresentation, name: Span<UInt8>, reply: Span<UInt8>, _ rules: GatewayRules, to output: inout [UInt8]
    ) -> RenderOutcome {
        let look = RenderRules(isWebdis: rules.isWebdis, isBase64: shown.options?.values.isBase64 ?? false)
        switch shown.format.renderer(look) {
        case .raw: return RawRenderer.append(reply, rules: look, to: &output)
        case .text:
            let separator = shown.options?.values.separator ?? []
            return TextRenderer.append(reply, separator: separator.span, to: &output)
        case .xml: return XMLRenderer.append(reply, command: name, to: &output)
        case .messagePack: return MessagePackRenderer.append(reply, command: name, rules: look, to: &output)
        case .json:
            guard let callback = shown.options?.values.callback else {
                return JSONRenderer.append(reply, command: name, rules: look, to: &output)
            }
            output.append(contentsOf: callback)
            output.append(UInt8(ascii: "("))
            let outcome = JSONRenderer.append(reply, command: name, rules: look, to: &output)
            output.append(");\n" as StaticString)
            return outcome
        }
    }

    /// About what the body will take: right to the digit count for most replies, and only that matters.
    private static func expectedLength(_ shown: ReplyPresentation, reply: Span<UInt8>) -> Int {
        switch shown.format.renderer {
        case .raw: reply.count
        case .text, .xml: reply.count - 6
        case .messagePack: reply.count + shown.withName { $0.count } - 3
        case .json: reply.count + shown.withName { $0.count } + (shown.options?.values.callback?.count ?? -4) + 4
        }
    }
}
