import Glibc

/// The memory of a ``ByteBuffer``: one allocation, which begins with what is known of it, so that a buffer without memory is
/// one word.
struct ByteBlock {
    private struct Header {
        /// Bytes there is room for.
        var capacity: Int
        /// Whether it counts in ``HeldMemory``.
        var isCounted: Bool
        /// Where the waiting bytes begin and end.
        var head = 0
        var tail = 0
    }

    private static let headerBytes = 32
    private var start: UnsafeMutableRawPointer
    private var header: UnsafeMutablePointer<Header> { start.assumingMemoryBound(to: Header.self) }

    init(capacity: Int, isCounted: Bool = true) {
        start = Self.memory(nil, capacity)
        start.initializeMemory(as: Header.self, to: Header(capacity: capacity, isCounted: isCounted))
        count(capacity)
    }

    /// What lies on pages of its own is given others' addresses, and not copied: so a large block grows as fast as a small one.
    mutating func grow(to larger: Int) {
        count(-capacity)
        start = Self.memory(start, larger)
        header.pointee.capacity = larger
        count(larger)
    }

    func deallocate() {
        count(-capacity)
        free(start)
    }

    private static func memory(_ old: UnsafeMutableRawPointer?, _ capacity: Int) -> UnsafeMutableRawPointer {
        guard let memory = realloc(old, headerBytes + capacity) else { preconditionFailure("the system has no memory of \(capacity) bytes") }
        return memory
    }

    private func count(_ change: Int) {
        if header.pointee.isCounted, abs(change) >= HeldMemory.countedBytesMin { HeldMemory.add(change) }
    }

    var capacity: Int { header.pointee.capacity }
    var bytes: UnsafeMutableRawPointer { start + Self.headerBytes }

    var head: Int {
        get { header.pointee.head }
        nonmutating set { header.pointee.head = newValue }
    }

    var tail: Int {
        get { header.pointee.tail }
        nonmutating set { header.pointee.tail = newValue }
    }
}
