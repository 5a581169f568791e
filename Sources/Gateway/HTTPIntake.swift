import Access
import Bytes
import HTTP1

/// Reads the requests of one connection, one after another: head, credentials, body, plan. Pure.
///
///     head ──no body──▶ plan ──▶ head
///     head ──body──▶ body ──whole──▶ plan ──▶ head
///     anything malformed, or refused before its body is read ──▶ plan (an answer that closes) ──▶ over
///
/// A request that is there as a whole is read where it lies. Only of one that comes in parts is anything kept, so that a
/// connection at rest takes one word here.
public struct HTTPIntake {
    public enum Step {
        /// Give the rest again, with more behind it.
        case needInput
        /// A body follows; whether the client waits for `100 Continue` before it sends it.
        case bodyBegins(expectsContinue: Bool)
        case plan(GatewayPlan)
        /// A request so large that it is to be planned elsewhere; nothing is read before ``took(_:_:)``.
        indirect case large(LargeRequest)
    }

    /// A request of which a part has been read.
    private final class Partial {
        var parser: RequestHeadParser
        /// Set once the head is whole.
        var reading: Reading?
        var body = GrowingBytes()
        /// The body counts as what a request holds that has not come whole.
        private var held = HeldBytes(isUnfinished: true)

        init(_ parser: RequestHeadParser) { self.parser = parser }

        /// Takes in what `bytes` hold of the body.
        func decode(_ bytes: Span<UInt8>) -> BodyDecoder.Progress? {
            defer { held.change(to: body.count) }
            return reading?.decoder.decode(bytes, into: &body)
        }

        func takeBody() -> GrowingBytes {
            var taken = GrowingBytes()
            swap(&taken, &body)
            return taken
        }
    }

    private struct Reading {
        var head: RequestHead
        var headBytes: [UInt8]
        var decoder: BodyDecoder

        func framing(_ rules: GatewayRules) -> ResponseFraming { .ofRefusal(head, in: headBytes.span, rules) }
    }

    private var partial: Partial?
    private var isOver = false

    public init() {}

    /// Whether part of a request has been read.
    public var isMidRequest: Bool { partial != nil }

    /// Whether a head has been read and its body is awaited.
    public var isInBody: Bool { partial?.reading != nil }

    /// How the response to the request is framed whose body is awaited.
    public func awaitedFraming(_ rules: GatewayRules) -> ResponseFraming { partial?.reading?.framing(rules) ?? ResponseFraming() }

    /// Bytes that have come of the body that is awaited.
    public var bodyBytes: Int { partial?.body.count ?? 0 }

    /// Reads one step of `bytes`; hands back how many of them are used up. The command of a plan to run one is read into
    /// `command`; fields that were just like those of the last head are taken from `memo`.
    public mutating func next(
        _ bytes: Span<UInt8>, _ rules: GatewayRules, peer: IPAddress?, _ memo: inout FieldMemo, into command: inout GatewayCommand
    ) -> (Step, used: Int) {
        if isOver { return (.needInput, bytes.count) }
        if let partial {
            if partial.reading != nil { return readBody(partial, bytes, rules, peer, &command) }
            switch partial.parser.read(bytes, &memo) {
            case .incomplete: return (.needInput, 0)
            case .malformed(let problem): return (end(GatewayAnswer(problem), .ofBrokenHead(partial.parser.head, in: bytes, rules)), bytes.count)
            case .complete(let headBytes):
                self.partial = nil
                return begin(partial.parser.head, bytes, headBytes, rules, peer, &memo, &command)
            }
        }
        guard bytes.count > 0 else { return (.needInput, 0) }
        var parser = RequestHeadParser(limits: rules.limits)
        switch parser.read(bytes, &memo) {
        case .incomplete:
            partial = Partial(parser)
            return (.needInput, 0)
        case .malformed(let problem): return (end(GatewayAnswer(problem), .ofBrokenHead(parser.head, in: bytes, rules)), bytes.count)
        case .complete(let headBytes): return begin(parser.head, bytes, headBytes, rules, peer, &memo, &command)
        }
    }

