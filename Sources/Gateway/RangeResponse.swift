import Bytes
import HTTP1
import Rendering

/// A part of a string (RFC 9110, section 15.3.7): the reply to GETRANGE, with the length of the whole by STRLEN before it.
enum RangeResponse {
    static func append(_ shown: ReplyPresentation, _ range: ByteRange, reply: Span<UInt8>, _ rules: GatewayRules, to output: inout [UInt8]) -> Int {
        let start = output.count
        var body: [UInt8] = []
        guard TextRenderer.append(reply, separator: Span(), to: &body) == .rendered else {
            GatewayAnswer.unrenderable.append(shown.framing, rules, to: &output)
            return 502
        }
        let total = Int(clamping: shown.options?.values.preface?.number ?? -1)
        // To Redis an empty string and none are of the same length.
        if total == 0 { return GatewayResponse.appendMissing(shown, rules, from: start, to: &output) }
        let status = body.isEmpty ? 416 : 206
        _ = GatewayResponse.appendHead(shown, status, rules, hasTag: false, to: &output)
        output.append("Content-Range: bytes " as StaticString)
        if body.isEmpty {
            output.append(UInt8(ascii: "*"))
        } else {
            let first = switch range {
            case .from(let first, _): first
            case .last: max(0, total - body.count)
            }
            Decimal.append(first, to: &output)
            output.append(UInt8(ascii: "-"))
            Decimal.append(first + body.count - 1, to: &output)
            // It may have become longer since it was measured.
            appendTotal(first + body.count > total ? -1 : total, to: &output)
        }
        if body.isEmpty { appendTotal(total, to: &output) }
        output.append("\r\n" as StaticString)
        let length = ContentLengthField(expecting: body.count, in: &output)
        output.append(contentsOf: body)
        length.close(keepingBody: !shown.framing.omitsBody, in: &output)
        return status
    }

    private static func appendTotal(_ total: Int, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "/"))
        if total < 0 { output.append(UInt8(ascii: "*")) } else { Decimal.append(total, to: &output) }
    }
}
