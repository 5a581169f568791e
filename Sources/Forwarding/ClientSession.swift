import Access
import Bytes
import RESP

/// The protocol state of one RESP client whose commands run on a link of its own: what of its bytes goes upstream, what
/// the proxy answers itself, and what the client would lose if the link went.
///
///     unauthenticated ──AUTH, HELLO … AUTH──▶ open ──QUIT, protocol error──▶ closing
///                                              │ ▲
///                              RESET, or the link is gone: back to a fresh link's state
///
/// Order holds: an answer of our own waits until the replies before it are in (``Step/wait``). The session counts
/// replies as long as they match commands one to one; from SUBSCRIBE, MONITOR, CLIENT REPLY or SYNC on they do not, and
/// the link's bytes just pass.
package struct ClientSession: Sendable {
    package enum Step: Sendable, Equatable {
        /// Nothing more can be done with these bytes; give the rest again, with more behind it.
        case needInput
        /// These bytes of the input ask for nothing.
        case skip(end: Int)
        /// These bytes of the input go upstream as they are.
        case forward(Range<Int>)
        /// The request that ends at `end` goes upstream in this form.
        case substitute([UInt8], end: Int)
        /// The request that ends at `end` is answered so, and not sent.
        case answer([UInt8], end: Int)
        /// RESET: the link is given up, with all that was settled on it, and the client is answered so.
        case reset([UInt8], end: Int)
        /// The client is answered so, and its connection closes.
        case close([UInt8])
        /// The next request must wait until every awaited reply is in.
        case wait
    }

    private enum Pending: Sendable {
        case frame(RequestFrame)
        case error(RequestError)
    }

    /// Size of an unfinished request from which on it is passed through in pieces instead of being collected.
    private static let streamedRequestBytes = 64 << 10

    private let table: CommandTable
    private let limits: RESPLimits
    private let authentication: ClientAuthentication?
    private var scanner = RequestScanner()
    private var pending: Pending?
    private var isStreaming = false
    private var isAuthenticated: Bool

    /// Requests sent, or held to be sent, whose reply is not in.
    package private(set) var inFlight = 0
    /// Whether replies match commands one to one.
    package private(set) var isMatched = true
    /// Whether a command is in flight that may take as long as it likes.
    package private(set) var isBlocking = false
    private var hasState = false
    private var isInTransaction = false
    private var isWatching = false

    /// - Parameter authentication: nil where clients need no password of the proxy's; AUTH then goes to Redis.
    package init(table: CommandTable, limits: RESPLimits, authentication: ClientAuthentication?) {
        self.table = table
        self.limits = limits
        self.authentication = authentication
        isAuthenticated = authentication == nil
    }

    /// Whether the client would notice nothing if its next command ran on another link.
    package var isMovable: Bool { isMatched && !hasState && !isInTransaction && !isWatching && !isStreaming }

    /// Whether part of a request has gone upstream already.
    package var isMidRequest: Bool { isStreaming }

    /// What to do with the client's bytes from `start` on. To be called until it answers ``Step/needInput``,
    /// ``Step/wait`` or ``Step/close(_:)``; each time from the end of what the last step covered.
    package mutating func next(_ bytes: Span<UInt8>, from start: Int) -> Step {
        if let pending { return resume(pending, bytes, from: start) }
        var end = start
        while true {
            let rest = bytes.extracting(end..<bytes.count)
            switch scanner.scan(rest, limits: limits, isAuthenticated: isAuthenticated) {
            case .incomplete:
                if end > start { return .forward(start..<end) }
                return streamIncomplete(rest, from: start)
            case .nothing(let count):
                if end == start { return .skip(end: end + count) }
                end += count
            case .malformed(let error):
                if end > start {
                    pending = .error(error)
                    return .forward(start..<end)
                }
                return closeWhenAnswered(error)
            case .complete(let frame):
                if isStreaming {
                    isStreaming = false
                    end += frame.byteCount
                } else if forwards(frame, rest) {
                    end += frame.byteCount
                } else {
                    pending = .frame(frame)
                    if end > start { return .forward(start..<end) }
                    return resume(.frame(frame), bytes, from: start)
                }
            }
        }
    }

    /// A whole reply of the link has come; `marker` is its first byte.
    package mutating func replyArrived(marker: UInt8) {
        guard isMatched, marker != UInt8(ascii: ">"), inFlight > 0 else { return }
        inFlight -= 1
        if inFlight == 0 { isBlocking = false }
    }

    /// The link and all state on it are gone. Hands back how many requests were in flight or held.
    package mutating func linkForgotten() -> Int {
        defer {
            inFlight = 0
            isMatched = true
            isBlocking = false
            hasState = false
            isInTransaction = false
            isWatching = false
        }
        return inFlight
    }

    // MARK: Requests

    private mutating func resume(_ pending: Pending, _ bytes: Span<UInt8>, from start: Int) -> Step {
        switch pending {
        case .error(let error): return closeWhenAnswered(error)
        case .frame(let frame):
            guard inFlight == 0 || !isMatched || goesUpstream(frame) else { return .wait }
            let step = handle(frame, bytes.extracting(start..<bytes.count), end: start + frame.byteCount)
            if step != .wait { self.pending = nil }
            return step
        }
    }

    private mutating func closeWhenAnswered(_ error: RequestError) -> Step {
        // A request that was cut off in the middle is never answered upstream.
        guard inFlight <= (isStreaming ? 1 : 0) || !isMatched else {
            pending = .error(error)
            return .wait
        }
        return .close(error.reply)
    }

    /// Inline requests are sent on in another form, so they need not wait, whatever they turn out to be.
    private func goesUpstream(_ frame: RequestFrame) -> Bool { frame.isInline && isAuthenticated }

    /// Notes the effect of a plain request and lets it pass; false for one that needs a closer look.
    private mutating func forwards(_ frame: RequestFrame, _ bytes: Span<UInt8>) -> Bool {
        guard isAuthenticated, !frame.isInline else { return false }
        let name = bytes.extracting(frame.name)
        guard !isOurs(name) else { return false }
        note(name, bytes.extracting(frame.second), in: bytes.extracting(0..<frame.byteCount))
        return true
    }

    /// Whether the proxy deals with the command itself.
    private func isOurs(_ name: Span<UInt8>) -> Bool {
        switch name.count {
        case 4: ASCII.equalsIgnoringCase(name, "QUIT") || (authentication != nil && ASCII.equalsIgnoringCase(name, "AUTH"))
        case 5:
            ASCII.equalsIgnoringCase(name, "RESET") || (authentication != nil && ASCII.equalsIgnoringCase(name, "HELLO"))
        default: false
        }
    }

    private mutating func note(_ name: Span<UInt8>, _ second: Span<UInt8>, in request: Span<UInt8>) {
        let traits = table.traits(of: name, second: second)
        inFlight += 1
        if CommandPlacement.mayBlock(traits, request, name: name) { isBlocking = true }
        switch ConnectionEffect(traits, name: name, second: second) {
        case .none: break
        case .beginsTransaction: isInTransaction = true
        case .watches: isWatching = true
        // Within a transaction UNWATCH is only queued.
        case .unwatches: isWatching = isWatching && isInTransaction
        case .endsTransaction: (isInTransaction, isWatching) = (false, false)
        case .stays: hasState = true
        case .unmatchedReplies:
            hasState = true
            isMatched = false
        }
    }

    private mutating func handle(_ frame: RequestFrame, _ bytes: Span<UInt8>, end: Int) -> Step {
        let arguments: [[UInt8]]
        if frame.isInline {
            guard let words = InlineRequest.arguments(of: bytes.extracting(0..<contentEnd(of: frame, bytes))) else {
                return closeWhenAnswered(RequestError(.unbalancedQuotes, at: 0))
            }
            arguments = words
        } else {
            arguments = RequestArguments.all(of: bytes.extracting(0..<frame.byteCount))
        }
        guard let name = arguments.first else { return .skip(end: end) }
        if isAuthenticated, !isOurs(name.span) {
            let second = arguments.count > 1 ? arguments[1] : []
            var output: [UInt8] = []
            CommandWriter.append(arguments, to: &output)
            note(name.span, second.span, in: output.span)
            return .substitute(output, end: end)
        }
        guard inFlight == 0 || !isMatched else { return .wait }
        return answer(name.span, arguments, end: end)
    }

    private mutating func answer(_ name: Span<UInt8>, _ arguments: [[UInt8]], end: Int) -> Step {
        if ASCII.equalsIgnoringCase(name, "QUIT") { return .close(Array("+OK\r\n".utf8)) }
        if ASCII.equalsIgnoringCase(name, "RESET") {
            isAuthenticated = authentication == nil
            return .reset(Array("+RESET\r\n".utf8), end: end)
        }
        guard let authentication else { return .answer(ClientAuthentication.required, end: end) }
        let verdict: ClientAuthentication.Verdict
        if ASCII.equalsIgnoringCase(name, "AUTH") {
            verdict = authentication.auth(arguments)
        } else if ASCII.equalsIgnoringCase(name, "HELLO") {
            verdict = authentication.hello(arguments, isAuthenticated: isAuthenticated)
        } else {
            return .answer(ClientAuthentication.required, end: end)
        }
        switch verdict {
        case .accepted:
            isAuthenticated = true
            return .answer(Array("+OK\r\n".utf8), end: end)
        case .refused(let reply): return .answer(reply, end: end)
        case .acceptedHello(let request):
            isAuthenticated = true
            inFlight += 1
            hasState = true
            return .substitute(request, end: end)
        }
    }

    /// Where the line of an inline request ends, its line end not counted.
    private func contentEnd(of frame: RequestFrame, _ bytes: Span<UInt8>) -> Int {
        let end = frame.byteCount - 1
        return end > 0 && bytes[end - 1] == ASCII.carriageReturn ? end - 1 : end
    }

    // MARK: Large requests

    private mutating func streamIncomplete(_ rest: Span<UInt8>, from start: Int) -> Step {
        guard isAuthenticated, isStreaming || rest.count >= Self.streamedRequestBytes else { return .needInput }
        if !isStreaming {
            guard let head = scanner.incompleteHead else {
                // A name of that length is none; waiting for its end would fill the buffer for nothing.
                return rest.count < 2 * Self.streamedRequestBytes ? .needInput : closeWhenAnswered(RequestError(.invalidBulkLength, at: 0))
            }
            // Nothing that the proxy answers itself is that long in earnest.
            if isOurs(rest.extracting(head.name)) { return closeWhenAnswered(RequestError(.invalidBulkLength, at: 0)) }
            note(rest.extracting(head.name), rest.extracting(head.second), in: rest)
            isStreaming = true
        }
        let count = scanner.passableBytes(of: rest.count)
        guard count > 0 else { return .needInput }
        scanner.passed(count)
        return .forward(start..<(start + count))
    }
}
