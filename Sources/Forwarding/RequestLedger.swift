/// Whose reply comes next on a link that many share: a first-in, first-out ring of owners.
///
/// An owner is a slot of the loop's connection table and the slot's generation, so that the reply of an owner who has
/// left, and whose slot somebody else has now, is recognised and thrown away. Consecutive requests of one owner share an
/// entry. Nothing is allocated per request once the ring has its size.
package struct RequestLedger: Sendable {
    /// A connection of the loop, as of one moment.
    package struct Owner: Sendable, Hashable {
        package var slot: UInt32
        package var generation: UInt32

        /// Both numbers in one word. A generation is never 0, so no key is.
        package var key: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

        package init(slot: UInt32, generation: UInt32) {
            self.slot = slot
            self.generation = generation
        }
    }

    private struct Entry {
        var owner: Owner
        var count: UInt32
    }

    private var ring: [Entry]
    private var head = 0
    private var used = 0
    /// Replies awaited.
    package private(set) var count = 0

    package init() { ring = Array(repeating: Entry(owner: Owner(slot: 0, generation: 0), count: 0), count: 16) }

    package var isEmpty: Bool { count == 0 }

    /// Notes that the next `added` requests sent are `owner`'s.
    package mutating func append(_ owner: Owner, count added: Int = 1) {
        precondition(added > 0 && added <= Int(UInt32.max) / 2, "Cannot note \(added) requests")
        count &+= added
        if used > 0 {
            let tail = (head &+ used &- 1) & (ring.count &- 1)
            if ring[tail].owner == owner, ring[tail].count < .max / 2 {
                ring[tail].count &+= UInt32(truncatingIfNeeded: added)
                return
            }
        }
        if used == ring.count { grow() }
        ring[(head &+ used) & (ring.count &- 1)] = Entry(owner: owner, count: UInt32(truncatingIfNeeded: added))
        used &+= 1
    }

    /// The owner of the reply that comes next in one word, 0 when none is awaited: for whoever compares it at every reply.
    package var nextKey: UInt64 { used > 0 ? ring[head].owner.key : 0 }

    /// Notes that the reply that was next has come whole; false when none was awaited.
    package mutating func passFirst() -> Bool {
        guard used > 0 else { return false }
        ring[head].count &-= 1
        count &-= 1
        if ring[head].count == 0 {
            head = (head &+ 1) & (ring.count &- 1)
            used &-= 1
        }
        return true
    }

    /// The owner of the reply that comes next; nil when none is awaited.
    package var next: Owner? { used > 0 ? ring[head].owner : nil }

    /// Notes that the reply that was next has come whole, and says whose it was; nil when none was awaited.
    package mutating func removeFirst() -> Owner? {
        guard used > 0 else { return nil }
        let owner = ring[head].owner
        _ = passFirst()
        return owner
    }

    /// Whether every reply awaited is `owner`'s.
    package func isOnly(_ owner: Owner) -> Bool {
        for index in 0..<used where ring[(head &+ index) & (ring.count &- 1)].owner != owner { return false }
        return true
    }

    /// Whether a reply of `owner`'s is awaited.
    package func awaits(_ owner: Owner) -> Bool {
        for index in 0..<used where ring[(head &+ index) & (ring.count &- 1)].owner == owner { return true }
        return false
    }

    /// Forgets the requests in a row that are next, all of one owner, and says whose and how many they were.
    package mutating func removeAllOfFirst() -> (Owner, Int)? {
        guard used > 0 else { return nil }
        let entry = ring[head]
        count &-= Int(entry.count)
        head = (head &+ 1) & (ring.count &- 1)
        used &-= 1
        return (entry.owner, Int(entry.count))
    }

    private mutating func grow() {
        var larger = Array(repeating: Entry(owner: Owner(slot: 0, generation: 0), count: 0), count: ring.count * 2)
        for index in 0..<used { larger[index] = ring[(head + index) & (ring.count - 1)] }
        ring = larger
        head = 0
    }
}
