import Bytes
import RESP

/// Whose reply comes next on a link that many share, and the requests themselves until they are answered.
///
/// An owner is a slot of the loop's connection table and the slot's generation, so that the reply of an owner who has
/// left, and whose slot somebody else has now, is recognised and thrown away. Consecutive requests of one owner share an
/// entry of the ring; their bytes lie one behind another in one buffer. Nothing is allocated per request once both have
/// their size.
///
///     ring    [A ×1][B ×3][A ×2]            head: next to be answered
///     bytes   [a1   ][b1 b2 b3][a2 a3]      what of them the kernel has not taken yet is at the end
public struct RequestLedger: ~Copyable {
    /// A connection of the loop, as of one moment.
    public struct Owner: Sendable, Hashable {
        public var slot: UInt32
        public var generation: UInt32

        /// No connection: whose reply is thrown away.
        static let nobody = Owner(slot: .max, generation: .max)

        /// Both numbers in one word. A generation is never 0, so no key is.
        public var key: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

        public init(slot: UInt32, generation: UInt32) {
            self.slot = slot
            self.generation = generation
        }
    }

    private struct Entry {
        var owner: Owner
        /// Requests without a reply.
        var left: UInt32
        /// Requests before them that have one, and whose bytes are still kept.
        var answered: UInt32
        var byteCount: UInt32
        /// The last milliseconds of the clock when the first of them was sent.
        var sentAt: UInt32
    }

    /// Bytes of an entry from which on the owner's next request begins another, so that they can be let go.
    private static let entryBytesMax = 16 << 10

    /// Room for requests that an idle link keeps, so that the next burst allocates nothing.
    private static let retainedBytesMax = 256 << 10

    private var ring: [Entry]
    private var head = 0
    private var used = 0
    private var requests = KeptBytes()
    private let keepsRequests: Bool
    /// Replies awaited.
    public private(set) var count = 0

    /// - Parameter keepsRequests: whether requests are kept until they are answered, so that ``removeAll(unsentBytes:kinds:)``
    ///   can tell what is to be run again.
    public init(keepsRequests: Bool = true) {
        self.keepsRequests = keepsRequests
        ring = Array(repeating: Entry(owner: Owner(slot: 0, generation: 0), left: 0, answered: 0, byteCount: 0, sentAt: 0), count: 16)
    }

    public var isEmpty: Bool { count == 0 }

    /// Bytes of requests that are kept.
    public var keptBytes: Int { requests.count }

