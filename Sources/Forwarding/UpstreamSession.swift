import Bytes
import RESP

/// What a link to a Redis server must have settled before the first command goes over it.
public struct UpstreamHandshake: Sendable {
    /// Credentials towards Redis; no AUTH is sent without a password.
    public var user: [UInt8]?
    public var password: [UInt8]?
    /// In whose name the link speaks in the end, where not in the proxy's own.
    public var client: Client?
    /// Whether the client's credentials are shown before anything else, and not behind what the proxy's own user settles:
    /// where the proxy has none, and the server wants some.
    public var clientComesFirst: Bool
    /// Logical database, chosen by SELECT where it is not 0.
    public var database: Int
    /// 2, or 3 to be asked for by HELLO.
    public var protocolVersion: Int
    /// Name that CLIENT LIST shows for the link; none is set when empty.
    public var clientName: [UInt8]
    /// Whether the server is asked for what it says of itself in a HELLO, for ``UpstreamSession/facts``.
    public var asksForFacts: Bool
    /// Whether the server is asked which id it has for the link, where no HELLO tells.
    public var asksForID: Bool
    /// Whether a server will do that tells no role before a client has shown its password.
    public var takesUndisclosedRole = false
    /// Whether the link is of no use where the server wants a password before it serves.
    public var mustBeServed = false
    /// Whether it is of no use where the server serves without a password: it would go on serving on this link when it wants one.
    public var mustBeRefused = false
    /// Who chose the database, where the client's own user may not choose it: shown first, and the client last.
    public var introducer: Client?
    /// Whether the server must say that it is a master. Off for a fixed server, which is taken as it is.
    public var verifiesRole: Bool

    /// A user that a client has shown Redis itself.
    public struct Client: Sendable {
        public var user: [UInt8]?
        public var password: [UInt8]

        public init(user: [UInt8]?, password: [UInt8]) {
            self.user = user
            self.password = password
        }
    }

    public init(
        user: [UInt8]? = nil, password: [UInt8]? = nil, client: Client? = nil, clientComesFirst: Bool = false, database: Int = 0, protocolVersion: Int = 2,
        clientName: [UInt8] = [], asksForFacts: Bool = false, asksForID: Bool = false, verifiesRole: Bool = true
    ) {
        self.asksForFacts = asksForFacts
        self.asksForID = asksForID
        self.client = client
        self.clientComesFirst = clientComesFirst
        self.verifiesRole = verifiesRole
        self.user = user
        self.password = password
        self.database = database
        self.protocolVersion = protocolVersion
        self.clientName = clientName
    }
}

/// Why a link cannot be used.
public enum HandshakeFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// AUTH was refused, or Redis wants one; with Redis's words.
    case authentication(String)
    /// The server is no master (any more); with what it said.
    case notMaster(String)
    /// SELECT or HELLO was refused; with Redis's words, which the client is to see.
    case refused(String)
    /// The server serves who shows no password, and the link was for those whom it does not serve.
    case servedWithoutPassword
    /// The server wants a password before anything else, and the client's stands behind something else.
    case passwordMustComeFirst
    /// The server has as many connections as it may have; with its words.
    case full(String)
    /// The server does not speak as agreed.
    case malformed(String)

    public var description: String {
        switch self {
        case .authentication(let text): "authentication: \(text)"
        case .notMaster(let text): "not a master: \(text)"
        case .refused(let text): "refused: \(text)"
        case .servedWithoutPassword: "the server serves without a password"
        case .passwordMustComeFirst: "the server wants the client's password first"
        case .full(let text): text
        case .malformed(let text): "protocol: \(text)"
        }
    }
}

/// The start of a link to a Redis server: credentials, protocol, database, name, and the proof that it is a master.
///
///     opened ──AUTH HELLO SELECT SETNAME ROLE, in one write──▶ settling ──ROLE says master──▶ ready
///                                                     │ └─ROLE refused──▶ HELLO asked, or INFO ──▶ ready
///                                                     └──refusal──▶ failed
///
/// Source: https://redis.io/docs/latest/develop/reference/sentinel-clients/ (step 3: verify the role).
public struct UpstreamSession: ~Copyable {
    public enum Outcome: Sendable, Equatable {
        case settling
        /// More must be asked: send this.
        case ask([UInt8])
        case ready
        case failed(HandshakeFailure)
    }

    private enum Awaited { case authentication, greeting(isNeeded: Bool), ignored, identity, database, role, greetedRole, information, sign }

    /// What the server said of itself in reply to HELLO; nil where it was not asked, or does not know the command.
    public private(set) var facts: ReplyValue?
    /// Whether the server does not speak with who has shown no password.
    public private(set) var demandsPassword = false
    /// The id that the server has for the link; nil where it does not tell.
    /// Source: https://redis.io/docs/latest/commands/client-id/
    public private(set) var clientID: Int?
    /// The server has proved what it must; something else is still awaited.
    private var hasPassed = false
    private var replies = ReplyStream(bytesMax: 1 << 20)
    private var awaited: [Awaited] = []
    private var protocolVersion = 2
    private var takesUndisclosedRole = false
    private var mustBeServed = false
    private var mustBeRefused = false
    private var showsClientLast = false

    public init() {}

    /// Requests whose replies are awaited and that MONITOR shows, which it does not show of AUTH.
    public var shownCount: Int { awaited.count { if case .authentication = $0 { false } else { true } } }

