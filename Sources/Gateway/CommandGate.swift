import Access
import Bytes
import HTTP1
import RESP

/// What the rules let a client run.
public struct CommandGate {
    private let rules: GatewayRules
    private let client: GatewayClient

    /// The gate of `client`, as the rules are now.
    public init(_ client: GatewayClient, _ rules: GatewayRules) {
        self.client = client
        self.rules = rules
    }

    /// Why the command at these places of `request`, a whole array of bulk strings, is not run in `database`; nil if it is.
    ///
    /// - Parameter offersStreams: whether commands with no end of replies are offered.
    public func refusal(
        _ request: Span<UInt8>, name: Range<Int>, firstArgument: Range<Int>?, database: Int, offersStreams: Bool = false
    ) -> GatewayAnswer? {
        if let answer = Self.refusalOfAnybody(request, name: name, firstArgument: firstArgument, rules, offersStreams: offersStreams) { return answer }
        // Of a token that is taken back nothing goes on.
        if AccessToken.isToken(client.login), BearerToken.rights(of: client.login.span.extracting(droppingFirst: 1), rules) == .none { return .wrongToken }
        let (word, second) = (request.extracting(name), request.extracting(firstArgument ?? 0..<0))
        if let answer = client.writeRefusal, !ReadingCommand.isNamed(word, second) { return answer }
        guard !rules.access.isOpen else { return nil }
        if let answer = refusal(of: client.address, request, name, second, database) { return answer }
        guard case .some(let other) = client.otherAddress else { return nil }
        if rules.access.redisUser(of: client.address, login: client.login.span) != rules.access.redisUser(of: other, login: client.login.span) { return .forbidden }
        return refusal(of: other, request, name, second, database)
    }

    /// What no client may run, whoever it is.
    static func refusalOfAnybody(
        _ request: Span<UInt8>, name: Range<Int>, firstArgument: Range<Int>?, _ rules: GatewayRules, offersStreams: Bool = false
    ) -> GatewayAnswer? {
        guard CommandWords.areReadable(request, name: name, firstArgument: firstArgument, rules) else { return .unreadableWord }
        let (word, second) = (request.extracting(name), request.extracting(firstArgument ?? 0..<0))
        if !offersStreams, let answer = WithheldCommand.answer(word, firstArgument: second) { return answer }
        // Webdis passes them on.
        if !rules.isWebdis, WithheldCommand.isLogin(word, request) { return WithheldCommand.needsConnection }
        return HelloChannel.isPublishedTo(by: word, second) ? .helloChannel : nil
    }

    /// The user of Redis in whose name the client's commands run; nil for the proxy's own.
    public var redisUser: RedisUser? {
        rules.access.mapsUsers ? rules.access.redisUser(of: client.address, login: client.login.span) : nil
    }

    private func refusal(
        of address: IPAddress?, _ request: Span<UInt8>, _ name: Range<Int>, _ second: Span<UInt8>, _ database: Int
    ) -> GatewayAnswer? {
        let word = request.extracting(name)
        let access = rules.access
        let login = client.login.span
        guard access.allows(word, second, to: address, login: login), !isScriptBeyondRules(word, address) else {
            // Who is known already is told no; who is not may say who it is.
            return access.asksForLogins && !access.knows(address, login: login) ? .unauthorized : .forbidden
        }
        guard access.hasRestrictions else { return nil }
        let restriction = access.restriction(of: address, login: login)
        if restriction.isNone || ConfinedCommand.isWithin(restriction, request, name: name, database: database) { return nil }
        return access.asksForLogins && !access.knows(address, login: login) ? .unauthorized : .forbidden
    }

    /// Whether the command runs a script that might run what the client may not. Where a Redis user's own rights hold within the
    /// script, a rule may allow it by its name; in Webdis's dialect, whose rules are about names alone, anywhere.
    private func isScriptBeyondRules(_ word: Span<UInt8>, _ address: IPAddress?) -> Bool {
        guard ScriptCommand.isNamed(word) else { return false }
        let access = rules.access
        let login = client.login.span
        guard ScriptCommand.couldRun(access.denials(of: address, login: login)) else { return false }
        guard access.allowsByName(word, to: address, login: login) else { return true }
        return !rules.isWebdis && access.redisUser(of: address, login: login) == nil
    }
}
