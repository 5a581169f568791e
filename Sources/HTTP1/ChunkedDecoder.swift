import Bytes

/// The chunked transfer coding (RFC 9112, section 7.1). Extensions and trailers, which are field lines, are read, bounded and thrown
/// away.
///
/// ```
/// size ──";"──▶ extension ─┐        (size > 0)           CR LF
///   └─────────CR───────────┴─▶ sizeEnd ──LF──▶ data ───▶ dataReturn ─▶ dataFeed ─▶ size
///                                  └─LF, size 0─▶ trailerName ──":"──▶ trailerValue
///                                                   │      ▲───── trailerEnd ◀──┘CR
///                                                   └─empty line──▶ lastFeed ─▶ done
/// ```
struct ChunkedDecoder: Sendable {
    private enum State: Sendable {
        case size(digits: Int)
        case blankAfterSize
        case chunkExtension
        case sizeEnd
        case data
        case dataReturn
        case dataFeed
        case trailerName(isEmpty: Bool)
        case trailerValue
        case trailerEnd
        case lastFeed
        case done
    }

    private let bodyBytesMax: Int
    private var state = State.size(digits: 0)
    /// Bytes of the chunk that are still to come; while its size is read, the size so far.
    private var remaining = 0
    private var payloadBytes = 0
    private var extensionBytes = 0
    private var trailerBytes = 0

    init(bodyBytesMax: Int) { self.bodyBytesMax = bodyBytesMax }

    mutating func decode<Sink: ByteSink & ~Copyable>(_ bytes: Span<UInt8>, into body: inout Sink) -> BodyDecoder.Progress {
        var index = 0
        while true {
            if case .done = state { return .complete(consumed: index) }
            guard index < bytes.count else { return .incomplete(consumed: index) }
            if case .data = state {
                let taken = min(remaining, bytes.count - index)
                body.append(bytes, in: index..<(index + taken))
                remaining &-= taken
                index &+= taken
                if remaining == 0 { state = .dataReturn }
            } else {
                if let problem = read(bytes[index]) { return .malformed(problem) }
                index &+= 1
            }
        }
    }

    /// Takes one byte that is not payload; what is wrong with it, or nil.
    private mutating func read(_ byte: UInt8) -> HTTPProblem? {
        switch state {
        case .size(let digits): return readSize(byte, digits: digits)
        case .blankAfterSize:
            if FieldSyntax.isBlank(byte) { return countExtensionByte() }
            guard byte == UInt8(ascii: ";") else { return .badRequest("a chunk's size is followed by something that is no extension") }
            state = .chunkExtension
            return countExtensionByte()
        case .chunkExtension:
            if byte == ASCII.carriageReturn {
                state = .sizeEnd
                return nil
            }
            guard byte >= ASCII.space && byte != 0x7F || byte == 0x09 else {
                return .badRequest("a chunk extension holds a control byte or a bare line end")
            }
            return countExtensionByte()
        case .sizeEnd:
            state = remaining > 0 ? .data : .trailerName(isEmpty: true)
            return expect(ASCII.lineFeed, byte)
        case .dataReturn:
            state = .dataFeed
            return expect(ASCII.carriageReturn, byte)
        case .dataFeed:
            state = .size(digits: 0)
            return expect(ASCII.lineFeed, byte)
        case .trailerName(let isEmpty): return readTrailerName(byte, isEmpty: isEmpty)
        case .trailerValue: return readTrailerValue(byte)
        case .trailerEnd:
            state = .trailerName(isEmpty: true)
            return expect(ASCII.lineFeed, byte)
        case .lastFeed:
            state = .done
            return expect(ASCII.lineFeed, byte)
        case .data, .done:
            preconditionFailure("Cannot read a framing byte in the state \(state)")
        }
    }

    private mutating func readSize(_ byte: UInt8, digits: Int) -> HTTPProblem? {
        if let value = ASCII.hexValue(byte) {
            // Leading zeros are valid and endless, so they count as overhead.
            if digits >= 16, let problem = countExtensionByte() { return problem }
            // Bounded before it is multiplied: no size can overflow.
            guard remaining <= Int.max >> 5 else { return .bodyTooLarge }
            remaining = remaining << 4 | Int(value)
            guard remaining <= bodyBytesMax - payloadBytes else { return .bodyTooLarge }
            state = .size(digits: digits &+ 1)
            return nil
        }
        guard digits > 0 else { return .badRequest("a chunk does not begin with its size") }
        payloadBytes &+= remaining
        switch byte {
        case ASCII.carriageReturn:
            state = .sizeEnd
            return nil
        case UInt8(ascii: ";"):
            state = .chunkExtension
            return countExtensionByte()
        case ASCII.space, 0x09:
            state = .blankAfterSize
            return countExtensionByte()
        default:
            return .badRequest("a chunk's size is not hexadecimal")
        }
    }

    private mutating func readTrailerName(_ byte: UInt8, isEmpty: Bool) -> HTTPProblem? {
        if isEmpty, byte == ASCII.carriageReturn {
            state = .lastFeed
            return nil
        }
        if !isEmpty, byte == UInt8(ascii: ":") {
            state = .trailerValue
            return countTrailerByte()
        }
        // Where one server reads a trailer and the next the beginning of a request, they differ about where this one ends.
        guard FieldSyntax.isToken(byte) else { return .badRequest("a trailer has no name and colon") }
        state = .trailerName(isEmpty: false)
        return countTrailerByte()
    }

    private mutating func readTrailerValue(_ byte: UInt8) -> HTTPProblem? {
        if byte == ASCII.carriageReturn {
            state = .trailerEnd
            return nil
        }
        guard byte >= ASCII.space && byte != 0x7F || byte == 0x09 else {
            return .badRequest("a trailer holds a control byte or a bare line end")
        }
        return countTrailerByte()
    }

    private mutating func countTrailerByte() -> HTTPProblem? {
        trailerBytes &+= 1
        return trailerBytes <= HTTPLimits.trailerBytesMax ? nil : HTTPProblem(status: 431, message: "the request's trailers are too large")
    }

    private mutating func countExtensionByte() -> HTTPProblem? {
        extensionBytes &+= 1
        return extensionBytes <= HTTPLimits.chunkExtensionBytesMax ? nil : .badRequest("the chunk extensions are too large")
    }

    private func expect(_ wanted: UInt8, _ byte: UInt8) -> HTTPProblem? {
        byte == wanted ? nil : .badRequest("a chunk's line end is not where it should be")
    }
}
