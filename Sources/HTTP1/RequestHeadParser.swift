import Bytes

/// Reads the head of one HTTP/1 request, strictly (RFC 9112), in as many pieces as it arrives.
///
/// Each call gets the same bytes again with more behind them. Lines are read once, when their end is there, and the
/// search for a line's end goes on where it stopped: the work is linear in the bytes, however they were cut.
/// What two parsers could read in two ways (bare line ends, folded lines, doubled lengths) is refused, not repaired.
public struct RequestHeadParser: Sendable {
    /// What is known of the head after a call.
    public enum Progress: Equatable, Sendable {
        /// The head goes on; call again when there are more bytes.
        case incomplete
        /// The head takes the first `headBytes` bytes; the body or the next request begins behind them.
        case complete(RequestHead, headBytes: Int)
        /// The head is wrong, and so will be every further call.
        case malformed(HTTPProblem)
    }

    /// The same without the head, which then stands in ``head``: for whoever reads many, since a head is a large value.
    public enum Outcome {
        case incomplete
        case complete(headBytes: Int)
        case malformed(HTTPProblem)
    }

    private let limits: HTTPLimits
    /// What is known of the head so far.
    public private(set) var head = RequestHead()
    private var hasRequestLine = false
    private var leadingEmptyLines = 0
    private var fieldLines = 0
    /// Where the line being read begins, and up to where it is known to have no end.
    private var lineStart = 0
    private var searched = 0
    private var problem: HTTPProblem?

    public init(limits: HTTPLimits = HTTPLimits()) { self.limits = limits }

    public mutating func parse(_ bytes: Span<UInt8>) -> Progress {
        var memo = FieldMemo()
        return parse(bytes, &memo)
    }

    /// - Parameter memo: fields that were read before, of whichever client; those that are read now are remembered in it.
    public mutating func parse(_ bytes: Span<UInt8>, _ memo: inout FieldMemo) -> Progress {
        switch read(bytes, &memo) {
        case .incomplete: .incomplete
        case .complete(let headBytes): .complete(head, headBytes: headBytes)
        case .malformed(let problem): .malformed(problem)
        }
    }

    /// The same, but the head is left in ``head``.
    public mutating func read(_ bytes: Span<UInt8>, _ memo: inout FieldMemo) -> Outcome {
        if let problem { return .malformed(problem) }
        while let lineFeed = ByteSearch.firstIndex(of: ASCII.lineFeed, in: bytes, from: searched) {
            let hasReturn = lineFeed > lineStart && bytes[lineFeed &- 1] == ASCII.carriageReturn
            guard hasReturn || limits.leniency.contains(.bareLineFeeds) else {
                return malformed(.badRequest("a line ends without a carriage return"))
            }
            let line = lineStart..<(hasReturn ? lineFeed &- 1 : lineFeed)
            lineStart = lineFeed &+ 1
            searched = lineStart
            if let problem = checkLimits(upTo: lineStart, line: line) { return malformed(problem) }
            switch readLine(line, in: bytes) {
            case .incomplete:
                if hasRequestLine, fieldLines == 0, memo.recall(at: lineStart, in: bytes, into: &head, limits) {
                    return .complete(headBytes: lineStart &+ memo.count)
                }
            case .malformed(let problem): return malformed(problem)
            case let complete:
                memo.remember(head, upTo: lineStart, in: bytes)
                return complete
            }
        }
        searched = max(searched, bytes.count)
        var lineEnd = max(lineStart, bytes.count)
        if lineEnd > lineStart, bytes[lineEnd &- 1] == ASCII.carriageReturn { lineEnd &-= 1 }
        if let problem = checkLimits(upTo: bytes.count, line: lineStart..<lineEnd) { return malformed(problem) }
        // A TLS hello or other noise has no line end to wait for.
        if !hasRequestLine, lineStart < bytes.count, bytes[lineStart] != ASCII.carriageReturn, !FieldSyntax.isToken(bytes[lineStart]) {
            return malformed(.badRequest("the request line does not begin with a method and a space"))
        }
        return .incomplete
    }

    private mutating func readLine(_ line: Range<Int>, in bytes: Span<UInt8>) -> Outcome {
        if !hasRequestLine {
            if line.isEmpty {
                leadingEmptyLines &+= 1
                return leadingEmptyLines <= HTTPLimits.leadingEmptyLinesMax
                    ? .incomplete : .malformed(.badRequest("there is no request line"))
            }
            hasRequestLine = true
            head.fieldLines = lineStart..<lineStart
            return head.readRequestLine(line, limits.leniency, in: bytes).map { .malformed($0) } ?? .incomplete
        }
        if line.isEmpty {
            head.fieldLines = head.fieldLines.lowerBound..<line.lowerBound
            return head.finish(limits.leniency).map { .malformed($0) } ?? .complete(headBytes: lineStart)
        }
        fieldLines &+= 1
        if fieldLines > limits.headerCountMax {
            return .malformed(HTTPProblem(status: 431, message: "the request has too many headers"))
        }
        return head.readFieldLine(line, limits.leniency, in: bytes).map { .malformed($0) } ?? .incomplete
    }

    private func checkLimits(upTo end: Int, line: Range<Int>) -> HTTPProblem? {
        if !hasRequestLine, line.count > limits.requestLineBytesMax {
            return HTTPProblem(status: 414, message: "the request line is too long")
        }
        if end > limits.headBytesMax {
            return HTTPProblem(status: 431, message: "the request's headers are too large")
        }
        return nil
    }

    private mutating func malformed(_ problem: HTTPProblem) -> Outcome {
        self.problem = problem
        return .malformed(problem)
    }
}
