import Bytes

/// What a request on a client's own link will be answered with, and what its success changes. Plain values only, since one is
/// looked at several times for each request; what words it needs stand beside it, as a ``Settlement``.
enum ReplyExpectation: Equatable {
    /// One reply that changes nothing.
    case plain
    /// The same, after a while perhaps.
    case blocking
    /// Success leaves something behind that cannot be followed to its end.
    case stays
    /// Nobody knows what success leaves behind.
    case unknown
    /// Success makes the link one whose bytes just pass.
    case monitor
    /// RESET where only its reply tells that what went before has run.
    case reset
    case multi, exec, discard, watch, unwatch
    /// As many confirmations as channels are named.
    case subscribe(SubscriptionKind, count: Int)
    /// As many confirmations as channels are named; one for each that stands where none is named, but at least one.
    case unsubscribe(SubscriptionKind, count: Int)
    /// nil where the number could not be read.
    case select(Int?)
    /// Success settles what the ``Settlement`` says that was given with it: of HELLO, and of AUTH and CLIENT SETNAME.
    case hello, settles
    case tracking(isOn: Bool), noEvict(isOn: Bool), noTouch(isOn: Bool)
    /// CLIENT PAUSE for so many milliseconds, none for CLIENT UNPAUSE.
    case pause(milliseconds: Int)
    /// Success may change what the server does for others.
    case reconfiguration
    /// The link's own id.
    case id
    /// CLIENT REPLY ON: the first reply after a silence.
    case replyOn
}

/// How much of a reply must be seen, beside its first byte.
public enum ReplyReading: Equatable, Sendable {
    case nothing
    /// The text of an error.
    case errors
    /// Its beginning and its end (``ReplyEdges``).
    case all
}

extension ReplyExpectation {
    /// How much of the reply must be seen. `+QUEUED` is not the success of anything, and only a few commands leave a doubt
    /// whether it could be their answer.
    var reading: ReplyReading {
        switch self {
        case .plain, .blocking, .stays, .unknown, .reset, .multi, .discard, .watch, .replyOn, .reconfiguration: .nothing
        case .exec: .errors
        case .monitor, .unwatch, .subscribe, .unsubscribe, .select, .hello, .settles, .tracking, .noEvict, .noTouch, .pause, .id: .all
        }
    }

    /// Whether a reply that is no error, and not `+QUEUED`, is the one that Redis gives when it has done what was asked.
    func isSuccess(_ marker: UInt8, _ edges: ReplyEdges) -> Bool {
        switch self {
        case .plain, .blocking, .stays, .unknown, .subscribe, .unsubscribe, .reconfiguration: true
        case .exec: marker == UInt8(ascii: "*") || marker == UInt8(ascii: "_")
        case .multi, .discard, .watch, .replyOn, .reset: marker == UInt8(ascii: "+")
        case .id: marker == UInt8(ascii: ":")
        case .hello: marker == UInt8(ascii: "%") || marker == UInt8(ascii: "*")
        case .monitor, .unwatch, .select, .settles, .tracking, .noEvict, .noTouch, .pause: edges.isOK
        }
    }
}

/// What the client has asked Redis to settle on its link.
enum Settlement: Equatable {
    case hello(HelloRequest)
    case name([UInt8])
    case credentials(user: [UInt8]?, password: [UInt8])
}

/// What a HELLO asks for. Source: https://redis.io/docs/latest/commands/hello/
struct HelloRequest: Equatable {
    var version: Int?
    var user: [UInt8]?
    var password: [UInt8]?
    var name: [UInt8]?

    /// The version, and what stands where options may stand.
    private(set) var options: [[UInt8]] = []

    /// Reads as far as it is in order; one that is not, Redis refuses.
    init(_ arguments: [[UInt8]]) {
        guard arguments.count > 1 else { return }
        version = Decimal.parseIndex(arguments[1])
        options.append(arguments[1])
        var index = 2
        while index < arguments.count {
            let option = arguments[index]
            options.append(option)
            if ASCII.equalsIgnoringCase(option, "AUTH"), index + 2 < arguments.count {
                user = arguments[index + 1]
                password = arguments[index + 2]
                index += 3
            } else {
                if ASCII.equalsIgnoringCase(option, "SETNAME"), index + 1 < arguments.count { name = arguments[index + 1] }
                index += 2
            }
        }
    }

    /// The words of a HELLO that are neither credentials nor a name.
    static func options(_ arguments: [[UInt8]]) -> [[UInt8]] { HelloRequest(arguments).options }
}

/// The three kinds of subscription, each counted by the server for itself.
enum SubscriptionKind: Int, Equatable {
    case channel, pattern, shard
}

