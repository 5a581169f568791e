/// What waits its turn, oldest first. Taking one moves none of the others, and a queue at rest can be made to hold no memory.
struct WaitingQueue<Element> {
    private var items: [Element] = []
    private var head = 0

    var isEmpty: Bool { head == items.count }
    var count: Int { items.count - head }
    var first: Element? { isEmpty ? nil : items[head] }

    mutating func append(_ element: Element) { items.append(element) }

    /// Puts `elements` before all that waits.
    mutating func putBack(_ elements: [Element]) {
        if isEmpty { (items, head) = (elements, 0) } else { (items, head) = (elements + items[head...], 0) }
    }

    /// The oldest; the queue must not be empty.
    mutating func removeFirst() -> Element {
        let first = items[head]
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        }
        return first
    }

    /// All of them; the queue is empty behind it, and holds no memory.
    mutating func takeAll() -> ArraySlice<Element> {
        defer { releaseMemory() }
        return items[head...]
    }

    /// Drops everything, and the memory with it.
    mutating func releaseMemory() {
        items = []
        head = 0
    }
}
