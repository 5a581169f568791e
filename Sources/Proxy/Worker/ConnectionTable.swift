import Forwarding

/// The connections of a loop by slot, each with the slot's generation, so that a late reply finds whose it is, or nobody.
struct ConnectionTable<Connection: AnyObject> {
    private struct Slot {
        var generation: UInt32 = 0
        var connection: Connection?
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []
    private var used = 0

    var isEmpty: Bool { used == 0 }

    /// Every connection there is.
    var all: [Connection] { slots.compactMap(\.connection) }

    /// A slot for a connection that is about to be made.
    mutating func reserve() -> RequestLedger.Owner {
        used += 1
        let slot = free.popLast() ?? UInt32(truncatingIfNeeded: slots.count)
        if Int(slot) == slots.count { slots.append(Slot()) }
        slots[Int(slot)].generation &+= 1
        return RequestLedger.Owner(slot: slot, generation: slots[Int(slot)].generation)
    }

    mutating func fill(_ owner: RequestLedger.Owner, _ connection: Connection) { slots[Int(owner.slot)].connection = connection }

    /// The connection that `owner` names, nil once it has left.
    subscript(owner: RequestLedger.Owner) -> Connection? {
        let slot = Int(owner.slot)
        guard slots.indices.contains(slot), slots[slot].generation == owner.generation else { return nil }
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
        used -= 1
        return true
    }
}