    private mutating func begin(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ headBytes: Int, _ rules: GatewayRules, _ peer: IPAddress?, _ memo: inout FieldMemo,
        _ command: inout GatewayCommand
    ) -> (Step, used: Int) {
        let headSpan = bytes.extracting(0..<headBytes)
        if rules.hasHealth, !head.declaresBody, let asksForMaster = HealthQuestion.asksForMaster(head, in: headSpan, rules) {
            return (planned(.health(asksForMaster: asksForMaster, ResponseFraming(head, in: headSpan, rules)), command), headBytes)
        }
        if let refusal = Self.refusal(of: head, headSpan, peer, rules, &memo)?.naming(head, in: headSpan) {
            // Whoever is not known need not be listened to: a body is not read, so the connection cannot go on.
            let framing = ResponseFraming.ofRefusal(head, in: headSpan, rules)
            guard !head.declaresBody else { return (end(refusal, framing), headBytes) }
            return (planned(.respond(refusal, framing), command), headBytes)
        }
        guard rules.basePath.isEmpty else {
            var below = head
            if BasePath.take(off: &below, in: headSpan, rules) { return read(below, headSpan, bytes, rules, peer, &command) }
            let framing = ResponseFraming.ofRefusal(head, in: headSpan, rules)
            return (head.declaresBody ? end(.notBelowBasePath, framing) : planned(.respond(.notBelowBasePath, framing), command), headBytes)
        }
        return read(head, headSpan, bytes, rules, peer, &command)
    }

    /// Plans the request with this head, which nothing speaks against, or has its body read.
    private mutating func read(
        _ head: RequestHead, _ headSpan: Span<UInt8>, _ bytes: Span<UInt8>, _ rules: GatewayRules, _ peer: IPAddress?, _ command: inout GatewayCommand
    ) -> (Step, used: Int) {
        let headBytes = headSpan.count
        // A value that is stored compressed by mistake is found out when it is read.
        if head.hasContentCoding, head.declaresBody, !rules.isWebdis { return (end(.bodyIsEncoded, .ofRefusal(head, in: headSpan, rules)), headBytes) }
        let router = GatewayRouter(rules, peer: peer)
        guard head.declaresBody else { return (planned(router.plan(head, in: headSpan, body: Span(), into: &command), command), headBytes) }
        if let length = head.contentLength, !head.expectsContinue, length <= min(rules.limits.bodyBytesMax, LargeRequest.bytesMin), length <= bytes.count - headBytes
        {
            let body = bytes.extracting(headBytes..<(headBytes + length))
            return (planned(router.plan(head, in: headSpan, body: body, into: &command), command), headBytes + length)
        }
        var decoder = BodyDecoder(head, limits: rules.limits)
        var body: [UInt8] = []
        if case .malformed(let problem) = decoder.decode(Span(), into: &body) {
            return (end(GatewayAnswer(problem), .ofRefusal(head, in: headSpan, rules)), headBytes)
        }
        var copy: [UInt8] = []
        copy.append(headSpan)
        let kept = Partial(RequestHeadParser(limits: rules.limits))
        kept.reading = Reading(head: head, headBytes: copy, decoder: BodyDecoder(head, limits: rules.limits))
        partial = kept
        return (.bodyBegins(expectsContinue: head.expectsContinue), headBytes)
    }

    private mutating func readBody(
        _ partial: Partial, _ bytes: Span<UInt8>, _ rules: GatewayRules, _ peer: IPAddress?, _ command: inout GatewayCommand
    ) -> (Step, used: Int) {
        guard let reading = partial.reading, let progress = partial.decode(bytes) else { return (.needInput, 0) }
        switch progress {
        case .incomplete(let consumed): return (.needInput, consumed)
        case .complete(let consumed):
            self.partial = nil
            if partial.body.count > LargeRequest.bytesMin {
                return (.large(LargeRequest(reading.head, reading.headBytes, partial.takeBody(), peer: peer)), consumed)
            }
            let plan = partial.body.withSpan { GatewayRouter(rules, peer: peer).plan(reading.head, in: reading.headBytes.span, body: $0, into: &command) }
            return (planned(plan, command), consumed)
        case .malformed(let problem):
            return (end(GatewayAnswer(problem), reading.framing(rules)), bytes.count)
        }
    }

