import Bytes

/// Where one request lies in the client's bytes. All offsets count from the first byte given to the scanner.
public struct RequestFrame: Sendable, Equatable {
    /// Length in bytes, line ends included.
    public var byteCount: Int
    /// Number of arguments, the command's name included; 0 for an inline request, which is split apart elsewhere.
    public var argumentCount: Int
    /// The command's name; empty for an inline request.
    public var name: Range<Int>
    /// The second argument, empty where there is none: a container command's subcommand.
    public var second: Range<Int>
    /// Whether the request is one line of words (`PING\r\n`) and no array.
    public var isInline: Bool
}

/// Finds the end of one request in a client's bytes, and resumes where it stopped when more bytes have come.
///
/// The bytes handed in begin at a request's first byte and only ever grow between two calls, so that the total work is
/// linear however the request is cut. Nothing is allocated and nothing copied. No input traps.
///
///     idle ──'*'──▶ count line ──▶ bulk header ──▶ bulk body ──▶ … ──▶ complete ──▶ idle
///     idle ──else──▶ inline line ──▶ complete ──▶ idle
///
/// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/ and `networking.c` for what is refused.
public struct RequestScanner: Sendable {
    public enum Outcome: Sendable, Equatable {
        /// The bytes end inside the request.
        case incomplete
        /// A request; the scanner is idle again and expects the bytes after it.
        case complete(RequestFrame)
        /// `*0`, `*-1` or an empty line: bytes that ask for nothing and get no answer.
        case nothing(byteCount: Int)
        case malformed(RequestError)
    }

    private enum Phase { case idle, bulkHeader, bulkBody }

    private var phase = Phase.idle
    /// First byte not yet accounted for.
    private var position = 0
    /// Where the search for the line's end goes on.
    private var searched = 0
    private var argumentsLeft = 0
    private var bulkBytes = 0
    private var frame = RequestFrame(byteCount: 0, argumentCount: 0, name: 0..<0, second: 0..<0, isInline: false)
    private var argumentsSeen = 0
    private var isPassing = false

    public init() {}

    /// Whether the scanner stands between two requests.
    public var isIdle: Bool { phase == .idle && searched == 0 }

    /// The request's head while the request is ``Outcome/incomplete``; nil until the name is whole and the second argument
    /// is either whole too or plainly too long to be a subcommand, in which case it is left empty.
    public var incompleteHead: RequestFrame? {
        guard phase != .idle, argumentsSeen >= 1 else { return nil }
        let isSecondSettled =
            argumentsSeen >= 2 || frame.argumentCount == 1
            || (phase == .bulkBody && bulkBytes > Self.subcommandBytesMax)
        return isSecondSettled ? frame : nil
    }

    private static let subcommandBytesMax = 64

    /// The request that `bytes` begins with, where it is an array of bulk strings that has come whole and is in order;
    /// nil in every other case, which is ``scan(_:limits:isAuthenticated:)``'s to tell apart. Keeps no state.
    public static func wholeRequest(_ bytes: Span<UInt8>, limits: RESPLimits) -> RequestFrame? {
        guard bytes.count >= 4, bytes[0] == UInt8(ascii: "*") else { return nil }
        var position = 1
        guard let count = shortLength(bytes, &position), count > 0, count <= limits.argumentCountMax else { return nil }
        var name = 0..<0
        var second = 0..<0
        for argument in 0..<count {
            guard position < bytes.count, bytes[position] == UInt8(ascii: "$") else { return nil }
            position &+= 1
            guard let length = shortLength(bytes, &position), length <= limits.bulkBytesMax else { return nil }
            let end = position &+ length
            guard end &+ 1 < bytes.count, bytes[end] == ASCII.carriageReturn, bytes[end &+ 1] == ASCII.lineFeed else { return nil }
            if argument == 0 { name = position..<end } else if argument == 1 { second = position..<end }
            position = end &+ 2
        }
        return RequestFrame(byteCount: position, argumentCount: count, name: name, second: second, isInline: false)
    }

    /// A length of up to six digits and the line end behind it; `position` is stepped over both.
    @inline(__always)
    private static func shortLength(_ bytes: Span<UInt8>, _ position: inout Int) -> Int? {
        guard position < bytes.count else { return nil }
        var value = Int(bytes[position] &- ASCII.zero)
        guard value <= 9 else { return nil }
        let first = position
        var index = position &+ 1
        while index < bytes.count {
            let digit = Int(bytes[index] &- ASCII.zero)
            guard digit <= 9 else { break }
            value = value &* 10 &+ digit
            index &+= 1
            if index &- first > 6 { return nil }
        }
        guard index &+ 1 < bytes.count, bytes[index] == ASCII.carriageReturn, bytes[index &+ 1] == ASCII.lineFeed else { return nil }
        if bytes[first] == ASCII.zero, index &- first > 1 { return nil }
        position = index &+ 2
        return value
    }

    /// Tells that the first `count` bytes of an incomplete request have been passed on, and that the next call's bytes
    /// begin behind them. Only whole accounted bytes may go: see ``passableBytes(of:)``.
    public mutating func passed(_ count: Int) {
        precondition(count <= position, "Cannot pass bytes that are not yet scanned")
        position -= count
        searched = max(0, searched - count)
        isPassing = true
    }

    /// How many of the `available` bytes are accounted for, and so may be passed on before the request is complete.
    public mutating func passableBytes(of available: Int) -> Int {
        guard phase == .bulkBody else { return position }
        // Inside a body every byte but the line end behind it may go at once.
        let bodyBytes = min(available - position, bulkBytes)
        guard bodyBytes > 0 else { return position }
        position += bodyBytes
        bulkBytes -= bodyBytes
        return position
    }

