import Bytes
import HTTP1
import Rendering

/// Writes the HTTP response to a command whose reply has arrived.
///
/// Every reply is 200, an error of Redis included, as in Webdis; only a nil reply in a format that cannot say nil is 404.
/// Fields stand in Webdis's order.
package enum GatewayResponse {
    /// Appends the whole response. `reply` must be one complete reply; what cannot be rendered is answered with 502.
    package static func append(_ command: GatewayCommand, reply: Span<UInt8>, to output: inout [UInt8]) {
        let start = output.count
        let framing = command.framing
        framing.appendStart(200, to: &output)
        if let filename = command.filename { appendDisposition(filename.span, to: &output) }
        if let contentType = command.contentType {
            ResponseHead.appendField("Content-Type", untrusted: contentType.span, to: &output)
        } else {
            ResponseHead.appendField("Content-Type", command.format.contentType, to: &output)
        }
        framing.appendConnection(to: &output)

        let length = ContentLengthField(expecting: expectedLength(command, reply: reply), in: &output)
        let outcome = render(command, reply: reply, to: &output)
        switch outcome {
        case .rendered, .renderedWithReplacements:
            let extra: StaticString? = outcome == .rendered ? nil : "X-Mastergate-Encoding: utf-8-replaced\r\n"
            length.close(keepingBody: !framing.omitsBody, extra: extra, in: &output)
        case .missing:
            output.removeSubrange(start...)
            framing.appendStart(404, to: &output)
            framing.appendConnection(to: &output)
            output.append("Content-Length: 0\r\n\r\n" as StaticString)
        case .unrenderable:
            output.removeSubrange(start...)
            GatewayAnswer.unrenderable.append(framing, to: &output)
        }
    }

    private static func render(_ command: GatewayCommand, reply: Span<UInt8>, to output: inout [UInt8]) -> RenderOutcome {
        let name = command.arguments.span.extracting(command.name)
        switch command.format.renderer {
        case .raw: return RawRenderer.append(reply, to: &output)
        case .text: return TextRenderer.append(reply, separator: command.separator.span, to: &output)
        case .xml: return XMLRenderer.append(reply, command: name, to: &output)
        case .messagePack: return MessagePackRenderer.append(reply, command: name, to: &output)
        case .json:
            guard let callback = command.callback else { return JSONRenderer.append(reply, command: name, to: &output) }
            output.append(contentsOf: callback)
            output.append(UInt8(ascii: "("))
            let outcome = JSONRenderer.append(reply, command: name, to: &output)
            output.append(");\n" as StaticString)
            return outcome
        }
    }

    /// About what the body will take: right to the digit count for most replies, and only that matters.
    private static func expectedLength(_ command: GatewayCommand, reply: Span<UInt8>) -> Int {
        switch command.format.renderer {
        case .raw: reply.count
        case .messagePack: reply.count + command.name.count - 3
        case .text, .xml: reply.count - 6
        case .json: reply.count + command.name.count + (command.callback?.count ?? -4) + 4
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
