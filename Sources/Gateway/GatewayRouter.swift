import Access
import Bytes
import HTTP1
import RESP
import Rendering

/// What is to be done about a request.
///
/// What is rare stands behind a pointer, so that the usual plan is handed on in a word.
public enum GatewayPlan {
    /// Answer at once; Redis has no part in it.
    indirect case respond(GatewayAnswer, ResponseFraming)
    /// Run the command that was read, and show its reply with ``GatewayResponse``.
    case run
    /// Show this reply to the command that was read, as if Redis had sent it.
    case reply([UInt8])
    /// Run several commands, and make one answer of their replies.
    indirect case batch(GatewayBatch)
    /// Go over to a WebSocket.
    indirect case upgrade(WebSocketStart)
    /// Say whether there is a master, or only that somebody is here.
    indirect case health(asksForMaster: Bool, ResponseFraming)
}

/// Turns HTTP requests into commands, in Webdis's grammar.
///
/// | method | command |
/// |---|---|
/// | GET, HEAD | the path: `/SET/key/value`, `/7/GET/key.txt` |
/// | PUT | the path, and the body as one more argument |
/// | POST to `/` | the body, written like a path |
/// | POST | the path, and the body as one more argument if there is one; in Webdis's dialect the body, and the path is not looked at |
/// | OPTIONS | none |
public struct GatewayRouter {
    private let rules: GatewayRules
    /// Who sends the request; nil over a Unix socket.
    private let peer: IPAddress?

    public init(_ rules: GatewayRules, peer: IPAddress?) {
        self.rules = rules
        self.peer = peer
    }

    /// The plan for the request with this head, whose bytes are `bytes`, and this body, which must be whole. A command is
    /// read into `command`.
    public func plan(_ head: RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, into command: inout GatewayCommand) -> GatewayPlan {
        let plan = decide(head, in: bytes, body: body, into: &command)
        guard case .respond(let answer, let framing) = plan else { return plan }
        return .respond(answer.naming(head, in: bytes), framing)
    }

    private func decide(_ head: RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, into command: inout GatewayCommand) -> GatewayPlan {
        let framing = ResponseFraming(head, in: bytes, rules)
        command.reset()
        command.presentation.framing = framing
        command.database = rules.database
        if rules.hasWebSockets, let plan = WebSocketStart.plan(head, in: bytes, peer: peer, rules) { return plan }
        if !rules.isWebdis, head.method == .post || head.authorization != nil || rules.asksForToken {
            if let plan = UpstashDialect.plan(head, in: bytes, body: body, peer: peer, rules, framing, into: &command) { return plan }
        }
        if let answer = read(head, in: bytes, body: body, into: &command) {
            return .respond(answer, answer.endsConnection(rules) ? framing.closing : framing)
        }
        if rules.compressionBytesMin > 0, let value = head.acceptEncoding, AcceptedCodings.takeGzip(bytes.extracting(value)) {
            command.presentation.framing.takesGzip = true
        }
        return .run
    }

    private func read(
        _ head: RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, into command: inout GatewayCommand
    ) -> GatewayAnswer? {
        switch head.method {
        case .get, .post, .put: break
        // Webdis knows no HEAD.
        case .head: if rules.isWebdis { return .methodNotAllowed }
        case .options: return .options
        case .delete: return .methodNotAllowed
        case .patch: return rules.isWebdis ? .unknownMethod : .methodNotAllowed
        case .other: return Self.isKnown(bytes.extracting(head.methodName)) ? .methodNotAllowed : .unknownMethod
        }
        let targetBytes = bytes.extracting(head.target)
        guard let target = RequestTarget(targetBytes) else {
            return GatewayAnswer(status: 400, message: "the request target is neither a path nor a URL of this server")
        }
        let path = targetBytes.extracting(target.path)
        if rules.isWebdis, head.method == .get, path.spells("/crossdomain.xml") { return .crossDomainPolicy }
        if !rules.isWebdis, head.method == .get || head.method == .head, BrowserFile.isNamed(path) { return .noFile }
        if !rules.defaultRoot.isEmpty, head.method != .post, BasePath.isRoot(path, rules) {
            let root = rules.defaultRoot
            if let answer = readPath(root.span, head, in: bytes, body: body, into: &command) { return answer }
        } else if let answer = readPath(path, head, in: bytes, body: body, into: &command) {
            return answer
        }
        if !target.query.isEmpty, let answer = show(QueryParameters(target.query, in: targetBytes), in: targetBytes, into: &command) { return answer }
        if !rules.isWebdis, head.range != nil || rules.hasCacheTTL {
            PrefacedCommand.prepare(&command, head, in: bytes, rules) { mayRun($0, head, in: bytes) }
        }
        return nil
    }

