import Bytes
import RESP

/// Requests of a client that has a link of its own: all go over it, in the order sent, save for what the proxy answers.
extension ClientSession {
    mutating func nextPinned(_ bytes: Span<UInt8>, from start: Int) -> Step {
        // A scan on a link for itself is answered first.
        guard let box = pinBox, inFlight == 0 else { return .wait }
        if let failure = box.failure { return closeWhenAnswered(failure, box) }
        if box.session.awaitsResetOfMonitor { return .wait }
        var end = start
        let (rules, kinds, limits) = (rules, rules.kinds, rules.limits)
        while partial == nil, box.session.awaited.count < rules.inFlightMax {
            let rest = bytes.extracting(end..<bytes.count)
            guard let frame = RequestScanner.wholeRequest(rest, limits: limits) else { break }
            let kind = kinds.kind(of: rest.extracting(frame.name), second: rest.extracting(frame.second))
            guard kind.translation == nil, !isOurs(kind, box), !box.session.mustWait(kind) else { break }
            let request = rest.extracting(0..<frame.byteCount)
            if kind.isReadWhole {
                guard let whole = ClientRequest(frame, rest, kinds: kinds) else { break }
                note(whole, request, box)
            } else {
                noteSent(kind, argumentCount: frame.argumentCount, blocks: kind.blocks(request), arguments: [], request, box)
            }
            end &+= frame.byteCount
        }
        return end > start ? .forward(end: end) : nextUnusual(bytes, from: start, box)
    }

    private mutating func nextUnusual(_ bytes: Span<UInt8>, from start: Int, _ box: PinnedBox) -> Step {
        let rest = bytes.extracting(start..<bytes.count)
        let outcome = scan(rest)
        if box.session.isStreaming { return streamed(outcome, rest, from: start, box) }
        switch outcome {
        case .incomplete: return beginStreaming(rest, from: start, box)
        case .nothing(let count): return .skip(end: start + count)
        case .malformed(let error):
            partial = nil
            return mayAnswer(box) ? .close(error.reply) : .wait
        case .complete(let frame):
            guard let request = ClientRequest(frame, rest, kinds: rules.kinds) else {
                return mayAnswer(box) ? .close(RequestError(.unbalancedQuotes, at: 0).reply) : .wait
            }
            let end = start + frame.byteCount
            if request.isEmpty { return .skip(end: end) }
            if let translation = request.kind.translation, let step = translate(translation, request, rest.extracting(0..<frame.byteCount), end: end, box) { return step }
            if isOurs(request.kind, box) {
                guard mayAnswer(box) else { return .wait }
                if let step = answer(request, end: end, box) { return step }
            }
            if box.session.mustWait(request.kind) || box.session.awaited.count >= rules.inFlightMax { return .wait }
            note(request, rest.extracting(0..<frame.byteCount), box)
            return request.encoded.map { .forwardRewritten($0, end: end) } ?? .forward(end: end)
        }
    }

    /// Has a request run on a link for itself, where nothing may come between; nil where it is to go over this one.
    private mutating func translate(_ translation: ReplyTranslation, _ request: ClientRequest, _ bytes: Span<UInt8>, end: Int, _ box: PinnedBox) -> Step? {
        if box.session.isEndless || box.session.isSilent || box.session.skipsNextReply { return nil }
        guard mayAnswer(box) else { return .wait }
        guard box.session.isInTransaction || box.session.isSentMessages else { return .translate(translation, request.encoded, end: end) }
        guard translation == .cursor else { return nil }
        let (isMarked, goesOn) =
            if let encoded = request.encoded { (ScanCursor.isMarked(encoded.span), ScanCursor.goesOn(encoded.span)) } else { (ScanCursor.isMarked(bytes), ScanCursor.goesOn(bytes)) }
        if !goesOn { hasLostScans = false }
        return isMarked || (goesOn && hasLostScans) ? refuse(.cursor, isSilent: false, end: end, box) : nil
    }

    /// Whether the proxy deals with the command itself even here.
    private func isOurs(_ kind: CommandKind, _ box: PinnedBox) -> Bool {
        switch kind {
        // Where replies are not counted, only Redis knows the place of its own.
        case .quit: !box.session.isEndless
        case .reset: true
        case .auth, .hello: rules.authentication != nil
        // Each is looked into before it is sent, if it is.
        case .crossProtocol, .sentinelHello, .clientTracking, .scriptDebug, .disguised: true
        default: false
        }
    }