    /// The bytes that begin a link.
    public mutating func opened(_ handshake: UpstreamHandshake) -> [UInt8] {
        var output: [UInt8] = []
        takesUndisclosedRole = handshake.takesUndisclosedRole
        mustBeServed = handshake.mustBeServed
        mustBeRefused = handshake.mustBeRefused
        let showsClientFirst = handshake.client != nil && handshake.clientComesFirst && handshake.introducer == nil
        showsClientLast = handshake.client != nil && !showsClientFirst
        protocolVersion = handshake.protocolVersion
        if let password = handshake.password { authenticate(handshake.user, password, &output) }
        if let introducer = handshake.introducer { authenticate(introducer.user, introducer.password, &output) }
        if let client = handshake.client, showsClientFirst { authenticate(client.user, client.password, &output) }
        if handshake.protocolVersion == 3 || handshake.asksForFacts {
            CommandWriter.append("HELLO", String(handshake.protocolVersion), to: &output)
            awaited.append(.greeting(isNeeded: handshake.protocolVersion == 3))
        } else if handshake.asksForID {
            CommandWriter.append("CLIENT", "ID", to: &output)
            awaited.append(.identity)
        }
        if handshake.database != 0 {
            CommandWriter.append("SELECT", String(handshake.database), to: &output)
            awaited.append(.database)
        }
        if !handshake.clientName.isEmpty {
            CommandWriter.append([Array("CLIENT".utf8), Array("SETNAME".utf8), handshake.clientName], to: &output)
            awaited.append(.ignored)
        }
        CommandWriter.append(handshake.verifiesRole ? "ROLE" : "PING", to: &output)
        awaited.append(handshake.verifiesRole ? .role : .sign)
        // Behind the rest, which the client's user may not be allowed.
        if let client = handshake.client, showsClientLast { authenticate(client.user, client.password, &output) }
        return output
    }

    private mutating func authenticate(_ user: [UInt8]?, _ password: [UInt8], _ output: inout [UInt8]) {
        let name = Array("AUTH".utf8)
        CommandWriter.append(user.map { [name, $0, password] } ?? [name, password], to: &output)
        awaited.append(.authentication)
    }

    /// Takes in what the server sent before the link was ready.
    public mutating func received(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        replies.append(bytes)
        do {
            while let reply = try replies.next() {
                guard !awaited.isEmpty else { return .failed(.malformed("a reply that nobody asked for")) }
                if case .error(let text) = reply {
                    if text.hasPrefix("NOAUTH") {
                        demandsPassword = true
                        if mustBeServed { return .failed(.authentication(text)) }
                        if showsClientLast { return .failed(.passwordMustComeFirst) }
                    }
                    // Said to who has asked for nothing, and the connection ends.
                    if text.hasPrefix("ERR max number of clients") { return .failed(.full(text)) }
                }
                let outcome = settle(awaited.removeFirst(), reply)
                // It is ready when nothing is awaited any more.
                if outcome == .ready, !awaited.isEmpty { hasPassed = true } else if outcome != .settling { return outcome }
                if hasPassed, awaited.isEmpty { return .ready }
            }
        } catch {
            return .failed(.malformed("\(error.kind)"))
        }
        return .settling
    }

    /// The value behind `id` in a reply to HELLO.
    private static func id(in facts: ReplyValue) -> Int? {
        guard let elements = facts.elements, let place = elements.firstIndex(where: { $0.text == "id" }), place + 1 < elements.count,
            case .integer(let id) = elements[place + 1]
        else { return nil }
        return Int(exactly: id)
    }

    private static func isRefusal(_ reply: ReplyValue) -> Bool { if case .error(let text) = reply { text.hasPrefix("NOAUTH") } else { false } }

    private mutating func settle(_ awaited: Awaited, _ reply: ReplyValue) -> Outcome {
        switch (awaited, reply) {
        case (.authentication, .error(let text)) where NeedlessPassword.isMeant(by: text): break
        case (.authentication, .error(let text)): return .failed(.authentication(ErrorText.withoutArguments(text)))
        case (.database, .error(let text)), (.greeting(isNeeded: true), .error(let text)): return .failed(.refused(text))
        case (.greeting, .map), (.greeting, .array):
            facts = reply
            clientID = Self.id(in: reply)
        case (.identity, .integer(let id)): clientID = Int(exactly: id)
        // Any answer is a sign of life; a server that wants AUTH first may get it from the client itself.
        case (.sign, _) where mustBeRefused && !Self.isRefusal(reply), (.role, _) where mustBeRefused && !Self.isRefusal(reply): return .failed(.servedWithoutPassword)
        case (.sign, _): return .ready
        // The clients' own passwords are awaited; until then the server runs nothing but AUTH.
        case (.role, .error(let text)) where takesUndisclosedRole && text.hasPrefix("NOAUTH"): return .ready
        // HELLO tells the role too, to every user and while a script runs too long.
        case (.role, .error(let text)) where text.hasPrefix("NOPERM") || text.hasPrefix("BUSY") || text.hasPrefix("ERR unknown command"):
            self.awaited.append(.greetedRole)
            return .ask(CommandWriter.encode("HELLO", String(protocolVersion)))
        case (.greetedRole, .error):
            self.awaited.append(.information)
            return .ask(CommandWriter.encode("INFO", "replication"))
        case (.greetedRole, _):
            return reply.fields?["role"] == "master" ? .ready : .failed(.notMaster("HELLO names no master"))
        case (.role, .error(let text)), (.information, .error(let text)):
            return .failed(text.hasPrefix("NOAUTH") ? .authentication(text) : .notMaster(text))
        case (.role, _):
            let kind = reply.elements?.first?.text
            return kind == "master" ? .ready : .failed(.notMaster("ROLE answers \(kind ?? "nothing known")"))
        case (.information, _):
            let isMaster = reply.text?.split(whereSeparator: \.isNewline).contains("role:master") ?? false
            return isMaster ? .ready : .failed(.notMaster("INFO replication names no master"))
        case (.authentication, _), (.greeting, _), (.database, _), (.identity, _), (.ignored, _): break
        }
        return .settling
    }
}
