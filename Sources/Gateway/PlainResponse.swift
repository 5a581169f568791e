import Bytes
import Rendering

/// The response that is asked for most, written in one go: a short string, status or number, for a client that keeps its
/// connection and asks for nothing special. ``GatewayResponse`` writes the same bytes by the way that all others take.
enum PlainResponse {
    /// Replies above this gain nothing here.
    private static let replyBytesMax = 4096

    /// Appends the whole response to a command that took `reply`; false, and nothing appended, where the reply is none of these.
    ///
    /// - Parameter shown: without options, HTTP/1.1, keep-alive, neither HEAD nor gzip.
    static func append(_ shown: borrowing ReplyPresentation, reply: Span<UInt8>, _ rules: GatewayRules, to output: inout [UInt8]) -> Bool {
        write(shown, reply: reply, rules) { room, write in
            output.append(addingCapacity: room) { target in
                target.withUnsafeMutableBufferPointer { buffer, count in
                    if let base = buffer.baseAddress { count += write(UnsafeMutableRawPointer(base + count)) }
                }
            }
            return true
        }
    }

    /// The same, written where `place` has it. That is called with how many bytes there has to be room for, and a function that writes
    /// the response to an address and tells its length; false is what it says where there is no such place.
    @inline(__always) static func write(
        _ shown: borrowing ReplyPresentation, reply: Span<UInt8>, _ rules: GatewayRules,
        at place: (_ room: Int, _ write: (UnsafeMutableRawPointer) -> Int) -> Bool
    ) -> Bool {
        guard reply.count <= replyBytesMax, shown.format.renderer == .json else { return false }
        return shown.withName { name in
            let range: Range<Int>
            let before: StaticString
            let after: StaticString
            switch reply.count > 3 ? reply[0] : 0 {
            case UInt8(ascii: "$"):
                guard let content = bulk(reply), ReplyShape(command: name) == .plain else { return false }
                (range, before, after) = (content, "\":\"", "\"}")
            case UInt8(ascii: "+"): (range, before, after) = (1..<(reply.count - 2), "\":[true,\"", "\"]}")
            case UInt8(ascii: ":"):
                guard isCanonical(reply) else { return false }
                (range, before, after) = (1..<(reply.count - 2), "\":", "}")
            default: return false
            }
            let text = reply.extracting(range)
            guard JSONText.isClean(name), JSONText.isClean(text) else { return false }
            let bodyCount = 2 + name.count + before.utf8CodeUnitCount + text.count + after.utf8CodeUnitCount
            let head = rules.heads[ResponseHeadTemplate.place(shown)]
            let isVaried = rules.fields.varies(bodyCount, shown.format, rules)
            guard head.tagField.isEmpty || bodyCount <= rules.etagBytesMax else { return false }
            return place(head.bytes.count + 70 + bodyCount) { start in
                var writer = RawWriter(start)
                head.bytes.withUnsafeBytes { writer.write($0) }
                if isVaried { writer.write("Vary: Accept-Encoding\r\n") }
                writer.write("Content-Length: ")
                writer.write(decimal: bodyCount)
                writer.writeLineEnd()
                writer.writeLineEnd()
                let body = writer.next
                writer.write("{\"")
                writer.write(name)
                writer.write(before)
                writer.write(text)
                writer.write(after)
                if !head.tagField.isEmpty {
                    let digest = rules.digest(UnsafeRawBufferPointer(start: body, count: bodyCount))
                    EntityTag.write(digest, at: start + head.tagField.upperBound - 2 - EntityTag.count)
                }
                return UnsafeRawPointer(writer.next) - UnsafeRawPointer(start)
            }
        }
    }

    /// Where the text of a bulk string stands; nil where `reply` is not one, whole, or is nil.
    private static func bulk(_ reply: Span<UInt8>) -> Range<Int>? {
        var index = 1
        var length = 0
        while index < reply.count, ASCII.isDigit(reply[index]), length <= replyBytesMax {
            length = length &* 10 &+ Int(reply[index] &- ASCII.zero)
            index &+= 1
        }
        // The line end behind the digits, and the one behind the text.
        guard index > 1, index < reply.count, reply[index] == ASCII.carriageReturn, reply.count == index + 2 + length + 2 else { return nil }
        return (index + 2)..<(index + 2 + length)
    }

    /// Whether an integer is written as Redis writes it, so that its digits can be taken over.
    private static func isCanonical(_ reply: Span<UInt8>) -> Bool {
        let isNegative = reply[1] == UInt8(ascii: "-")
        let digits = (isNegative ? 2 : 1)..<(reply.count - 2)
        guard digits.lowerBound < digits.upperBound, digits.count < 19 else { return false }
        for index in digits where !ASCII.isDigit(reply[index]) { return false }
        return reply[digits.lowerBound] != ASCII.zero || (digits.count == 1 && !isNegative)
    }
}
