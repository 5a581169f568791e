import Bytes
import HTTP1
import RESP
import Rendering

/// Upstash's REST dialect, beside the other on the same port.
///
/// | request | meaning |
/// |---|---|
/// | `POST /` with a JSON array | one command |
/// | `POST /pipeline` with an array of arrays | commands one after the other, each with its own answer |
/// | `POST /multi-exec` with an array of arrays | the same as one transaction |
/// | `/set/key/value?EX=100` with a Bearer token | one command: path, body, query, in this order |
/// | `ACL RESTTOKEN user password` | the token that stands for the gateway's user and password |
/// | `/subscribe/channel`, `/psubscribe/pattern` with a Bearer token | Server-Sent Events |
/// | `GET /xread/streams/…` with a token, for a client that takes them | Server-Sent Events, as in our own dialect |
///
/// Source: https://upstash.com/docs/redis/features/restapi
struct UpstashDialect {
    private let head: RequestHead
    private let rules: GatewayRules
    private let gate: CommandGate
    private let client: GatewayClient
    private let look: UpstashRules
    private let framing: ResponseFraming
    private let database: Int

    private enum Form { case command, path, pipeline, transaction }

    /// What becomes of a request in this dialect; nil where it is in the other one.
    static func plan(
        _ head: RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, peer: IPAddress?, _ rules: GatewayRules, _ framing: ResponseFraming,
        into command: inout GatewayCommand
    ) -> GatewayPlan? {
        let targetBytes = bytes.extracting(head.target)
        guard head.method != .options, let target = RequestTarget(targetBytes) else { return nil }
        let token = BearerToken.place(head, in: bytes)
        guard let form = form(head, path: targetBytes.extracting(target.path), body: body, bytes, hasToken: token != nil, rules) else { return nil }
        let rights = token.map { BearerToken.rights($0, in: bytes, rules) } ?? .all
        var dialect = UpstashDialect(head, bytes, GatewayClient(head, in: bytes, peer: peer, rules, rights: rights, keepsLogin: true), rules, framing)
        return dialect.plan(form, bytes, targetBytes, target, body, into: &command)
    }

    private static func form(_ head: RequestHead, path: Span<UInt8>, body: Span<UInt8>, _ bytes: Span<UInt8>, hasToken: Bool, _ rules: GatewayRules) -> Form? {
        if head.method == .post {
            // What is wrong there is told in this dialect too.
            if path.spells("/pipeline") { return .pipeline }
            if path.spells("/multi-exec") { return .transaction }
            if BasePath.isRoot(path, rules), firstByte(body) == UInt8(ascii: "["), hasToken || isJSON(head, bytes) { return .command }
        }
        return hasToken ? .path : nil
    }

    /// Whether errors of a request are told in this dialect, as far as its head tells.
    static func isSpoken(_ head: RequestHead, in bytes: Span<UInt8>, _ rules: GatewayRules) -> Bool {
        guard !rules.isWebdis else { return false }
        if BearerToken.place(head, in: bytes) != nil || (rules.asksForToken && rules.credentials == nil) { return true }
        let target = bytes.extracting(head.target)
        guard head.method == .post, let parts = RequestTarget(target) else { return false }
        let path = target.extracting(parts.path)
        return path.spells("/pipeline") || path.spells("/multi-exec") || (BasePath.isRoot(path, rules) && isJSON(head, bytes))
    }

    private static func isJSON(_ head: RequestHead, _ bytes: Span<UInt8>) -> Bool {
        ASCII.beginsIgnoringCase(bytes.extracting(head.field("content-type", in: bytes) ?? 0..<0), with: "application/json")
    }

    private static func firstByte(_ body: Span<UInt8>) -> UInt8? {
        for index in 0..<body.count where body[index] > 0x20 { return body[index] }
        return nil
    }

    private init(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ client: GatewayClient, _ rules: GatewayRules, _ framing: ResponseFraming
    ) {
        self.head = head
        self.rules = rules
        self.client = client
        gate = CommandGate(client, rules)
        database = BearerToken.place(head, in: bytes).flatMap { BearerToken.named(bytes.extracting($0), rules)?.database } ?? rules.database
        look = UpstashRules(
            isBase64: bytes.extracting(head.field("upstash-encoding", in: bytes) ?? 0..<0).spells("base64"),
            isRESP2: bytes.extracting(head.field("upstash-response-format", in: bytes) ?? 0..<0).spells("resp2"))
        var framing = framing
        framing.isUpstash = true
        self.framing = framing
    }