    /// Notes that `added` requests of `owner` have been sent, of which `bytes` are all bytes.
    ///
    /// - Parameter now: monotonic milliseconds.
    public mutating func append(
        _ owner: Owner, _ bytes: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0), count added: Int = 1, at now: Int = 0
    ) {
        if keepsRequests { requests.append(bytes) }
        note(owner, byteCount: keepsRequests ? bytes.count : 0, added, now)
    }

    /// Notes that `added` requests of `owner` are being sent, whose bytes are kept as they are, and not copied where they are the only
    /// ones.
    public mutating func adopt(_ owner: Owner, _ bytes: [UInt8], count added: Int, at now: Int = 0) {
        if keepsRequests { requests.adopt(bytes) }
        note(owner, byteCount: keepsRequests ? bytes.count : 0, added, now)
    }

    @inline(__always)
    private mutating func note(_ owner: Owner, byteCount: Int, _ added: Int, _ now: Int) {
        precondition(added > 0 && added <= Int(UInt32.max) / 2, "Cannot note \(added) requests")
        count &+= added
        let byteCount = UInt32(clamping: byteCount)
        if used > 0 {
            let tail = (head &+ used &- 1) & (ring.count &- 1)
            if ring[tail].owner == owner, ring[tail].left < .max / 2, ring[tail].byteCount < Self.entryBytesMax {
                ring[tail].left &+= UInt32(truncatingIfNeeded: added)
                ring[tail].byteCount &+= byteCount
                return
            }
        }
        if used == ring.count { grow() }
        ring[(head &+ used) & (ring.count &- 1)] = Entry(owner: owner, left: UInt32(truncatingIfNeeded: added), answered: 0, byteCount: byteCount, sentAt: UInt32(truncatingIfNeeded: now))
        used &+= 1
    }

    /// The owner of the reply that comes next in one word, 0 when none is awaited: for whoever compares it at every reply.
    public var nextKey: UInt64 { used > 0 ? ring[head].owner.key : 0 }

    /// Notes that the reply that was next has come whole; false when none was awaited.
    public mutating func passFirst() -> Bool {
        guard used > 0 else { return false }
        ring[head].left &-= 1
        ring[head].answered &+= 1
        count &-= 1
        if ring[head].left == 0 { dropHead() }
        return true
    }

    private mutating func dropHead() {
        requests.consume(min(Int(ring[head].byteCount), requests.count), retainedBytesMax: Self.retainedBytesMax)
        head = (head &+ 1) & (ring.count &- 1)
        used &-= 1
    }

    /// The owner of the reply that comes next; nil when none is awaited.
    public var next: Owner? { used > 0 ? ring[head].owner : nil }

    /// Notes that the reply that was next has come whole, and says whose it was; nil when none was awaited.
    public mutating func removeFirst() -> Owner? {
        guard used > 0 else { return nil }
        let owner = ring[head].owner
        _ = passFirst()
        return owner
    }

    /// Whether every reply awaited is `owner`'s.
    public func isOnly(_ owner: Owner) -> Bool {
        for index in 0..<used where ring[(head &+ index) & (ring.count &- 1)].owner != owner { return false }
        return true
    }

    /// Whether the reply that comes next is the only one that its owner awaits here.
    public var isNextAlone: Bool {
        guard used > 0, ring[head].left == 1 else { return false }
        let owner = ring[head].owner
        for index in 1..<max(1, used) where ring[(head &+ index) & (ring.count &- 1)].owner == owner { return false }
        return true
    }

    /// Whether a reply of `owner`'s is awaited.
    public func awaits(_ owner: Owner) -> Bool {
        for index in 0..<used where ring[(head &+ index) & (ring.count &- 1)].owner == owner { return true }
        return false
    }

    /// What kind of command the next reply belongs to; ``CommandKind/unknown`` where requests are not kept. For errors, which are
    /// few: what has been answered of the same owner's may have to be passed over.
    public func nextKind(_ kinds: CommandKinds) -> CommandKind {
        guard used > 0 else { return .unknown }
        let (available, answered) = (Int(ring[head].byteCount), Int(ring[head].answered))
        return requests.withSpan { KeptRequest.kind(in: $0.extracting(0..<min(available, $0.count)), behind: answered, kinds) }
    }

    /// Takes over for whom only reads are in flight: their requests, in the order sent. The replies to these are nobody's from
    /// here on.
    ///
    /// For a link on which one command waits while the server goes on answering on others.
    public mutating func handOverReads(_ kinds: CommandKinds) -> [(owner: Owner, requests: [[UInt8]])] {
        guard keepsRequests else { return [] }
        var places: [Owner: Int] = [:]
        var all: [(owner: Owner, requests: [[UInt8]])] = []
        var others: Set<Owner> = [.nobody]
        var offset = 0
        for index in 0..<used {
            let entry = ring[(head + index) & (ring.count - 1)]
            let bytes = requests.withSpan { span in
                var copy: [UInt8] = []
                copy.append(span, in: min(offset, span.count)..<min(offset + Int(entry.byteCount), span.count))
                return copy
            }
            offset += Int(entry.byteCount)
            let kept = KeptRequest.all(in: bytes.span).dropFirst(Int(entry.answered))
            guard kept.count == Int(entry.left), kept.allSatisfy({ KeptRequest.kind(of: $0.span, kinds) == .read }) else {
                others.insert(entry.owner)
                continue
            }
            if let place = places[entry.owner] { all[place].requests += kept } else {
                places[entry.owner] = all.count
                all.append((entry.owner, Array(kept)))
            }
        }
        all.removeAll { others.contains($0.owner) }
        let taken = Set(all.map(\.owner))
        for index in 0..<used {
            let place = (head + index) & (ring.count - 1)
            if taken.contains(ring[place].owner) { ring[place].owner = .nobody }
        }
        return all
    }

    // MARK: Requests that come back

    /// Takes the request out whose reply is next, with its owner; its bytes are empty where they were not kept. Nil when
    /// none is awaited.
    public mutating func takeFirst() -> (owner: Owner, request: [UInt8])? {
        guard used > 0 else { return nil }
        let owner = ring[head].owner
        dropAnswered()
        let request = takeRequest()
        ring[head].left &-= 1
        count &-= 1
        if ring[head].left == 0 { dropHead() }
        return (owner, request)
    }

    /// Whether a reply is to be expected: whether the request that is next was handed to the kernel whole, when the last
    /// `unsentBytes` were not.
    public mutating func expectsReply(unsentBytes: Int) -> Bool {
        guard used > 0 else { return false }
        dropAnswered()
        let available = min(Int(ring[head].byteCount), requests.count)
        let length = requests.withSpan { KeptRequest.firstLength(in: $0.extracting(0..<available)) }
        return requests.count - unsentBytes >= length
    }

    private mutating func dropAnswered() {
        while ring[head].answered > 0 {
            _ = takeRequest()
            ring[head].answered &-= 1
        }
    }

    /// Takes the first kept request out of the first entry.
    private mutating func takeRequest() -> [UInt8] {
        let request = requests.takeFirst(available: Int(ring[head].byteCount))
        ring[head].byteCount &-= UInt32(truncatingIfNeeded: request.count)
        return request
    }

    /// Takes everything out: the link is gone, and of what it was given the last `unsentBytes` were not handed to the kernel.
    /// A request of which the last byte was not has not run, since Redis runs none before it has come whole.
    ///
    /// - Parameters:
    ///   - now: monotonic milliseconds.
    ///   - ageMax: for how long a request may have been under way that is run once more, in milliseconds.
    /// - Returns: for each owner, what becomes of its requests, in the order sent.
    public mutating func removeAll(unsentBytes: Int, kinds: CommandKinds, now: Int = 0, ageMax: Int = .max) -> [(owner: Owner, requests: [ReturnedRequest])] {
        var handedOver = max(0, requests.count - unsentBytes)
        var places: [Owner: Int] = [:]
        var all: [(owner: Owner, requests: [ReturnedRequest])] = []
        while used > 0 {
            let before = requests.count
            let age = Int(UInt32(truncatingIfNeeded: now) &- ring[head].sentAt)
            guard let (owner, request) = takeFirst() else { break }
            handedOver -= before - requests.count
            let returned = ReturnedRequest(request, wasHandedOver: handedOver >= 0, kinds: kinds, age: age, ageMax: ageMax)
            if let place = places[owner] { all[place].requests.append(returned) } else {
                places[owner] = all.count
                all.append((owner, [returned]))
            }
        }
        requests.removeAll()
        return all
    }

    private mutating func grow() {
        var larger = Array(repeating: Entry(owner: Owner(slot: 0, generation: 0), left: 0, answered: 0, byteCount: 0, sentAt: 0), count: ring.count * 2)
        for index in 0..<used { larger[index] = ring[(head + index) & (ring.count - 1)] }
        ring = larger
        head = 0
    }
}
