import Access
import Bytes
import RESP
import Rendering

/// A command that an HTTP request asks for, and how its reply is to be shown.
public struct GatewayCommand: Equatable {
    /// The command as RESP writes it, ready for the upstream: an array of bulk strings.
    public internal(set) var arguments: [UInt8] = []
    public internal(set) var argumentCount = 0
    /// Where the command's name stands in ``arguments``, as it was typed.
    public internal(set) var name = 0..<0
    /// Where its first argument stands, which may be a subcommand.
    public internal(set) var firstArgument: Range<Int>?
    /// The database to run it in. It may not exist: the upstream's SELECT tells.
    public internal(set) var database = 0
    public internal(set) var presentation = ReplyPresentation()
    /// What becomes of the replies.
    public var kind = Kind.single

    /// Who has sent a command whose answer goes on.
    public internal(set) var sender: CommandSender?

    /// Whether the client takes Server-Sent Events.
    public internal(set) var acceptsEvents = false

    /// What the client has heard last, as it says; nil where it says nothing.
    public internal(set) var lastEventID: [UInt8]?

    /// Whether it has cost a link before, so that it is run alone, and for the last time.
    public private(set) var isRerun = false

    /// What a large command takes; ends with its last copy.
    private var held: HeldCommand?

    public enum Kind: Equatable {
        /// One reply is one answer.
        case single
        /// SUBSCRIBE and PSUBSCRIBE: an answer that goes on for as long as the client listens.
        case subscription(isPattern: Bool)
        /// MONITOR in Upstash's dialect: what the server is asked, as Server-Sent Events.
        case monitoring
        /// XREAD for a client that takes Server-Sent Events: the same for streams.
        indirect case following(StreamFollower)
    }

    public init() {}

    /// Why it is not run for `client`, as `rules` are now; nil if it is.
    public func refusal(of client: GatewayClient, _ rules: GatewayRules) -> GatewayAnswer? {
        CommandGate(client, rules)
            .refusal(arguments.span, name: name, firstArgument: firstArgument, database: database, offersStreams: kind == .monitoring)?
            .naming(client.user)
    }

    /// The answer is to say that it is the connection's last.
    public mutating func endConnection() { presentation.framing.keepAlive = false }

    /// Makes room for the next command, and keeps the memory of this one.
    public mutating func reset() {
        if !arguments.isEmpty { arguments.removeAll(keepingCapacity: true) }
        argumentCount = 0
        name = 0..<0
        firstArgument = nil
        database = 0
        presentation = ReplyPresentation()
        kind = .single
        sender = nil
        acceptsEvents = false
        lastEventID = nil
        held = nil
        isRerun = false
    }

    /// Whether it is too large to be copied in one piece.
    public var isLarge: Bool { arguments.count > LargeRequest.bytesMin }

    /// Has the command count as memory that a client holds, where it is large.
    public mutating func holdIfLarge() { held = isLarge ? HeldCommand(arguments.count) : nil }

    /// Whether a question goes before it.
    public var hasPreface: Bool {
        guard let options = presentation.options else { return false }
        return options.values.preface != nil && !options.values.isPreface
    }

    /// What is asked before it; nil for nothing.
    public var preface: GatewayCommand? {
        guard hasPreface, let preface = presentation.options?.values.preface else { return nil }
        var shown = presentation
        shown.setOption(\.isPreface, true)
        return GatewayCommand(again: preface.request, database: database, shown)
    }

    /// The command runs in the name of `user`.
    public mutating func run(as user: RedisUser?) {
        if let user { presentation.setOption(\.redisUser, user) }
    }

    /// A command that is to be run once more: `arguments`, which this module has written, as `presentation` says.
    public init(again arguments: [UInt8], database: Int, _ presentation: ReplyPresentation, isRerun: Bool = false) {
        self.arguments = arguments
        self.isRerun = isRerun
        self.database = database
        self.presentation = presentation
        var reader = ReplyReader()
        guard case .array(let count)? = reader.next(in: arguments.span) else { return }
        argumentCount = count
        if case .bulkString(let range)? = reader.next(in: arguments.span) { name = range }
        if case .bulkString(let range)? = reader.next(in: arguments.span) { firstArgument = range }
        holdIfLarge()
    }
}

/// The share of a large command in what clients hold.
private final class HeldCommand: Equatable {
    private var held = HeldBytes()

    init(_ bytes: Int) { held.change(to: bytes) }

    static func == (left: HeldCommand, right: HeldCommand) -> Bool { true }
}