    private func refuse(_ answer: GatewayAnswer) -> GatewayPlan { .respond(answer, framing) }

    private var presentation: ReplyPresentation {
        var shown = ReplyPresentation()
        shown.framing = framing
        shown.setOption(\.upstash, look)
        if let user = gate.redisUser { shown.setOption(\.redisUser, user) }
        return shown
    }

    private mutating func plan(
        _ form: Form, _ bytes: Span<UInt8>, _ target: Span<UInt8>, _ parts: RequestTarget, _ body: Span<UInt8>, into command: inout GatewayCommand
    ) -> GatewayPlan {
        switch form {
        case .command:
            return single(body, into: &command)
        case .path:
            guard head.method == .get || head.method == .post || head.method == .head || head.method == .put else { return refuse(.methodNotAllowed) }
            return path(bytes, target, parts, body, into: &command)
        case .pipeline, .transaction:
            return batch(body, isTransaction: form == .transaction)
        }
    }

    private var commandRules: JSONCommandRules {
        JSONCommandRules(
            argumentCountMax: CommandPath.argumentCountMax, commandCountMax: rules.batchCommandsMax, acceptsNull: true, acceptsNested: true, replacesHalfSurrogates: true)
    }

    // MARK: One command

    private func single(_ body: Span<UInt8>, into command: inout GatewayCommand) -> GatewayPlan {
        do throws(JSONProblem) {
            let read = try JSONReader.appendCommand(body, rules: commandRules, to: &command.arguments)
            command.name = read.name
            command.firstArgument = read.firstArgument
            command.argumentCount = read.argumentCount
            command.database = database
        } catch { return refuse(GatewayAnswer(status: 400, message: error.reason)) }
        return run(&command)
    }

    private func run(_ command: inout GatewayCommand) -> GatewayPlan {
        command.presentation = presentation
        if let answer = refusal(command) { return refuse(answer) }
        if command.kind != .single { command.sender = CommandSender(client) }
        if command.argumentCount == 4, let plan = restToken(command.arguments.span) { return plan }
        if let arguments = UpstashCommand.translated(command.arguments.span, name: command.name) {
            var written: [UInt8] = []
            CommandWriter.append(arguments, to: &written)
            command = GatewayCommand(again: written, database: command.database, command.presentation)
        }
        return .run
    }

    /// What is done about `ACL RESTTOKEN user password`; nil for every other command.
    private func restToken(_ request: Span<UInt8>) -> GatewayPlan? {
        let arguments = RequestArguments.all(of: request)
        guard arguments.count == 4, ASCII.equalsIgnoringCase(arguments[0], "ACL"), ASCII.equalsIgnoringCase(arguments[1], "RESTTOKEN") else { return nil }
        let (user, password) = (arguments[2], arguments[3])
        guard let token = BearerToken.token(user: user.span, password: password.span, rules) else {
            // A wrong password, like any other.
            return refuse(.wrongPassword.naming(user))
        }
        return .reply(Array("$\(token.count)\r\n".utf8) + token + Array("\r\n".utf8))
    }

    private func refusal(_ command: borrowing GatewayCommand) -> GatewayAnswer? {
        let request = command.arguments.span
        return gate.refusal(
            request, name: command.name, firstArgument: command.firstArgument, database: command.database, offersStreams: command.kind == .monitoring)
    }

    // MARK: The command in the path

