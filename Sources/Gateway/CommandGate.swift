import Access
import Bytes
import HTTP1
import RESP

/// Who sends commands, and what the rules let it run.
public struct CommandGate: Sendable {
    private let access: CommandAccess
    private let address: IPAddress?
    /// `user:password`, as the client has shown them; empty where it has shown none, or nobody asks.
    private let login: [UInt8]

    /// The gate for the sender of a request.
    ///
    /// - Parameter peer: who has connected; nil over a Unix socket.
    public init(_ head: RequestHead, in bytes: Span<UInt8>, peer: IPAddress?, _ rules: GatewayRules) {
        access = rules.access
        guard !access.isOpen else {
            (address, login) = (nil, [])
            return
        }
        address = rules.trustedProxies.isEmpty ? peer : ClientAddress.of(head, in: bytes, peer: peer, trusted: rules.trustedProxies)
        if access.asksForLogins, let value = head.authorization, let basic = BasicCredentials(authorization: bytes.extracting(value)) {
            login = basic.pair
        } else {
            login = []
        }
    }

    /// Why the command at these places of `request`, a whole array of bulk strings, is not run in `database`; nil if it is.
    ///
    /// - Parameter offersStreams: whether commands with no end of replies are offered.
    public func refusal(
        _ request: Span<UInt8>, name: Range<Int>, firstArgument: Range<Int>?, database: Int, offersStreams: Bool = false
    ) -> GatewayAnswer? {
        let second = request.extracting(firstArgument ?? 0..<0)
        if !offersStreams, let answer = WithheldCommand.answer(request.extracting(name), firstArgument: second) { return answer }
        guard !access.isOpen else { return nil }
        let isAllowed = access.allows(request.extracting(name), second, to: address, login: login.span)
            && (!access.hasRestrictions || isWithin(access.restriction(of: address, login: login.span), request, database))
        if isAllowed { return nil }
        // Who is known already is told no; who is not may say who it is.
        return access.asksForLogins && !access.knows(address, login: login.span) ? .unauthorized : .forbidden
    }

    private func isWithin(_ restriction: AccessRestriction, _ request: Span<UInt8>, _ database: Int) -> Bool {
        guard restriction.allows(database: database) else { return false }
        guard restriction.keyPatterns != nil else { return true }
        // Where nobody can tell which keys a command names, it might name any.
        guard let keys = CommandKeys.all(of: request) else { return false }
        for key in keys where !restriction.allows(key: request.extracting(key)) { return false }
        return true
    }
}
