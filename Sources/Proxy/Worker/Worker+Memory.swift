import Bytes
import Logging

/// What a loop does about the memory that all clients hold together.
extension Worker {
    func lookAtMemory() {
        memory.look()
        comfortableOutputBytes = memory.isShort ? MemoryBounds.smallBytes : settings.redis.linkBufferBytes
    }

    /// Unsent bytes above which a client that others wait behind is let go.
    var outputLimitBytes: Int { memory.isShort ? MemoryBounds.smallBytes : settings.client.outputLimitBytes }

    /// Lets those go that hold most, until what is held is within the bound. Thousands of them may hold little each.
    func evict() {
        var holders: [(slot: Int, bytes: Int)] = []
        for slot in 0..<clients.slotCount {
            if let bytes = clients[slot: slot]?.heldBytes, bytes >= MemoryBounds.evictableBytesMin { holders.append((slot, bytes)) }
        }
        holders.sort { $0.bytes > $1.bytes }
        for (slot, bytes) in holders {
            guard memory.isExceeded else { return }
            counters.memoryEvictions += 1
            boundReached("memory.max", "the client that holds most is disconnected", ["held_bytes": "\(bytes)"])
            clients[slot: slot]?.evict()
        }
    }
}