    private func readPath(
        _ path: Span<UInt8>, _ head: RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, into command: inout GatewayCommand
    ) -> GatewayAnswer? {
        let answer =
            switch head.method {
            // In the body, too, a question mark ends the path, but what follows says nothing.
            case .post where rules.isWebdis || path.count < 2:
                CommandPath.read(
                    body.extracting(first: ByteSearch.firstIndex(of: UInt8(ascii: "?"), in: body) ?? body.count),
                    body: nil, plusIsSpace: rules.isWebdis, into: &command)
            case .post: CommandPath.read(path, body: body.count > 0 && !Self.isSubscription(path) ? body : nil, into: &command)
            // Without a declared body there is nothing to store; a declared empty one is the empty string.
            case .put: CommandPath.read(path, body: head.declaresBody ? body : nil, plusIsSpace: rules.isWebdis, into: &command)
            default: CommandPath.read(path, body: nil, plusIsSpace: rules.isWebdis, into: &command)
            }
        if let answer { return answer }
        if let answer = refusal(of: &command, head, in: bytes) { return answer }
        if command.argumentCount > 1, let subscription = SubscriptionCommand(command.arguments.span.extracting(command.name)), subscription.isSubscribe {
            guard head.method != .head else { return .methodNotAllowed }
            command.kind = .subscription(isPattern: subscription.isPattern)
            command.sender = CommandSender(GatewayClient(head, in: bytes, peer: peer, rules, keepsLogin: true))
            if !rules.isWebdis { command.acceptsEvents = StreamFollower.takesEvents(head, in: bytes) }
            if command.acceptsEvents, let value = head.field("last-event-id", in: bytes) { command.lastEventID = Self.copy(value, of: bytes) }
        }
        if command.name.count == 5, !rules.isWebdis, let follower = StreamFollower.of(command, head, in: bytes) {
            command.kind = .following(follower)
            command.sender = CommandSender(GatewayClient(head, in: bytes, peer: peer, rules, keepsLogin: true))
            command.acceptsEvents = true
        }
        if let value = head.ifNoneMatch { command.presentation.setOption(\.ifNoneMatch, Self.copy(value, of: bytes)) }
        return nil
    }

    /// Whether a path names SUBSCRIBE or PSUBSCRIBE: some clients send a body with it that means nothing.
    private static func isSubscription(_ path: Span<UInt8>) -> Bool {
        ASCII.beginsIgnoringCase(path, with: "/subscribe/") || ASCII.beginsIgnoringCase(path, with: "/psubscribe/")
    }

    /// Why the command is not run for this client; nil if it is, and then it says in whose name.
    private func refusal(of command: inout GatewayCommand, _ head: RequestHead, in bytes: Span<UInt8>) -> GatewayAnswer? {
        guard !rules.isOpen else {
            return CommandGate.refusalOfAnybody(command.arguments.span, name: command.name, firstArgument: command.firstArgument, rules)
        }
        let gate = CommandGate(GatewayClient(head, in: bytes, peer: peer, rules), rules)
        let answer = gate.refusal(command.arguments.span, name: command.name, firstArgument: command.firstArgument, database: command.database)
        if let answer { return answer }
        if let user = gate.redisUser { command.presentation.setOption(\.redisUser, user) }
        return nil
    }

    /// Whether the client may run a command that is to be run for another one of its own.
    private func mayRun(_ command: GatewayCommand, _ head: RequestHead, in bytes: Span<UInt8>) -> Bool {
        var command = command
        return refusal(of: &command, head, in: bytes) == nil
    }

    private func show(_ parameters: QueryParameters, in target: Span<UInt8>, into command: inout GatewayCommand) -> GatewayAnswer? {
        if let type = parameters.type {
            command.presentation.format = .plainText
            command.presentation.setOption(\.contentType, rules.isWebdis ? Self.copy(type, of: target) : QueryText.mediaType(target.extracting(type)))
        }
        if let separator = parameters.separator { command.presentation.setOption(\.separator, text(separator, of: target)) }
        if let filename = parameters.filename { command.presentation.setOption(\.filename, text(filename, of: target)) }
        if parameters.isBase64, !rules.isWebdis { command.presentation.setOption(\.isBase64, true) }
        if let callback = parameters.callback, command.presentation.format.renderer == .json {
            // A page that is handed plain JSON in place of its function's call would fail without a word why.
            guard rules.allowsJSONP else { return GatewayAnswer(status: 400, message: "JSONP is off here; see http.jsonp") }
            let callback = text(callback, of: target)
            guard CallbackName.isValid(callback.span, allowsEscapes: rules.isWebdis) else {
                return GatewayAnswer(status: 400, message: "the JSONP callback is not a JavaScript name")
            }
            command.presentation.setOption(\.callback, callback)
        }
        return nil
    }

    /// The value of a parameter: Webdis takes it as it stands.
    private func text(_ range: Range<Int>, of target: Span<UInt8>) -> [UInt8] {
        rules.isWebdis ? Self.copy(range, of: target) : QueryText.decoded(target.extracting(range))
    }

    private static func copy(_ range: Range<Int>, of bytes: Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.append(bytes, in: range)
        return copy
    }

    /// Methods that are registered or that Webdis knows; the rest is 501 (RFC 9110, section 15.6.2).
    private static func isKnown(_ method: Span<UInt8>) -> Bool {
        switch method.count {
        case 4: method.spells("COPY") || method.spells("LOCK") || method.spells("MOVE")
        case 5: method.spells("TRACE") || method.spells("MKCOL") || method.spells("MERGE")
        case 6: method.spells("UNLOCK") || method.spells("REPORT") || method.spells("NOTIFY")
        case 7: method.spells("CONNECT")
        case 8: method.spells("PROPFIND") || method.spells("CHECKOUT") || method.spells("M-SEARCH")
        case 9: method.spells("PROPPATCH") || method.spells("SUBSCRIBE")
        case 10: method.spells("MKACTIVITY")
        case 11: method.spells("UNSUBSCRIBE")
        default: false
        }
    }
}
