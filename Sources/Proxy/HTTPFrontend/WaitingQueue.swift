/// What waits its turn, oldest first. Taking one moves none of the others, and a queue at rest can be made to hold no memory.
struct WaitingQueue<Element> {
    private var items: [Element] = []
    private var headIndex: UInt32 = 0
    private var head: Int {
        get { Int(headIndex) }
        set { headIndex = UInt32(truncatingIfNeeded: newValue) }
    }

    var isEmpty: Bool { head == items.count }
    var count: Int { items.count - head }
    var first: Element? { isEmpty ? nil : items[head] }

    mutating func append(_ element: Element) { items.append(element) }

    /// Appends into memory of the reserve where there is none yet.
    mutating func append(_ element: Element, _ reserve: inout QueueReserve<Element>) {
        if items.capacity == 0 { reserve.give(to: &items) }
        items.append(element)
    }

    /// Gives the memory to the reserve. The queue must be empty.
    mutating func returnMemory(to reserve: inout QueueReserve<Element>) {
        precondition(isEmpty, "Cannot give away memory that is in use")
        reserve.take(from: &items)
    }

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

/// Memory that lies ready for the queues of one loop: most are empty for most of the time, and hold none of their own
/// meanwhile.
struct QueueReserve<Element> {
    private static var countMax: Int { 64 }
    private static var capacityMax: Int { 256 }

    private var spares: [[Element]] = []

    mutating func give(to items: inout [Element]) {
        if let spare = spares.popLast() { items = spare }
    }

    mutating func take(from items: inout [Element]) {
        if items.capacity > 0, items.capacity <= Self.capacityMax, spares.count < Self.countMax { spares.append(items) }
        items = []
    }
}
