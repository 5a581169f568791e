import Bytes

/// Reads one HTTP/1.1 response, as our own gateway writes them, in whatever pieces it comes: its interim heads, its head, and
/// the body without its framing.
///
///     head ──1xx──▶ head
///      ├──no body──────────────────────────────▶ done
///      ├──length──▶ counted ──all there─────────▶ done
///      ├──chunked──▶ size ──▶ chunk ──▶ size … last ──▶ trailers ──▶ done
///      └──neither──▶ until the end
///     anything that is no response ──▶ broken
struct ResponseReader {
    enum Piece: Equatable {
        /// All bytes are used up.
        case needInput
        /// A head is whole; it lies in ``head``.
        case head(status: Int)
        /// Bytes of the body, in what was given.
        case body(Range<Int>)
        case done
        case broken
    }

    private enum State: Equatable { case head, counted(Int), size, chunk(Int), chunkEnd, trailers, untilEnd, done, broken }

    /// Heads of ours are short.
    private static let headBytesMax = 64 << 10
    private static let lineBytesMax = 1024
    /// Digits of a chunk's size.
    private static let sizeDigitsMax = 12

    private var state = State.head
    /// The request's method is HEAD, so that no body follows whatever the head says.
    private let omitsBody: Bool
    /// What has come of a head or of a line between chunks.
    private(set) var head: [UInt8] = []
    private var sizeLine: [UInt8] = []

    init(omitsBody: Bool) { self.omitsBody = omitsBody }

    var isDone: Bool { state == .done }
    /// Whether the end of the bytes is the end of the response.
    var mayEndNow: Bool { state == .done || state == .untilEnd }
    /// Whether a body may follow the head that was read last.
    var hasBody: Bool { state != .done }

