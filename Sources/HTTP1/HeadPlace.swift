/// A range within a head, which is never longer than 4 GB; or none. A head is handed on several times, so it is kept small.
@propertyWrapper public struct HeadPlace: Equatable, Sendable {
    private var lower: UInt32 = 1
    private var upper: UInt32 = 0

    public init(wrappedValue: Range<Int>? = nil) { self.wrappedValue = wrappedValue }

    @inline(__always) public var wrappedValue: Range<Int>? {
        get { lower <= upper ? Int(lower)..<Int(upper) : nil }
        set {
            lower = newValue.map { UInt32(truncatingIfNeeded: $0.lowerBound) } ?? 1
            upper = newValue.map { UInt32(truncatingIfNeeded: $0.upperBound) } ?? 0
        }
    }

    /// The same place, `distance` bytes further on.
    func moved(by distance: Int) -> HeadPlace {
        guard lower <= upper else { return self }
        var moved = self
        moved.lower = UInt32(truncatingIfNeeded: Int(lower) &+ distance)
        moved.upper = UInt32(truncatingIfNeeded: Int(upper) &+ distance)
        return moved
    }
}