    /// Looks for the end of the request that `bytes` begins with.
    ///
    /// - Parameter isAuthenticated: before that, Redis's narrow limits hold: 10 short arguments.
    public mutating func scan(_ bytes: Span<UInt8>, limits: RESPLimits, isAuthenticated: Bool = true) -> Outcome {
        if phase == .idle {
            guard bytes.count > 0 else { return .incomplete }
            guard bytes[0] == UInt8(ascii: "*") else { return scanInline(bytes, limits: limits) }
            switch line(in: bytes, from: 1, limits: limits) {
            case .tooLong: return fail(.tooBigMultibulkCount)
            case .incomplete: return .incomplete
            case .found(let end):
                guard let count = Self.length(bytes, 1..<end), count <= limits.argumentCountMax else {
                    return fail(.invalidMultibulkLength)
                }
                if !isAuthenticated, count > Self.unauthenticatedArgumentCountMax {
                    return fail(.unauthenticatedMultibulkLength)
                }
                if count <= 0 {
                    self = RequestScanner()
                    return .nothing(byteCount: end + 2)
                }
                frame.argumentCount = count
                argumentsLeft = count
                position = end + 2
                searched = position
                phase = .bulkHeader
            }
        }
        return scanBulks(bytes, limits: limits, isAuthenticated: isAuthenticated)
    }

    /// Redis's own limit of arguments for a connection that is not authenticated yet (networking.c).
    public static let unauthenticatedArgumentCountMax = 10

    private mutating func scanBulks(_ bytes: Span<UInt8>, limits: RESPLimits, isAuthenticated: Bool) -> Outcome {
        while argumentsLeft > 0 {
            if phase == .bulkHeader {
                guard position < bytes.count else { return .incomplete }
                guard bytes[position] == UInt8(ascii: "$") else { return fail(.expectedBulk(got: bytes[position])) }
                switch line(in: bytes, from: position + 1, limits: limits) {
                case .tooLong: return fail(.tooBigBulkCount)
                case .incomplete: return .incomplete
                case .found(let end):
                    guard let count = Self.length(bytes, (position + 1)..<end), count >= 0, count <= limits.bulkBytesMax
                    else { return fail(.invalidBulkLength) }
                    if !isAuthenticated, count > limits.unauthenticatedBulkBytesMax {
                        return fail(.unauthenticatedBulkLength)
                    }
                    bulkBytes = count
                    position = end + 2
                    phase = .bulkBody
                }
            }
            guard bytes.count - position >= bulkBytes &+ 2 else { return .incomplete }
            let body = position..<(position + bulkBytes)
            guard bytes[body.upperBound] == ASCII.carriageReturn, bytes[body.upperBound + 1] == ASCII.lineFeed else {
                return fail(.bulkNotTerminated)
            }
            if argumentsSeen == 0 { frame.name = body } else if argumentsSeen == 1 { frame.second = body }
            argumentsSeen &+= 1
            argumentsLeft &-= 1
            position = body.upperBound + 2
            searched = position
            phase = .bulkHeader
        }
        var complete = frame
        complete.byteCount = position
        if isPassing { (complete.name, complete.second) = (0..<0, 0..<0) }
        self = RequestScanner()
        return .complete(complete)
    }

    private mutating func scanInline(_ bytes: Span<UInt8>, limits: RESPLimits) -> Outcome {
        var index = searched
        while index < bytes.count {
            // Redis looks for the line's end as in a C string: behind a NUL it never finds one.
            if bytes[index] == 0 {
                searched = index
                return bytes.count > limits.inlineBytesMax ? fail(.tooBigInline) : .incomplete
            }
            if bytes[index] == ASCII.lineFeed {
                let contentEnd = index > 0 && bytes[index - 1] == ASCII.carriageReturn ? index - 1 : index
                self = RequestScanner()
                if contentEnd == 0 { return .nothing(byteCount: index + 1) }
                return .complete(
                    RequestFrame(byteCount: index + 1, argumentCount: 0, name: 0..<0, second: 0..<0, isInline: true))
            }
            index &+= 1
            if index > limits.inlineBytesMax { return fail(.tooBigInline) }
        }
        searched = index
        return .incomplete
    }

    private enum Line { case found(end: Int), incomplete, tooLong }

    /// The end of the line that starts at `start`: the offset of its carriage return.
    private mutating func line(in bytes: Span<UInt8>, from start: Int, limits: RESPLimits) -> Line {
        var index = max(searched, start)
        while index < bytes.count {
            if bytes[index] == ASCII.carriageReturn {
                guard index + 1 < bytes.count else {
                    searched = index
                    return .incomplete
                }
                searched = index + 2
                return .found(end: index)
            }
            index &+= 1
            if index - start > limits.inlineBytesMax { return .tooLong }
        }
        searched = index
        return .incomplete
    }

    /// A length as Redis reads it: decimal digits without leading zeros, an optional minus sign, and a line feed behind.
    private static func length(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard bytes[range.upperBound + 1] == ASCII.lineFeed else { return nil }
        let text = bytes.extracting(range)
        guard text.count > 0, text[0] != UInt8(ascii: "+") else { return nil }
        let firstDigit = text[0] == UInt8(ascii: "-") ? 1 : 0
        // A zero stands alone: neither `01` nor `-0` is a length.
        if text.count > 1, firstDigit < text.count, text[firstDigit] == ASCII.zero { return nil }
        guard let value = Decimal.parse(text), value <= Int64(Int32.max), value >= Int64(Int32.min) else { return nil }
        return Int(value)
    }

    private mutating func fail(_ kind: RequestError.Kind) -> Outcome {
        .malformed(RequestError(kind, at: position))
    }
}
