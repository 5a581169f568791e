import Synchronization

/// What clients hold in this process, over all loops: in buffers of some size, unfinished bodies and messages, answers. Small
/// buffers are not counted; there is one of a few kilobytes for each client at most.
public enum HeldMemory {
    /// Capacity from which on a buffer counts, in bytes.
    public static let countedBytesMin = 16 << 10

    private static let all = Atomic<Int>(0)
    private static let unfinished = Atomic<Int>(0)

    /// All that is held, in bytes.
    public static var bytes: Int { all.load(ordering: .relaxed) }
    /// That of requests that have not come whole, in bytes.
    public static var unfinishedBytes: Int { unfinished.load(ordering: .relaxed) }

    static func add(_ bytes: Int) { all.wrappingAdd(bytes, ordering: .relaxed) }
    static func addUnfinished(_ bytes: Int) { unfinished.wrappingAdd(bytes, ordering: .relaxed) }
}

/// A share of ``HeldMemory``, for what does not lie in a ``ByteBuffer``: it ends with its owner.
public struct HeldBytes: ~Copyable {
    /// Bytes that are counted.
    public private(set) var count = 0
    private let isUnfinished: Bool

    /// - Parameter isUnfinished: whether it is part of a request that has not come whole.
    public init(isUnfinished: Bool = false) { self.isUnfinished = isUnfinished }

    deinit {
        HeldMemory.add(-count)
        if isUnfinished { HeldMemory.addUnfinished(-count) }
    }

    /// So many bytes are held now.
    public mutating func change(to bytes: Int) {
        let difference = bytes - count
        guard difference != 0 else { return }
        HeldMemory.add(difference)
        if isUnfinished { HeldMemory.addUnfinished(difference) }
        count = bytes
    }
}
