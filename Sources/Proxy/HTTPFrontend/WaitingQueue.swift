import Gateway

/// The replies that an HTTP client awaits, oldest first. Taking one moves none of the others, and a queue at rest can be made
/// to hold no memory.
struct ReplyQueue {
    private var items: [ReplyPresentation] = []
    private var head = 0

    var isEmpty: Bool { head == items.count }
    var count: Int { items.count - head }

    mutating func append(_ shown: ReplyPresentation) { items.append(shown) }

    /// The oldest; the queue must not be empty.
    mutating func removeFirst() -> ReplyPresentation {
        let first = items[head]
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        }
        return first
    }

    /// All of them; the queue is empty behind it.
    mutating func takeAll() -> ArraySlice<ReplyPresentation> {
        defer { releaseMemory() }
        return items[head...]
    }

    /// Drops everything, and the memory with it.
    mutating func releaseMemory() {
        items = []
        head = 0
    }
}
