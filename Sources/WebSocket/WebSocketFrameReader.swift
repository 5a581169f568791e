import Bytes

/// Reads the frames of a client and joins them to messages (RFC 6455, section 5), in whatever pieces they arrive.
///
///     head ──▶ payload ──last of a message──▶ message
///      ▲          └────a fragment─────────▶ (kept) ─┐
///      └────────────────────────────────────────────┘   anything that the RFC forbids ──▶ violation ──▶ over
///
/// Between two messages nothing is kept.
public struct WebSocketFrameReader: Sendable {
    public enum Event: Equatable, Sendable {
        /// A whole message.
        case message(isText: Bool, [UInt8])
        case ping([UInt8])
        case pong
        /// The peer closes; no code where it gives none.
        case close(code: UInt16?, payload: [UInt8])
        /// The peer does what it may not; nothing more is read of it.
        case violation(code: UInt16, reason: StaticString)

        /// The reason of a violation is for people and counts for nothing.
        public static func == (left: Event, right: Event) -> Bool {
            switch (left, right) {
            case (.message(let one, let bytes), .message(let other, let others)): one == other && bytes == others
            case (.ping(let one), .ping(let other)): one == other
            case (.pong, .pong): true
            case (.close(let one, let payload), .close(let other, let others)): one == other && payload == others
            case (.violation(let one, _), .violation(let other, _)): one == other
            default: false
            }
        }
    }

    private struct Head: Sendable {
        var opcode: WebSocketOpcode
        var isFinal: Bool
        var remaining: Int
        var mask: UInt32
        var maskPlace = 0
    }

    private let messageBytesMax: Int
    private let checksText: Bool
    /// The bytes of a head that has come in parts.
    private var partialHead: [UInt8] = []
    private var head: Head?
    /// The message under way, all its fragments so far.
    private var message: [UInt8] = []
    private var messageIsText: Bool?
    private var control: [UInt8] = []
    private var isOver = false

    /// - Parameters:
    ///   - messageBytesMax: the longest message, all its fragments together. Above: 1009.
    ///   - checksText: whether text has to be UTF-8. Above: 1007.
    public init(messageBytesMax: Int, checksText: Bool = true) {
        self.messageBytesMax = messageBytesMax
        self.checksText = checksText
    }

    /// Whether a part of a message or of a frame has come.
    public var isMidMessage: Bool { head != nil || messageIsText != nil || !partialHead.isEmpty }

    /// Bytes that have come of the message under way.
    public var messageBytes: Int { message.count }

    /// Reads `bytes` up to the end of the next event; hands back how many are used up. Without an event, all are.
    public mutating func next(_ bytes: Span<UInt8>) -> (event: Event?, used: Int) {
        if isOver { return (nil, bytes.count) }
        var used = 0
        while true {
            if head == nil {
                let (event, count) = readHead(bytes.extracting(used..<bytes.count))
                used += count
                if let event { return (end(event), used) }
                guard head != nil else { return (nil, used) }
            }
            let (event, count) = readPayload(bytes.extracting(used..<bytes.count))
            used += count
            if let event {
                if case .violation = event { isOver = true }
                return (event, used)
            }
            guard head == nil else { return (nil, used) }
        }
    }

    private mutating func end(_ event: Event) -> Event {
        isOver = true
        (head, message, messageIsText, control, partialHead) = (nil, [], nil, [], [])
        return event
    }

    private static func protocolError(_ reason: StaticString) -> Event { .violation(code: WebSocketCloseCode.protocolError, reason: reason) }

    // MARK: The head

    /// Takes a head, or what there is of one.
    private mutating func readHead(_ bytes: Span<UInt8>) -> (Event?, used: Int) {
        var used = 0
        while used < bytes.count {
            partialHead.append(bytes[used])
            used += 1
            if partialHead.count >= 2, partialHead.count == Self.headCount(partialHead) {
                let event = takeHead()
                partialHead = []
                return (event, used)
            }
            if partialHead.count == 2, let event = Self.fault(partialHead[0], partialHead[1]) { return (event, used) }
        }
        return (nil, used)
    }

    private static func headCount(_ head: [UInt8]) -> Int {
        let length = head[1] & 0x7F
        return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + (head[1] & 0x80 == 0 ? 0 : 4)
    }

