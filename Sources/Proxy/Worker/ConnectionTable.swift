import Forwarding

/// A client's connection, as its loop sees it.
protocol FrontConnection: SharedLinkUser {
    /// Whose client it is; nil where it is none of its own, but a part of one.
    var front: Front? { get }
    var pool: UpstreamPool { get }
    /// Applies what time brings.
    func sweep(now: Int)
    /// Closes as soon as nothing is awaited any more.
    func drain()
    /// Commands on their way to a master that is sent nothing more for the time being; those that may wait for ever left out.
    var inFlightWhileHeld: Int { get }
    /// Bytes that wait for the client to read.
    var bufferedBytes: Int { get }
    /// Memory that is held for the client, in bytes, about.
    var heldBytes: Int { get }
    /// Lets the client go, since it holds more than others and there is no memory left.
    func evict()
    /// The gateway's rules have been read anew.
    func gatewayRulesChanged()
}

extension FrontConnection {
    func gatewayRulesChanged() {}
}

/// The connections of a loop by slot, each with the slot's generation, so that a late reply finds whose it is, or nobody.
struct ConnectionTable {
    private struct Slot {
        var connection: (any FrontConnection)?
        var generation: UInt32 = 0
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []
    /// Number of connections.
    private(set) var count = 0

    init() {
        slots.reserveCapacity(Self.startCapacity)
        free.reserveCapacity(Self.startCapacity)
    }

    private static let startCapacity = 64

    var isEmpty: Bool { count == 0 }

    /// Number of slots there are, taken or not.
    var slotCount: Int { slots.count }

    /// The connection in `slot`.
    subscript(slot slot: Int) -> (any FrontConnection)? { slots[slot].connection }

    /// A slot for a connection that is about to be made.
    mutating func reserve() -> RequestLedger.Owner {
        count += 1
        let slot = free.popLast() ?? UInt32(truncatingIfNeeded: slots.count)
        if Int(slot) == slots.count { slots.append(Slot()) }
        slots[Int(slot)].generation &+= 1
        if slots[Int(slot)].generation == 0 { slots[Int(slot)].generation = 1 }
        return RequestLedger.Owner(slot: slot, generation: slots[Int(slot)].generation)
    }

    mutating func fill(_ owner: RequestLedger.Owner, _ connection: any FrontConnection) { slots[Int(owner.slot)].connection = connection }

    /// The connection that `owner` names, nil once it has left.
    subscript(owner: RequestLedger.Owner) -> (any FrontConnection)? {
        let slot = Int(owner.slot)
        guard slot < slots.count, slots[slot].generation == owner.generation else { return nil }
        return slots[slot].connection
    }

    /// Empties the slot; false when it was not `owner`'s any more.
    mutating func remove(_ owner: RequestLedger.Owner) -> Bool {
        let slot = Int(owner.slot)
        guard slots.indices.contains(slot), slots[slot].generation == owner.generation, slots[slot].connection != nil else {
            return false
        }
        slots[slot].connection = nil
        slots[slot].generation &+= 1
        free.append(owner.slot)
        count -= 1
        return true
    }
}

extension RESPConnection {
    var front: Front? { .resp }
}