    /// Whether an answer of the proxy's own would stand at its place.
    private func mayAnswer(_ box: PinnedBox) -> Bool {
        box.session.awaited.isEmpty || box.session.isEndless
    }

    /// Nil where the request is to go upstream after all.
    private mutating func answer(_ request: ClientRequest, end: Int, _ box: PinnedBox) -> Step? {
        let isSilent = box.session.isSilent || box.session.skipsNextReply
        if let refusal = RefusedRequest.refusal(request, toldIDs: rules.toldIDs) { return refuse(refusal, isSilent: isSilent, end: end, box) }
        switch request.kind {
        case .quit: return .close(isSilent ? [] : LocalReply.ok)
        case .crossProtocol: return .closeCrossProtocol
        case .clientTracking, .scriptDebug, .disguised: return nil
        case .reset where request.argumentCount > 1: return nil
        case .reset:
            if box.session.skipsNextReply { return .reset([], end: end) }
            if box.session.isMonitoring {
                // The server lists the link as a monitor until it has run it.
                box.session.awaitsResetOfMonitor = true
                return request.encoded.map { .forwardRewritten($0, end: end) } ?? .forward(end: end)
            }
            guard box.session.isUnconfirmed, !box.session.isEndless else { return .reset(LocalReply.reset, end: end) }
            // What went before without a reply must have run before anything goes over another link.
            box.session.sentReset()
            if rules.keepsClients {
                let bytes = request.encoded ?? Array("*1\r\n$5\r\nRESET\r\n".utf8)
                box.sent.append(bytes.span, request.kind, at: box.nowMilliseconds, isRerun: isRerunning)
            }
            return request.encoded.map { .forwardRewritten($0, end: end) } ?? .forward(end: end)
        default: break
        }
        guard let authentication = rules.authentication else { return .wait }
        let verdict =
            request.kind == .auth
            ? authentication.auth(request.arguments) : authentication.hello(request.arguments, isAuthenticated: isAuthenticated)
        switch verdict {
        case .accepted: return .answer(LocalReply.ok, end: end)
        case .refused(let reply): return .answer(reply, end: end)
        case .acceptedHello(let kept):
            var output: [UInt8] = []
            CommandWriter.append(kept, to: &output)
            let awaitedBefore = box.session.awaited.count
            box.session.sent(.hello, argumentCount: kept.count, blocks: false, arguments: kept)
            if rules.keepsClients, box.session.awaited.count > awaitedBefore { box.sent.append(output.span, .hello, at: box.nowMilliseconds, isRerun: isRerunning) }
            return .forwardRewritten(output, end: end)
        }
    }

    /// Tells the client that the request is not sent. Within a transaction Redis must know as well, so that EXEC aborts.
    private func refuse(_ refusal: RefusedRequest, isSilent: Bool, end: Int, _ box: PinnedBox) -> Step {
        guard box.session.isInTransaction, !isSilent, !box.session.isEndless else { return isSilent ? .skip(end: end) : .answer(refusal.reply, end: end) }
        let standIn = refusal.standIn
        box.session.sent(.plain, argumentCount: 2, blocks: false, arguments: [])
        if rules.keepsClients { box.sent.append(standIn.span, .plain, at: box.nowMilliseconds, isRerun: isRerunning) }
        return .forwardRewritten(standIn, end: end)
    }

    /// - Parameter bytes: the request as the client wrote it.
    private mutating func note(_ request: ClientRequest, _ bytes: Span<UInt8>, _ box: PinnedBox) {
        let (kind, count, blocks, arguments) = (request.kind, request.argumentCount, request.blocks, request.arguments)
        if kind == .clientSetInfo, count == 4, !box.session.isInTransaction { _ = setInfo(arguments) }
        if let encoded = request.encoded {
            noteSent(kind, argumentCount: count, blocks: blocks, arguments: arguments, encoded.span, box)
        } else {
            noteSent(kind, argumentCount: count, blocks: blocks, arguments: arguments, bytes, box)
        }
    }

