import Bytes
import HTTP1

/// The fields that say what kind of thing a body is, and how a browser saves it.
enum ContentFields {
    static func append(_ shown: ReplyPresentation, _ rules: GatewayRules, to output: inout [UInt8]) {
        let options = shown.options?.values
        if let filename = options?.filename { appendDisposition(filename, rules, to: &output) }
        if let contentType = options?.contentType {
            ResponseHead.appendField("Content-Type", untrusted: contentType.span, to: &output)
        } else if options?.callback != nil, !rules.isWebdis {
            ResponseHead.appendField("Content-Type", "application/javascript; charset=utf-8", to: &output)
        } else {
            ResponseHead.appendField("Content-Type", shown.format.contentType(isWebdis: rules.isWebdis), to: &output)
        }
    }

    /// A quote or a backslash would end the name or hide its end; control bytes are seen to by the field itself. Letters that
    /// are no ASCII stand in a second form of the name, which browsers prefer (RFC 6266, section 4.3).
    private static func appendDisposition(_ filename: [UInt8], _ rules: GatewayRules, to output: inout [UInt8]) {
        let hasOtherLetters = !rules.isWebdis && filename.contains { $0 >= 0x80 }
        var value: [UInt8] = []
        value.append("attachment; filename=\"" as StaticString)
        for byte in filename {
            let isUnsafe = byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || (hasOtherLetters && byte >= 0x80)
            value.append(isUnsafe ? UInt8(ascii: "_") : byte)
        }
        value.append(UInt8(ascii: "\""))
        if hasOtherLetters, UTF8Scan.isValid(filename.span) {
            value.append("; filename*=UTF-8''" as StaticString)
            for byte in filename { appendEncoded(byte, to: &value) }
        }
        ResponseHead.appendField("Content-Disposition", untrusted: value.span, to: &output)
    }

    /// As RFC 8187, section 3.2.1, has it; a control byte is none of a file's name.
    private static func appendEncoded(_ byte: UInt8, to output: inout [UInt8]) {
        if byte < 0x20 || byte == 0x7F { return output.append(UInt8(ascii: "_")) }
        let isPlain = ASCII.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(ASCII.lowercased(byte)) || "-._~".utf8.contains(byte)
        guard !isPlain else { return output.append(byte) }
        let digits = Array("0123456789ABCDEF".utf8)
        output.append(UInt8(ascii: "%"))
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 15)])
    }
}
