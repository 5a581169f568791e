import Bytes

/// What a frame is for (RFC 6455, section 5.2).
public enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    /// Whether it is a control frame: short, whole, and allowed between the fragments of a message.
    var isControl: Bool { rawValue >= 8 }
}

/// Why a connection is closed (RFC 6455, section 7.4.1).
public enum WebSocketCloseCode {
    public static let normal: UInt16 = 1000
    public static let goingAway: UInt16 = 1001
    public static let protocolError: UInt16 = 1002
    public static let unsupportedData: UInt16 = 1003
    public static let invalidPayload: UInt16 = 1007
    public static let policyViolation: UInt16 = 1008
    public static let messageTooBig: UInt16 = 1009
    public static let tryAgainLater: UInt16 = 1013

    /// Whether a peer may send `code`: those that only describe a connection, and those that nobody has given a meaning, are
    /// not sent.
    public static func mayBeSent(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

/// Writes frames of a server: never masked, never in fragments (RFC 6455, section 5.1).
public enum WebSocketFrameWriter {
    /// Appends a whole frame.
    public static func append(_ opcode: WebSocketOpcode, _ payload: Span<UInt8>, to output: inout [UInt8]) {
        appendHead(opcode, count: payload.count, to: &output)
        output.append(payload)
    }

    /// Appends a close frame.
    ///
    /// - Parameter reason: at most 123 bytes of UTF-8.
    public static func appendClose(_ code: UInt16, _ reason: StaticString, to output: inout [UInt8]) {
        let count = min(reason.utf8CodeUnitCount, 123)
        appendHead(.close, count: 2 + count, to: &output)
        output.append(UInt8(truncatingIfNeeded: code >> 8))
        output.append(UInt8(truncatingIfNeeded: code))
        output.append(contentsOf: UnsafeBufferPointer(start: reason.utf8Start, count: count))
    }

    /// Puts a frame's head before what stands in `output` from `start` on.
    public static func enclose(_ opcode: WebSocketOpcode, from start: Int, in output: inout [UInt8]) {
        var head: [UInt8] = []
        appendHead(opcode, count: output.count - start, to: &head)
        output.insert(contentsOf: head, at: start)
    }

    private static func appendHead(_ opcode: WebSocketOpcode, count: Int, to output: inout [UInt8]) {
        output.append(0x80 | opcode.rawValue)
        switch count {
        case ..<126: output.append(UInt8(truncatingIfNeeded: count))
        case ..<65_536:
            output.append(126)
            output.append(UInt8(truncatingIfNeeded: count >> 8))
            output.append(UInt8(truncatingIfNeeded: count))
        default:
            output.append(127)
            for shift in stride(from: 56, through: 0, by: -8) { output.append(UInt8(truncatingIfNeeded: count >> shift)) }
        }
    }
}
