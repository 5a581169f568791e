import Access
import Bytes
import HTTP1
import RESP

/// Who sends commands: what the rules may ask about a client.
public struct GatewayClient: Sendable {
    /// Nil over a Unix socket, where nobody asks, and where those who forward say that they hide it.
    private(set) var address: IPAddress?
    private let isAddressKnown: Bool
    /// Who it is by the other of two ways to tell, where they differ: it may do no more than either of them may.
    private(set) var otherAddress: IPAddress??
    /// `user:password`, as the client has shown them, or a token of `http.tokens` (``AccessToken``); empty where it has shown none.
    let login: [UInt8]
    /// The name in ``login``, right or wrong; nil where the client has shown none.
    var user: [UInt8]? { AccessToken.isToken(login) ? nil : login.firstIndex(of: UInt8(ascii: ":")).map { Array(login[..<$0]) } }
    /// What is answered to a command that may change something; nil where such commands are run.
    private(set) var writeRefusal: GatewayAnswer?

    /// - Parameters:
    ///   - peer: who has connected; nil over a Unix socket, and where nobody asks.
    ///   - keepsLogin: whether it is kept though no rule asks for it now.
    init(
        _ head: RequestHead, in bytes: Span<UInt8>, peer: IPAddress?, _ rules: GatewayRules, rights: BearerToken.Rights = .all,
        isMethodBound: Bool = true, keepsLogin: Bool = false
    ) {
        (address, otherAddress) = (peer, nil)
        isAddressKnown = rules.asksForPeer
        if !rules.trustedProxies.isEmpty { (address, otherAddress) = ClientAddress.of(head, in: bytes, peer: peer, rules) }
        if keepsLogin || rules.access.asksForLogins, let value = head.authorization, let basic = BasicCredentials(authorization: bytes.extracting(value)) {
            // No user's name begins as the logins of tokens do.
            login = AccessToken.isToken(basic.pair) ? [] : basic.pair
        } else if !rules.tokens.isEmpty, let place = BearerToken.place(head, in: bytes) {
            login = AccessToken.login(of: bytes.extracting(place))
        } else {
            login = []
        }
        if isMethodBound, rules.isReadOnlyGet, head.method == .get || head.method == .head { writeRefusal = .readOnlyMethod }
        if rights == .readOnly { writeRefusal = .readOnlyToken }
    }

    /// The same client; where nobody has asked when it came who has connected, `peer` has.
    public func connected(from peer: IPAddress?) -> GatewayClient {
        guard !isAddressKnown else { return self }
        var client = self
        client.address = peer
        return client
    }
}

/// Who has sent a command whose answer goes on, so that rules which come later hold for it too.
public final class CommandSender: Sendable, Equatable {
    public let client: GatewayClient

    init(_ client: GatewayClient) { self.client = client }

    public static func == (left: CommandSender, right: CommandSender) -> Bool { left === right }
}

/// Commands that a client may run who may only read.
enum ReadingCommand {
    private static let harmless: [StaticString] = ["PING", "ECHO", "TIME", "INFO", "SUBSCRIBE", "PSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE"]

    /// The table has one row for all that these do, and some of it changes something.
    private static let changing: [StaticString] = ["FT.CONFIG", "FT.CURSOR"]

    static func isNamed(_ name: Span<UInt8>, _ second: Span<UInt8>) -> Bool {
        if CommandTable.standard.traits(of: name, second: second).isReadOnly { return !changing.contains { ASCII.equalsIgnoringCase(name, $0) } }
        return harmless.contains { ASCII.equalsIgnoringCase(name, $0) }
    }
}
