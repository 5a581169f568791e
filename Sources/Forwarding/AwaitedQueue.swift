/// What is awaited, first in, first out. Places of what has come are used again, so that a link which is lent and given back
/// asks for no memory.
struct AwaitedQueue<Element> {
    private var places: [Element] = []
    private var head = 0
    private var tail = 0
    /// Places that an empty queue keeps.
    private static var keptMax: Int { 64 }

    var isEmpty: Bool { head == tail }
    var count: Int { tail - head }
    var all: ArraySlice<Element> { places[head..<tail] }

    var first: Element? {
        get { isEmpty ? nil : places[head] }
        set { if let newValue, !isEmpty { places[head] = newValue } }
    }

    var last: Element? {
        get { isEmpty ? nil : places[tail - 1] }
        set { if let newValue, !isEmpty { places[tail - 1] = newValue } }
    }

    mutating func append(_ element: Element) {
        if tail < places.count { places[tail] = element } else { places.append(element) }
        tail += 1
    }

    /// Puts `element` before all others.
    mutating func putFirst(_ element: Element) {
        places.insert(element, at: head)
        tail += 1
    }

    mutating func removeFirst() {
        guard !isEmpty else { return }
        head += 1
        if isEmpty {
            (head, tail) = (0, 0)
        } else if head >= Self.keptMax, head * 2 >= tail {
            places.removeFirst(head)
            (head, tail) = (0, tail - head)
        }
    }

    mutating func removeAll() {
        if places.count > Self.keptMax { places = [] }
        (head, tail) = (0, 0)
    }
}
