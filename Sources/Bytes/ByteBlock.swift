/// The memory of a ``ByteBuffer``: one allocation, which begins with what is known of it, so that a buffer without memory is
/// one word.
struct ByteBlock {
    private struct Header {
        /// Bytes there is room for.
        var capacity: Int
        /// Where the waiting bytes begin and end.
        var head = 0
        var tail = 0
    }

    private static let headerBytes = 32
    private let start: UnsafeMutableRawPointer
    private var header: UnsafeMutablePointer<Header> { start.assumingMemoryBound(to: Header.self) }

    init(capacity: Int) {
        start = .allocate(byteCount: Self.headerBytes + capacity, alignment: 16)
        start.initializeMemory(as: Header.self, to: Header(capacity: capacity))
        if capacity >= HeldMemory.countedBytesMin { HeldMemory.add(capacity) }
    }

    func deallocate() {
        if capacity >= HeldMemory.countedBytesMin { HeldMemory.add(-capacity) }
        start.deallocate()
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