    /// The step that `plan` is.
    private mutating func planned(_ plan: GatewayPlan, _ command: borrowing GatewayCommand) -> Step {
        took(plan, command)
        return .plan(plan)
    }

    /// Notes the plan for what was read last. Behind an answer that is the connection's last nothing is read: whoever asked for that
    /// does not expect more to be run (RFC 9112, section 9.6).
    public mutating func took(_ plan: GatewayPlan, _ command: borrowing GatewayCommand) {
        let isLast =
            switch plan {
            case .respond(_, let framing), .health(_, let framing): !framing.keepAlive
            case .run, .reply: !command.presentation.framing.keepAlive
            case .batch(let batch): !batch.answer.presentation.framing.keepAlive
            case .upgrade: false
            }
        if isLast { end() }
    }

    /// Reads nothing behind the request that was read last.
    public mutating func end() {
        isOver = true
        partial = nil
    }

    /// Answers and reads no further.
    private mutating func end(_ answer: GatewayAnswer, _ framing: ResponseFraming) -> Step {
        end()
        return .plan(.respond(answer, framing.closing))
    }

    /// Whether a browser sends the request: each of them calls itself Mozilla.
    private static func isBrowser(_ head: RequestHead, _ bytes: Span<UInt8>) -> Bool {
        head.origin != nil || bytes.extracting(head.field("user-agent", in: bytes) ?? 0..<0).begins(with: "Mozilla/")
    }

    /// What speaks against a request before its body is read; nil for nothing.
    private static func refusal(
        of head: RequestHead, _ bytes: Span<UInt8>, _ peer: IPAddress?, _ rules: GatewayRules, _ memo: inout FieldMemo
    ) -> GatewayAnswer? {
        let finding: FieldMemo.Findings = peer?.isLoopback == true ? .mayComeFromLoopback : .mayComeFromElsewhere
        // A target in absolute form names the server as well.
        let namesServer = bytes[head.target.lowerBound] != UInt8(ascii: "/")
        if namesServer || !memo.findings.contains(finding) {
            if let answer = refusalOfNames(head, bytes, peer, rules) { return answer }
            if !namesServer { memo.findings.insert(finding) }
        }
        return refusalOfCredentials(head, bytes, rules)
    }

    /// What speaks against the server that a request names, and against the page that sends it.
    private static func refusalOfNames(_ head: RequestHead, _ bytes: Span<UInt8>, _ peer: IPAddress?, _ rules: GatewayRules) -> GatewayAnswer? {
        if !rules.hosts.isEmpty {
            if !HostName.isNamed(bytes.extracting(HostName.place(head, in: bytes) ?? 0..<0), among: rules.hosts) { return .misdirected }
        } else if rules.localNames != .unchecked, let host = HostName.place(head, in: bytes), !HostName.isLocal(bytes.extracting(host), allowsOneLabel: !isBrowser(head, bytes)),
            rules.localNames == .checked || peer?.isLoopback == true
        {
            return .misdirected
        }
        return !rules.isWebdis && rules.origins.refuse(head, in: bytes) ? .foreignPage : nil
    }

    private static func refusalOfCredentials(_ head: RequestHead, _ bytes: Span<UInt8>, _ rules: GatewayRules) -> GatewayAnswer? {
        // A browser asks by OPTIONS before it knows of any password; it learns nothing by that.
        guard head.method != .options, rules.credentials != nil || rules.asksForToken else { return nil }
        if !rules.isWebdis, let token = BearerToken.place(head, in: bytes) {
            return BearerToken.rights(token, in: bytes, rules) == .none ? .wrongToken : nil
        }
        guard let credentials = rules.credentials else { return .wrongToken }
        guard let value = head.authorization, let basic = BasicCredentials(authorization: bytes.extracting(value)),
            credentials.verify(user: basic.user.span, password: basic.password.span) || rules.access.names(login: basic.pair.span)
        else { return .unauthorized }
        return nil
    }
}
