import Bytes

/// What a request on a client's own link will be answered with, and what its success changes.
enum ReplyExpectation: Equatable {
    /// One reply that changes nothing.
    case plain
    /// The same, after a while perhaps.
    case blocking
    /// Success leaves something behind that cannot be followed to its end.
    case stays
    /// Nobody knows what success leaves behind.
    case unknown
    /// Success leaves something behind that must not meet the next client.
    case spends
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
    case hello(HelloRequest)
    case setName([UInt8])
    case auth(user: [UInt8]?, password: [UInt8])
    case tracking(isOn: Bool), noEvict(isOn: Bool), noTouch(isOn: Bool)
    /// CLIENT PAUSE for so many milliseconds, none for CLIENT UNPAUSE.
    case pause(milliseconds: Int)
    /// CLIENT REPLY ON: the first reply after a silence.
    case replyOn
}

/// What a HELLO asks for. Source: https://redis.io/docs/latest/commands/hello/
struct HelloRequest: Equatable {
    var version: Int?
    var user: [UInt8]?
    var password: [UInt8]?
    var name: [UInt8]?

    /// Reads as far as it is in order; one that is not, Redis refuses.
    init(_ arguments: [[UInt8]]) {
        guard arguments.count > 1 else { return }
        version = Decimal.parseIndex(arguments[1])
        var index = 2
        while index + 1 < arguments.count {
            if ASCII.equalsIgnoringCase(arguments[index], "AUTH"), index + 2 < arguments.count {
                user = arguments[index + 1]
                password = arguments[index + 2]
                index += 3
            } else {
                if ASCII.equalsIgnoringCase(arguments[index], "SETNAME") { name = arguments[index + 1] }
                index += 2
            }
        }
    }
}

/// The three kinds of subscription, each counted by the server for itself.
enum SubscriptionKind: Int, Equatable {
    case channel, pattern, shard
}

/// The replies that are awaited on one link, first in, first out; equal ones in a row share an entry.
struct ExpectationQueue {
    private var entries: [(expectation: ReplyExpectation, count: Int)] = []
    private var head = 0
    /// Requests whose reply is not in.
    private(set) var count = 0
    /// Those among them that may block.
    private(set) var blockingCount = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ expectation: ReplyExpectation) {
        count += 1
        if expectation == .blocking { blockingCount += 1 }
        if entries.count > head, entries[entries.count - 1].expectation == expectation {
            entries[entries.count - 1].count += 1
        } else {
            entries.append((expectation, 1))
        }
    }

    /// The expectation whose reply comes next; nil when none is awaited.
    var first: ReplyExpectation? { head < entries.count ? entries[head].expectation : nil }
    /// The expectation whose reply comes last.
    var last: ReplyExpectation? { head < entries.count ? entries[entries.count - 1].expectation : nil }

    func contains(_ expectation: ReplyExpectation) -> Bool { entries[head...].contains { $0.expectation == expectation } }

    /// Puts another expectation in the place of the first.
    mutating func replaceFirst(_ expectation: ReplyExpectation) {
        guard head < entries.count else { return }
        if entries[head].count > 1 {
            entries[head].count -= 1
            entries.insert((expectation, 1), at: head)
        } else {
            entries[head].expectation = expectation
        }
    }

    mutating func removeFirst() {
        guard head < entries.count else { return }
        count -= 1
        if entries[head].expectation == .blocking { blockingCount -= 1 }
        entries[head].count -= 1
        guard entries[head].count == 0 else { return }
        head += 1
        if head == entries.count {
            entries.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64, head * 2 >= entries.count {
            entries.removeFirst(head)
            head = 0
        }
    }
}
