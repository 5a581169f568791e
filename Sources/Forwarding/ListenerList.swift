/// Listeners in the order in which they came, each once. To find one takes the same time however many there are.
struct ListenerList<Listener: Hashable> {
    /// Up to so many are found by looking at each.
    private static var scannedMax: Int { 8 }

    /// Nil where one has left.
    private var items: [Listener?] = []
    /// Where each stands, once there are many.
    private var places: [Listener: Int]?
    private(set) var count = 0

    init(_ first: Listener) { insert(first) }

    var isEmpty: Bool { count == 0 }
    var all: [Listener] { items.compactMap { $0 } }

    mutating func insert(_ listener: Listener) {
        guard place(of: listener) == nil else { return }
        items.append(listener)
        places?[listener] = items.count - 1
        count += 1
        if places == nil, count > Self.scannedMax { number() }
    }

    /// Whether it was there.
    mutating func remove(_ listener: Listener) -> Bool {
        guard let place = place(of: listener) else { return false }
        items[place] = nil
        places?[listener] = nil
        count -= 1
        if items.count > Self.scannedMax, items.count > 2 * count {
            items.removeAll { $0 == nil }
            if places != nil { number() }
        }
        return true
    }

    private func place(of listener: Listener) -> Int? {
        if let places { return places[listener] }
        return items.firstIndex { $0 == listener }
    }

    private mutating func number() {
        guard count > Self.scannedMax else {
            places = nil
            return
        }
        var numbered: [Listener: Int] = [:]
        for case (let index, let listener?) in items.enumerated() { numbered[listener] = index }
        places = numbered
    }
}