    private func path(_ bytes: Span<UInt8>, _ target: Span<UInt8>, _ parts: RequestTarget, _ body: Span<UInt8>, into command: inout GatewayCommand) -> GatewayPlan {
        var arguments: [[UInt8]] = []
        let path = target.extracting(parts.path)
        forEachPart(path, from: path.count > 0 && path[0] == UInt8(ascii: "/") ? 1 : 0, UInt8(ascii: "/")) { arguments.append(Self.decoded($0)) }
        guard arguments.first?.isEmpty == false else { return refuse(GatewayAnswer(status: 400, message: "the request names no command")) }
        let name = arguments[0]
        let subscription = SubscriptionCommand(name.span)
        // @upstash/redis sends a body with these that means nothing.
        if head.method == .post || head.method == .put, head.declaresBody, subscription == nil, !ASCII.equalsIgnoringCase(name.span, "MONITOR") {
            var copy: [UInt8] = []
            copy.append(body)
            arguments.append(copy)
        }
        let query = target.extracting(parts.query)
        forEachPart(query, from: 0, UInt8(ascii: "&")) { part in
            guard part.count > 0, !part.begins(with: "_token=") else { return }
            let equals = ByteSearch.firstIndex(of: UInt8(ascii: "="), in: part) ?? part.count
            arguments.append(Self.decoded(part.extracting(0..<equals)))
            if equals < part.count, equals + 1 < part.count { arguments.append(Self.decoded(part.extracting((equals + 1)..<part.count))) }
        }
        guard arguments.count <= CommandPath.argumentCountMax else { return refuse(GatewayAnswer(status: 413, message: "the command has too many arguments")) }
        var written: [UInt8] = []
        CommandWriter.append(arguments, to: &written)
        command = GatewayCommand(again: written, database: database, presentation)
        if let subscription, subscription.isSubscribe, arguments.count > 1 {
            command.kind = .subscription(isPattern: subscription.isPattern)
            command.acceptsEvents = true
            if let value = head.field("last-event-id", in: bytes) { command.lastEventID = Self.copied(bytes.extracting(value)) }
        }
        if arguments.count == 1, ASCII.equalsIgnoringCase(name.span, "MONITOR") {
            command.kind = .monitoring
            command.acceptsEvents = true
        }
        if let follower = StreamFollower.of(command, head, in: bytes) {
            command.kind = .following(follower)
            command.acceptsEvents = true
        }
        return run(&command)
    }

    private static func copied(_ text: Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.append(text)
        return copy
    }

    private static func decoded(_ text: Span<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        PercentDecoding.append(text, plusIsSpace: false, to: &result)
        return result
    }

    private func forEachPart(_ text: Span<UInt8>, from start: Int, _ separator: UInt8, _ body: (Span<UInt8>) -> Void) {
        var start = start
        guard start < text.count else { return }
        while start <= text.count {
            let end = ByteSearch.firstIndex(of: separator, in: text, from: start) ?? text.count
            body(text.extracting(start..<end))
            start = end + 1
        }
    }

    // MARK: Several commands

    private func batch(_ body: Span<UInt8>, isTransaction: Bool) -> GatewayPlan {
        var written = isTransaction ? CommandWriter.encode("MULTI") : []
        let first = written.count
        let read: [JSONCommand]
        do throws(JSONProblem) { read = try JSONReader.appendCommands(body, rules: commandRules, to: &written) } catch {
            return refuse(GatewayAnswer(status: 400, message: error.reason))
        }
        guard !read.isEmpty else { return refuse(GatewayAnswer(status: 400, message: "there are no commands")) }
        let answer = BatchAnswer(count: read.count, presentation, look, isTransaction: isTransaction, bytesMax: rules.replyBytesMax)
        var refusals: [Int: GatewayAnswer] = [:]
        var translations: [Int: [[UInt8]]] = [:]
        // All commands share what is kept of it.
        var shown = presentation
        shown.belong(to: answer)
        for (index, one) in read.enumerated() {
            if isTransaction, WithheldCommand.leavesTransaction(written.span.extracting(one.name)) { return refuse(WithheldCommand.notInTransaction) }
            let command = GatewayCommand(again: Array(written[one.bytes]), database: database, shown)
            guard let refusal = refusal(command) else {
                if let arguments = UpstashCommand.translated(command.arguments.span, name: command.name) { translations[index] = arguments }
                continue
            }
            // A transaction runs whole or not at all.
            if isTransaction { return refuse(refusal) }
            refusals[index] = refusal.naming(client.user)
        }
        var ends = read.map(\.bytes.upperBound)
        if !translations.isEmpty { (written, ends) = Self.translate(written, first: first, ends, translations) }
        if isTransaction { CommandWriter.append("EXEC", to: &written) }
        return .batch(GatewayBatch(written, first: first, ends: ends, refusals: refusals, database: database, shown, answer))
    }

    /// The commands with some of them written anew, and where each ends.
    private static func translate(_ written: [UInt8], first: Int, _ ends: [Int], _ translations: [Int: [[UInt8]]]) -> (written: [UInt8], ends: [Int]) {
        var output = Array(written[..<first])
        var newEnds: [Int] = []
        var start = first
        for (index, end) in ends.enumerated() {
            if let arguments = translations[index] { CommandWriter.append(arguments, to: &output) } else { output += written[start..<end] }
            newEnds.append(output.count)
            start = end
        }
        return (output, newEnds)
    }
}