    /// Reads on from `index`, which is moved behind what is used.
    mutating func next(_ bytes: UnsafeRawBufferPointer, from index: inout Int, bodyBytesMax: Int) -> Piece {
        while true {
            switch state {
            case .done: return .done
            case .broken: return .broken
            case .head:
                guard let piece = readHead(bytes, &index) else { return .needInput }
                return piece
            case .counted(let left):
                guard let range = take(bytes, &index, min(left, bodyBytesMax)) else { return .needInput }
                state = left == range.count ? .done : .counted(left - range.count)
                return .body(range)
            case .chunk(let left):
                guard let range = take(bytes, &index, min(left, bodyBytesMax)) else { return .needInput }
                state = left == range.count ? .chunkEnd : .chunk(left - range.count)
                return .body(range)
            case .untilEnd:
                guard let range = take(bytes, &index, bodyBytesMax) else { return .needInput }
                return .body(range)
            case .size, .chunkEnd, .trailers:
                guard let line = readLine(bytes, &index) else { return state == .broken ? .broken : .needInput }
                state = after(line)
            }
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer, _ index: inout Int, _ most: Int) -> Range<Int>? {
        let count = min(most, bytes.count - index)
        guard count > 0 else { return nil }
        defer { index += count }
        return index..<(index + count)
    }

    /// What follows a line between chunks.
    private func after(_ line: [UInt8]) -> State {
        switch state {
        case .chunkEnd: return line.isEmpty ? .size : .broken
        case .trailers: return line.isEmpty ? .done : .trailers
        default:
            guard !line.isEmpty, line.count <= Self.sizeDigitsMax else { return .broken }
            var size = 0
            for byte in line {
                guard let digit = ASCII.hexValue(byte) else { return .broken }
                size = size << 4 | Int(digit)
            }
            return size == 0 ? .trailers : .chunk(size)
        }
    }

    /// A line between chunks without its end; nil where it is not whole yet.
    private mutating func readLine(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> [UInt8]? {
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == ASCII.lineFeed else {
                sizeLine.append(byte)
                if sizeLine.count <= Self.lineBytesMax { continue }
                state = .broken
                return nil
            }
            guard sizeLine.last == ASCII.carriageReturn else {
                state = .broken
                return nil
            }
            sizeLine.removeLast()
            let line = sizeLine
            sizeLine.removeAll(keepingCapacity: true)
            return line
        }
        return nil
    }

    private mutating func readHead(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> Piece? {
        if hasInterimHead { head.removeAll(keepingCapacity: true) }
        hasInterimHead = false
        // The head's end may have begun in the piece before.
        let start = head.count
        let rest = UnsafeRawBufferPointer(rebasing: bytes[index...])
        guard let end = Self.endOfHead(rest, behind: head) else {
            head.append(contentsOf: rest)
            index = bytes.count
            if head.count > Self.headBytesMax { state = .broken }
            return state == .broken ? .broken : nil
        }
        head.append(contentsOf: rest[..<end])
        index += end
        precondition(head.count == start + end)
        guard let status = Self.status(head) else {
            state = .broken
            return .broken
        }
        if status < 200 { hasInterimHead = true } else { state = stateOfBody(status) }
        return .head(status: status)
    }

    private var hasInterimHead = false

    /// How many of `bytes` the head takes whose beginning is `before`; nil where its end is not there.
    private static func endOfHead(_ bytes: UnsafeRawBufferPointer, behind before: [UInt8]) -> Int? {
        // Nearly always all of it is there: it ends with the first line that is empty.
        if before.isEmpty {
            let span = bytes.bindMemory(to: UInt8.self).span
            var feed = -1
            while let next = ByteSearch.firstIndex(of: ASCII.lineFeed, in: span, from: feed + 1) {
                if next >= 3, bytes[next - 1] == ASCII.carriageReturn, bytes[next - 2] == ASCII.lineFeed, bytes[next - 3] == ASCII.carriageReturn { return next + 1 }
                feed = next
            }
            return nil
        }
        var matched = 0
        for byte in before.suffix(3) { matched = step(matched, byte) }
        for index in 0..<bytes.count {
            matched = step(matched, bytes[index])
            if matched == 4 { return index + 1 }
        }
        return nil
    }

    /// How much of CR LF CR LF ends in `byte`, of which `matched` bytes had come before it.
    private static func step(_ matched: Int, _ byte: UInt8) -> Int {
        if byte == ASCII.carriageReturn { return matched == 2 ? 3 : 1 }
        if byte == ASCII.lineFeed { return matched == 1 ? 2 : matched == 3 ? 4 : 0 }
        return 0
    }

    /// The status in `HTTP/1.y NNN …`; nil where that is no status line.
    private static func status(_ head: [UInt8]) -> Int? {
        guard head.count > 13, head.starts(with: "HTTP/1.".utf8), head[8] == ASCII.space else { return nil }
        var status = 0
        for index in 9..<12 {
            guard ASCII.isDigit(head[index]) else { return nil }
            status = status * 10 + Int(head[index] - ASCII.zero)
        }
        return status >= 100 ? status : nil
    }

    private func stateOfBody(_ status: Int) -> State {
        if omitsBody || status == 204 || status == 304 { return .done }
        var state = State.untilEnd
        ResponseFields.forEach(in: head.span) { name, value in
            if ASCII.equalsIgnoringCase(name, "transfer-encoding"), ASCII.equalsIgnoringCase(value, "chunked") { state = .size }
            guard ASCII.equalsIgnoringCase(name, "content-length"), state == .untilEnd else { return }
            guard let length = Decimal.parse(value), length >= 0 else { return state = .broken }
            state = length == 0 ? .done : .counted(Int(length))
        }
        return state
    }
}

/// The field lines of a response's head.
enum ResponseFields {
    /// Calls `body` with name and value of each.
    static func forEach(in head: Span<UInt8>, _ body: (Span<UInt8>, Span<UInt8>) -> Void) {
        var start = 0
        var isStatusLine = true
        while start < head.count, let feed = ByteSearch.firstIndex(of: ASCII.lineFeed, in: head, from: start) {
            let end = feed > start && head[feed - 1] == ASCII.carriageReturn ? feed - 1 : feed
            if !isStatusLine, let colon = ByteSearch.firstIndex(of: UInt8(ascii: ":"), in: head, from: start), colon < end {
                var valueStart = colon + 1
                while valueStart < end, head[valueStart] == ASCII.space { valueStart += 1 }
                body(head.extracting(start..<colon), head.extracting(valueStart..<end))
            }
            isStatusLine = false
            start = feed + 1
        }
    }

    /// Whether the field speaks of the connection alone, which HTTP/2 has no words for (RFC 9113, section 8.2.2).
    static func isOfConnection(_ name: Span<UInt8>) -> Bool {
        switch name.count {
        case 7: ASCII.equalsIgnoringCase(name, "upgrade")
        case 10: ASCII.equalsIgnoringCase(name, "connection") || ASCII.equalsIgnoringCase(name, "keep-alive")
        case 16: ASCII.equalsIgnoringCase(name, "proxy-connection")
        case 17: ASCII.equalsIgnoringCase(name, "transfer-encoding")
        default: false
        }
    }
}