    /// What is wrong with the first two bytes by themselves.
    private static func fault(_ first: UInt8, _ second: UInt8) -> Event? {
        guard first & 0x70 == 0 else { return protocolError("A reserved bit is set, and no extension was agreed to.") }
        guard let opcode = WebSocketOpcode(rawValue: first & 0x0F) else { return protocolError("The opcode is a reserved one.") }
        guard second & 0x80 != 0 else {
            return protocolError("Received a frame without a mask from the client (violates RFC6455, 5.1. Overview).")
        }
        if opcode.isControl {
            guard first & 0x80 != 0 else { return protocolError("A control frame is in fragments.") }
            guard second & 0x7F <= 125 else { return protocolError("A control frame is longer than 125 bytes.") }
        }
        return nil
    }

    private mutating func takeHead() -> Event? {
        if let event = Self.fault(partialHead[0], partialHead[1]) { return event }
        guard let opcode = WebSocketOpcode(rawValue: partialHead[0] & 0x0F) else { return nil }
        let short = Int(partialHead[1] & 0x7F)
        var length: UInt64 = 0
        let maskPlace = partialHead.count - 4
        for index in 2..<maskPlace { length = length << 8 | UInt64(partialHead[index]) }
        if short == 126, length < 126 { return Self.protocolError("A length is not written as short as it can be.") }
        if short == 127, length < 65_536 || length >> 63 != 0 { return Self.protocolError("A length is not written as short as it can be.") }
        if short < 126 { length = UInt64(short) }
        if opcode == .continuation, messageIsText == nil { return Self.protocolError("A fragment belongs to no message.") }
        if opcode == .text || opcode == .binary {
            guard messageIsText == nil else { return Self.protocolError("A message begins within another one.") }
            messageIsText = opcode == .text
        }
        if !opcode.isControl, length > UInt64(max(0, messageBytesMax - message.count)) {
            return .violation(code: WebSocketCloseCode.messageTooBig, reason: "The message is too long.")
        }
        let mask = partialHead[maskPlace...].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        head = Head(opcode: opcode, isFinal: partialHead[0] & 0x80 != 0, remaining: Int(truncatingIfNeeded: length), mask: mask)
        return nil
    }

    // MARK: The payload

    private mutating func readPayload(_ bytes: Span<UInt8>) -> (Event?, used: Int) {
        guard var current = head else { return (nil, 0) }
        let count = min(current.remaining, bytes.count)
        let part = bytes.extracting(0..<count)
        if current.opcode.isControl {
            WebSocketMask.append(part, current.mask, place: current.maskPlace, to: &control)
        } else {
            WebSocketMask.append(part, current.mask, place: current.maskPlace, to: &message)
        }
        current.remaining -= count
        current.maskPlace = (current.maskPlace + count) & 3
        guard current.remaining == 0 else {
            head = current
            return (nil, count)
        }
        head = nil
        return (current.opcode.isControl ? takeControl(current.opcode) : current.isFinal ? takeMessage() : nil, count)
    }

    private mutating func takeMessage() -> Event? {
        defer { (message, messageIsText) = ([], nil) }
        let isText = messageIsText ?? false
        if isText, checksText, !UTF8Scan.isValid(message.span) {
            return .violation(code: WebSocketCloseCode.invalidPayload, reason: "The text is not UTF-8.")
        }
        return .message(isText: isText, message)
    }

    private mutating func takeControl(_ opcode: WebSocketOpcode) -> Event? {
        defer { control = [] }
        switch opcode {
        case .ping: return .ping(control)
        case .close: return takeClose()
        default: return .pong
        }
    }

    private mutating func takeClose() -> Event {
        isOver = true
        if control.isEmpty { return .close(code: nil, payload: []) }
        guard control.count >= 2 else { return Self.protocolError("A close frame has half a code.") }
        let code = UInt16(control[0]) << 8 | UInt16(control[1])
        guard WebSocketCloseCode.mayBeSent(code) else { return Self.protocolError("A close frame has a code that is not sent.") }
        guard UTF8Scan.isValid(control.span.extracting(2..<control.count)) else {
            return .violation(code: WebSocketCloseCode.invalidPayload, reason: "The reason is not UTF-8.")
        }
        return .close(code: code, payload: control)
    }
}