/// The replies that are awaited on one link, first in, first out; equal ones in a row share an entry.
struct ExpectationQueue {
    private var entries = AwaitedQueue<(expectation: ReplyExpectation, count: Int)>()
    /// One for each ``ReplyExpectation/settles`` and ``ReplyExpectation/hello``, in their order.
    private var settlements: [Settlement] = []
    /// Requests whose reply is not in.
    private(set) var count = 0
    /// Those among them that may block.
    private(set) var blockingCount = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ settlement: Settlement) {
        settlements.append(settlement)
        if case .hello = settlement { append(ReplyExpectation.hello) } else { append(.settles) }
    }

    /// Notes a request that may touch the state of its connection.
    mutating func append(_ kind: CommandKind, _ argumentCount: Int, _ arguments: [[UInt8]]) {
        let second = arguments.count > 1 ? arguments[1] : []
        let third = arguments.count > 2 ? arguments[2] : []
        let isOn = ASCII.equalsIgnoringCase(third, "ON")
        switch kind {
        case .monitor: append(.monitor)
        case .subscribe: append(.subscribe(.channel, count: argumentCount - 1))
        case .psubscribe: append(.subscribe(.pattern, count: argumentCount - 1))
        case .ssubscribe: append(.subscribe(.shard, count: argumentCount - 1))
        case .unsubscribe: append(.unsubscribe(.channel, count: argumentCount - 1))
        case .punsubscribe: append(.unsubscribe(.pattern, count: argumentCount - 1))
        case .sunsubscribe: append(.unsubscribe(.shard, count: argumentCount - 1))
        case .hello: append(.hello(HelloRequest(arguments)))
        case .auth where arguments.count == 2: append(.credentials(user: nil, password: second))
        case .auth where arguments.count == 3: append(.credentials(user: second, password: third))
        case .auth: append(.plain)
        case .clientID: append(.id)
        case .clientSetName: append(.name(third))
        case .select: append(.select(Decimal.parseIndex(second)))
        case .clientTracking: append(.tracking(isOn: isOn))
        case .clientNoEvict: append(.noEvict(isOn: isOn))
        case .clientNoTouch: append(.noTouch(isOn: isOn))
        case .clientPause: append(.pause(milliseconds: Decimal.parseIndex(third) ?? 0))
        case .clientUnpause: append(.pause(milliseconds: 0))
        case .reconfigures: append(.reconfiguration)
        case .unknown: append(.unknown)
        default: append(.stays)
        }
    }

    mutating func append(_ expectation: ReplyExpectation) {
        count += 1
        if expectation == .blocking { blockingCount += 1 }
        if let last = entries.last, last.expectation == expectation {
            entries.last = (expectation, last.count + 1)
        } else {
            entries.append((expectation, 1))
        }
    }

    /// The expectation whose reply comes next; nil when none is awaited.
    var first: ReplyExpectation? { entries.first?.expectation }
    /// The expectation whose reply comes last.
    var last: ReplyExpectation? { entries.last?.expectation }

    /// Whether a password is among what has been shown and is not answered.
    var asksForLogin: Bool {
        settlements.contains {
            switch $0 {
            case .credentials: true
            case .hello(let hello): hello.password != nil
            case .name: false
            }
        }
    }

    func contains(_ expectation: ReplyExpectation) -> Bool { entries.all.contains { $0.expectation == expectation } }

    /// Puts another expectation in the place of the first.
    mutating func replaceFirst(_ expectation: ReplyExpectation) {
        guard let first = entries.first else { return }
        if first.count > 1 {
            entries.first = (first.expectation, first.count - 1)
            entries.putFirst((expectation, 1))
        } else {
            entries.first = (expectation, 1)
        }
    }

    /// Takes out the first where its reply changes nothing, whatever it says.
    mutating func removeFirstIfPlain() -> Bool {
        guard let first, first == .plain || first == .blocking else { return false }
        removeFirst()
        return true
    }

    /// Takes out the first; hands back what goes with a ``ReplyExpectation/settles``.
    @discardableResult
    mutating func removeFirst() -> Settlement? {
        guard let first = entries.first else { return nil }
        count -= 1
        if first.expectation == .blocking { blockingCount -= 1 }
        if first.count > 1 { entries.first = (first.expectation, first.count - 1) } else { entries.removeFirst() }
        return (first.expectation == .settles || first.expectation == .hello) && !settlements.isEmpty ? settlements.removeFirst() : nil
    }

    /// Forgets all of them, and keeps what memory a usual client needs.
    mutating func removeAll() {
        entries.removeAll()
        if !settlements.isEmpty { settlements = [] }
        (count, blockingCount) = (0, 0)
    }
}