    /// - Parameter bytes: the request as it goes upstream.
    private mutating func noteSent(
        _ kind: CommandKind, argumentCount: Int, blocks: Bool, arguments: [[UInt8]], _ bytes: Span<UInt8>, _ box: PinnedBox
    ) {
        if kind == .clientID { toldLink() }
        if rules.keepsClients, let event = ScriptEvent(kind, bytes) { box.scripts.append(event) }
        let awaitedBefore = box.session.awaited.count
        box.session.sent(kind, argumentCount: argumentCount, blocks: blocks, arguments: arguments)
        guard box.session.awaited.count > awaitedBefore else { return }
        rules.tally.count(kind)
        if rules.keepsClients { box.sent.append(bytes, kind, at: box.nowMilliseconds, isRerun: isRerunning) }
    }

    /// Whether RESET is on its way that ends a MONITOR; to be confirmed by ``forgotAll()`` once its reply has passed.
    public var awaitsResetOfMonitor: Bool { pinBox?.session.awaitsResetOfMonitor ?? false }

    // MARK: Large requests

    private mutating func beginStreaming(_ rest: Span<UInt8>, from start: Int, _ box: PinnedBox) -> Step {
        guard rest.count >= Self.streamedRequestBytes else { return .needInput }
        guard let head = partial?.scanner.incompleteHead, let request = ClientRequest(head, rest, kinds: rules.kinds, isComplete: false)
        else { return rest.count < 2 * Self.streamedRequestBytes ? .needInput : tooLong(box) }
        if !request.mayBeLong { return tooLong(box) }
        if box.session.mustWait(request.kind) || box.session.awaited.count >= rules.inFlightMax { return .wait }
        let awaitedBefore = box.session.awaited.count
        if request.kind == .clientID { toldLink() }
        box.session.sent(request.kind, argumentCount: request.argumentCount, blocks: request.blocks, arguments: request.arguments)
        rules.tally.count(request.kind)
        box.countsPieces = rules.keepsClients && box.session.awaited.count > awaitedBefore
        if box.countsPieces { box.sent.appendBegun(request.kind, at: box.nowMilliseconds) }
        box.session.isStreaming = true
        return passOn(rest, from: start)
    }

    private func tooLong(_ box: PinnedBox) -> Step {
        mayAnswer(box) ? .close(RequestError(.invalidBulkLength, at: 0).reply) : .wait
    }

    private mutating func streamed(_ outcome: RequestScanner.Outcome, _ rest: Span<UInt8>, from start: Int, _ box: PinnedBox) -> Step {
        switch outcome {
        case .incomplete: return passOn(rest, from: start)
        case .complete(let frame):
            box.session.isStreaming = false
            if box.countsPieces { box.sent.pieceSent(frame.byteCount) }
            return .forward(end: start + frame.byteCount)
        case .malformed(let error): return closeWhenAnswered(error, box)
        case .nothing: return closeWhenAnswered(RequestError(.invalidBulkLength, at: 0), box)
        }
    }

    /// What was cut off in the middle is never answered upstream; what went before it is.
    private func closeWhenAnswered(_ error: RequestError, _ box: PinnedBox) -> Step {
        box.failure = error
        return box.session.awaited.count <= 1 || box.session.isEndless ? .close(error.reply) : .wait
    }

    private mutating func passOn(_ rest: Span<UInt8>, from start: Int) -> Step {
        guard let partial else { return .needInput }
        let count = partial.scanner.passableBytes(of: rest.count)
        guard count > 0 else { return .needInput }
        partial.scanner.passed(count)
        if let pinBox, pinBox.countsPieces { pinBox.sent.pieceSent(count) }
        return .forward(end: start + count)
    }

    /// Goes on with the scan of the request that `rest` begins with.
    mutating func scan(_ rest: Span<UInt8>) -> RequestScanner.Outcome {
        if let partial {
            let outcome = partial.scanner.scan(rest, limits: rules.limits, isAuthenticated: isAuthenticated)
            if outcome != .incomplete { self.partial = nil }
            return outcome
        }
        var scanner = RequestScanner()
        let outcome = scanner.scan(rest, limits: rules.limits, isAuthenticated: isAuthenticated)
        if outcome == .incomplete, rest.count > 0 { partial = PartialRequest(scanner) }
        return outcome
    }
}
