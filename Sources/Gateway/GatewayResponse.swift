import Bytes
import HTTP1
import Rendering

/// Writes the HTTP response to a command whose reply has arrived.
///
/// Every reply is 200, an error of Redis included, as in Webdis; only a nil reply in a format that cannot say nil is 404.
/// Fields stand in Webdis's order.
public enum GatewayResponse {
    /// Appends the whole response, and tells its status. `reply` must be one complete reply; what cannot be rendered is answered
    /// with 502.
    @discardableResult
    public static func append(_ shown: ReplyPresentation, reply: Span<UInt8>, _ rules: GatewayRules, to output: inout [UInt8]) -> Int {
        if shown.options == nil, shown.framing.isUsual, PlainResponse.append(shown, reply: reply, rules, to: &output) { return 200 }
        return appendAny(shown, reply: reply, rules, to: &output)
    }

    /// The same, for replies and requests of all kinds.
    static func appendAny(_ shown: ReplyPresentation, reply: Span<UInt8>, _ rules: GatewayRules, to output: inout [UInt8]) -> Int {
        if let upstash = shown.options?.values.upstash { return appendUpstash(shown, upstash, reply: reply, rules, to: &output) }
        let start = output.count
        let framing = shown.framing
        let options = shown.options?.values
        let hasTag = rules.etagBytesMax > 0
        var tagField = 0..<0
        if options == nil, framing.isUsual {
            let head = rules.heads[Int(shown.format.rawValue)]
            output.append(contentsOf: head.bytes)
            tagField = (start + head.tagField.lowerBound)..<(start + head.tagField.upperBound)
        } else {
            tagField = appendHead(shown, rules, to: &output)
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
            let isCompressed = framing.takesGzip && compress(from: bodyStart, shown, rules, in: &output)
            if isCompressed, isTagged {
                // What is sent is another representation than the one the tag was made of.
                output[tag.lowerBound - 2] = UInt8(ascii: "W")
                output[tag.lowerBound - 1] = UInt8(ascii: "/")
            }
            let isReplaced = outcome != .rendered && !rules.isWebdis
            length.close(keepingBody: !framing.omitsBody, extra: extraFields(isReplaced: isReplaced, isCompressed: isCompressed), in: &output)
            if hasTag, !isTagged { output.removeSubrange(tagField) }
            return 200
        case .missing:
            output.removeSubrange(start...)
            framing.appendStart(404, rules, origin: options?.origin, to: &output)
            framing.appendConnection(to: &output)
            output.append("Content-Length: 0\r\n\r\n" as StaticString)
            return 404
        case .unrenderable:
            output.removeSubrange(start...)
            GatewayAnswer.unrenderable.append(framing, rules, to: &output)
            return 502
        }
    }

    /// The response in Upstash's dialect, in which an error is 400.
    private static func appendUpstash(
        _ shown: ReplyPresentation, _ look: UpstashRules, reply: Span<UInt8>, _ rules: GatewayRules, to output: inout [UInt8]
    ) -> Int {
        let start = output.count
        let isError = reply.count > 0 && (reply[0] == UInt8(ascii: "-") || reply[0] == UInt8(ascii: "!"))
        let status = isError && !look.isRESP2 ? 400 : 200
        shown.framing.appendStart(status, rules, origin: shown.origin, to: &output)
        ResponseHead.appendField("Content-Type", look.isRESP2 ? "application/octet-stream" : "application/json", to: &output)
        shown.framing.appendConnection(to: &output)
        let length = ContentLengthField(expecting: reply.count + 8, in: &output)
        guard UpstashRenderer.append(reply, rules: look, to: &output) != .unrenderable else {
            output.removeSubrange(start...)
            GatewayAnswer.unrenderable.append(shown.framing, rules, to: &output)
            return 502
        }
        length.close(keepingBody: !shown.framing.omitsBody, in: &output)
        return status
    }

    private static func extraFields(isReplaced: Bool, isCompressed: Bool) -> StaticString? {
        switch (isReplaced, isCompressed) {
        case (false, false): nil
        case (true, false): "X-Mastergate-Encoding: utf-8-replaced\r\n"
        case (false, true): "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n"
        case (true, true): "X-Mastergate-Encoding: utf-8-replaced\r\nContent-Encoding: gzip\r\nVary: Accept-Encoding\r\n"
        }
    }

    /// Puts the gzip coding in place of the body, where that is worth it; images are compressed already.
    private static func compress(from start: Int, _ shown: ReplyPresentation, _ rules: GatewayRules, in output: inout [UInt8]) -> Bool {
        guard output.count - start >= rules.compressionBytesMin, shown.format.isCompressible else { return false }
        guard let compressed = output.withUnsafeBytes({ rules.compress(UnsafeRawBufferPointer(rebasing: $0[start...])) }) else { return false }
        output.replaceSubrange(start..., with: compressed)
        return true
    }

    /// What kind of thing the body is, and how a browser saves it.
    static func appendContentFields(_ shown: ReplyPresentation, _ rules: GatewayRules, to output: inout [UInt8]) {
        let options = shown.options?.values
        if let filename = options?.filename { appendDisposition(filename.span, to: &output) }
        if let contentType = options?.contentType {
            ResponseHead.appendField("Content-Type", untrusted: contentType.span, to: &output)
        } else if options?.callback != nil, !rules.isWebdis {
            ResponseHead.appendField("Content-Type", "application/javascript", to: &output)
        } else {
            ResponseHead.appendField("Content-Type", shown.format.contentType, to: &output)
        }
    }

    private static func appendNotModified(
        _ shown: ReplyPresentation, _ rules: GatewayRules, tag: [UInt8], from start: Int, to output: inout [UInt8]
    ) {
        output.removeSubrange(start...)
        shown.framing.appendStart(304, rules, origin: shown.options?.values.origin, to: &output)
        ResponseHead.appendField("ETag", untrusted: tag.span, to: &output)
        shown.framing.appendConnection(to: &output)
        // Webdis's 304 says so, and it is not the length that the 200 would have had: none is safer than a wrong one.
        output.append(rules.isWebdis ? "Content-Length: 0\r\n\r\n" : "\r\n" as StaticString)
    }

    /// Appends the head of a 200 up to the length of its body; where in the output the line of its ETag stands, still without a
    /// tag, and empty where there is none.
    static func appendHead(_ shown: ReplyPresentation, _ rules: GatewayRules, to output: inout [UInt8]) -> Range<Int> {
        shown.framing.appendStart(200, rules, origin: shown.origin, to: &output)
        appendContentFields(shown, rules, to: &output)
        let tagStart = output.count
        if rules.etagBytesMax > 0 {
            // Two blanks more where the tag may turn out to be a weak one.
            output.append(shown.framing.takesGzip ? "ETag:   " : "ETag: " as StaticString)
            output.append("\"00000000000000000000000000000000\"\r\n" as StaticString)
        }
        let tagField = tagStart..<output.count
        shown.framing.appendConnection(to: &output)
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

    /// A quote or a backslash would end the name or hide its end; control bytes are seen to by the field itself.
    private static func appendDisposition(_ filename: Span<UInt8>, to output: inout [UInt8]) {
        var value: [UInt8] = []
        value.append("attachment; filename=\"" as StaticString)
        for index in 0..<filename.count {
            let byte = filename[index]
            value.append(byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? UInt8(ascii: "_") : byte)
        }
        value.append(UInt8(ascii: "\""))
        ResponseHead.appendField("Content-Disposition", untrusted: value.span, to: &output)
    }
}
