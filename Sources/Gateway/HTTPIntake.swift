import Access
import Bytes
import HTTP1

/// Reads the requests of one connection, one after another: head, credentials, body, plan. Pure.
///
///     head ──no body──▶ plan ──▶ head
///     head ──body──▶ body ──whole──▶ plan ──▶ head
///     anything malformed, or refused before its body is read ──▶ plan (an answer that closes) ──▶ over
package struct HTTPIntake: Sendable {
    package enum Step: Sendable {
        /// Give the rest again, with more behind it.
        case needInput
        /// A body follows; whether the client waits for `100 Continue` before it sends it.
        case bodyBegins(expectsContinue: Bool)
        case plan(GatewayPlan)
    }

    private struct Reading: Sendable {
        var head: RequestHead
        var headBytes: [UInt8]
        var decoder: BodyDecoder
        var body: [UInt8] = []
    }

    private let limits: HTTPLimits
    private let credentials: Credentials?
    private var parser: RequestHeadParser
    private var reading: Reading?
    private var isOver = false
    private var hasPartialHead = false

    /// - Parameter credentials: what every request must show by HTTP Basic; nil for nothing.
    package init(limits: HTTPLimits, credentials: Credentials?) {
        self.limits = limits
        self.credentials = credentials
        parser = RequestHeadParser(limits: limits)
    }

    /// Whether part of a request has been read.
    package var isMidRequest: Bool { reading != nil || hasPartialHead }

    /// Whether a head has been read and its body is awaited.
    package var isInBody: Bool { reading != nil }

    /// Reads one step of `bytes`; hands back how many of them are used up.
    package mutating func next(_ bytes: Span<UInt8>) -> (Step, used: Int) {
        if isOver { return (.needInput, bytes.count) }
        if reading != nil { return readBody(bytes) }
        switch parser.parse(bytes) {
        case .incomplete:
            hasPartialHead = bytes.count > 0
            return (.needInput, 0)
        case .malformed(let problem): return (end(GatewayAnswer(problem), ResponseFraming()), bytes.count)
        case .complete(let head, let headBytes):
            parser = RequestHeadParser(limits: limits)
            hasPartialHead = false
            return (begin(head, bytes.extracting(0..<headBytes)), headBytes)
        }
    }

    private mutating func begin(_ head: RequestHead, _ bytes: Span<UInt8>) -> Step {
        // A browser asks by OPTIONS before it knows of any password; it learns nothing by that.
        if let credentials, head.method != .options, !Self.shows(credentials, head, bytes) {
            // Whoever is not known need not be listened to: a body is not read, so the connection cannot go on.
            guard !head.declaresBody else { return end(.unauthorized, ResponseFraming(head)) }
            return .plan(.respond(.unauthorized, ResponseFraming(head)))
        }
        guard head.declaresBody else { return .plan(GatewayRouter.plan(head, in: bytes, body: Span())) }
        var decoder = BodyDecoder(head, limits: limits)
        var body: [UInt8] = []
        if case .malformed(let problem) = decoder.decode(Span(), into: &body) {
            return end(GatewayAnswer(problem), ResponseFraming(head))
        }
        var copy: [UInt8] = []
        copy.append(bytes)
        reading = Reading(head: head, headBytes: copy, decoder: BodyDecoder(head, limits: limits))
        return .bodyBegins(expectsContinue: head.expectsContinue)
    }

    private mutating func readBody(_ bytes: Span<UInt8>) -> (Step, used: Int) {
        guard var current = reading.take() else { return (.needInput, 0) }
        switch current.decoder.decode(bytes, into: &current.body) {
        case .incomplete(let consumed):
            reading = current
            return (.needInput, consumed)
        case .complete(let consumed):
            let plan = GatewayRouter.plan(current.head, in: current.headBytes.span, body: current.body.span)
            return (.plan(plan), consumed)
        case .malformed(let problem):
            return (end(GatewayAnswer(problem), ResponseFraming(current.head)), bytes.count)
        }
    }

    /// Answers and reads no further.
    private mutating func end(_ answer: GatewayAnswer, _ framing: ResponseFraming) -> Step {
        isOver = true
        reading = nil
        hasPartialHead = false
        var closing = framing
        closing.keepAlive = false
        return .plan(.respond(answer, closing))
    }

    private static func shows(_ credentials: Credentials, _ head: RequestHead, _ bytes: Span<UInt8>) -> Bool {
        guard let value = head.authorization, let basic = BasicCredentials(authorization: bytes.extracting(value)) else {
            return false
        }
        return credentials.verify(user: basic.user.span, password: basic.password.span)
    }
}
